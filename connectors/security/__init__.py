"""How a message and a connection are secured: WS-Security for SOAP, client certificates for both protocols.

What a declaration may say is read here (`read_security`, `read_tls`); `connectors.security.message` signs and verifies, and
`connectors.security.tls` makes connections. Those are imported only where a declaration asks for them.
"""

from connectors.security.rule import Security, Signature, Tls, UsernameToken, Verify, read_security, read_tls
from connectors.security.secret_files import SecretFiles

__all__ = [
    "SecretFiles",
    "Security",
    "Signature",
    "Tls",
    "UsernameToken",
    "Verify",
    "read_security",
    "read_tls",
]
