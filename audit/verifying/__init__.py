"""The checks of a whole log, one module each; `verify` lists them."""
