"""Addresses that a declaration may hold."""

from urllib.parse import urlsplit

__all__ = ["check_address", "in_the_open"]

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


def check_address(address: str) -> str | None:
    """What is wrong with an address, or nothing."""
    expected = "expected an http or https address"
    try:
        parts = urlsplit(address)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.port == 0:
            return expected
    except ValueError:
        return expected
    if not address.isascii() or any(c <= " " for c in address):
        return expected
    if parts.username is not None or parts.password is not None:
        return "an address holds no user name or password: name a secret instead"
    if parts.query or parts.fragment:
        return "an address holds no query or fragment"
    return None


def in_the_open(address: str) -> bool:
    """Whether what is sent there can be read on the way: it is neither https nor this machine."""
    parts = urlsplit(address)
    return parts.scheme != "https" and parts.hostname not in _LOOPBACK
