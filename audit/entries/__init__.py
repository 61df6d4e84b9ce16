"""What an entry is: its leaf and the bytes of its body, the officials it names, and its check."""
