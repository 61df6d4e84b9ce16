"""Witnesses of the log: what one signs, what it decides, and the log's side of it."""
