"""The map of subjects: for each handle, how many entries it has and the last of them. docs/log-format.md specifies it.

A sparse Merkle tree of depth 256. Whoever knows its root, which is an entry of the log, can have it proven that a subject has so many entries
and no more, or none at all.
"""
