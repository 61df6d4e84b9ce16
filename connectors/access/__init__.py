"""How a source lets us in: OAuth 2.0 access tokens, HTTP Basic, signed requests.

A declaration names secrets; they are read when they are used, so that a key or password that is replaced needs no restart.
"""

from connectors.access.rule import Authentication, read_authentication

__all__ = ["Authentication", "read_authentication"]
