"""The checks of `audit.verify`, one module each; `audit.verify` lists them."""
