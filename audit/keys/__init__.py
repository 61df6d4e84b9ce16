"""The keys of the log: what is sealed under them, how they are wrapped anew, and how they are destroyed."""
