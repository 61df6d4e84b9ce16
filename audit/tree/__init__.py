"""The Merkle tree of the log: its hashes, its tiles, and what is proven from them."""
