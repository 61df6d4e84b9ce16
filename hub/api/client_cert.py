"""The certificate of a caller whose mutual TLS ends at a proxy: `Client-Cert` (RFC 9440), believed from the configured proxies alone."""

import base64
import binascii
from collections.abc import Iterable
from typing import Final

from starlette.types import Scope

HEADERS: Final = frozenset({b"client-cert", b"client-cert-chain"})


def from_proxy(scope: Scope, proxies: frozenset[str]) -> bool:
    """Whether a request came from one of these addresses."""
    client = scope.get("client")
    return client is not None and client[0] in proxies


def certificate_in(headers: Iterable[tuple[bytes, bytes]]) -> bytes | None:
    """The certificate (DER) that a proxy handed on; None where there is none, or not exactly one, or it is not written as a byte sequence (RFC 9651)."""
    written = [value.strip() for name, value in headers if name == b"client-cert"]
    if len(written) != 1 or len(written[0]) < 2 or written[0][:1] != b":" or written[0][-1:] != b":":
        return None
    try:
        return base64.b64decode(written[0][1:-1], validate=True)
    except binascii.Error:
        return None
