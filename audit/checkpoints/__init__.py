"""The signed head of the log: who signs it and with which key, where it is kept, and how a log that lost entries goes on."""
