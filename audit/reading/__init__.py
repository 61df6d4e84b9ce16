"""Reading the log and finding entries in it: of one subject, or of many."""
