"""Writing the log: one thread, which gives each batch one transaction. `audit.log` is in front of it."""
