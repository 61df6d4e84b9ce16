"""The keys `security` and `tls` of a declaration. Every key, certificate and password is the name of a secret, never the secret."""

import re
from dataclasses import dataclass
from typing import Literal, TypeAlias, cast

from connectors.scope import Scope

__all__ = [
    "KEY_INFO",
    "KeyInfo",
    "Security",
    "Signature",
    "Tls",
    "UsernameToken",
    "Verify",
    "read_security",
    "read_tls",
]

KeyInfo: TypeAlias = Literal["binarySecurityToken", "issuerSerial", "thumbprint", "subjectKeyIdentifier"]
KEY_INFO: tuple[KeyInfo, ...] = ("binarySecurityToken", "issuerSerial", "thumbprint", "subjectKeyIdentifier")
"""How a signed request tells its certificate (X.509 Token Profile 1.1, §3.2)."""
_ALSO = ("binarySecurityToken", "usernameToken", "addressing")
_NAME = re.compile(r"\{[^{}\s]+\}[^\s{}:]+")
_SECRET = re.compile(r"[A-Za-z0-9][\w.-]*")


@dataclass(frozen=True, slots=True)
class UsernameToken:
    """A user name and a password (UsernameToken Profile 1.1)."""

    username: str
    password: str
    """The name of a secret."""
    digest: bool
    """Whether the password is sent as a digest over nonce, time and password, instead of as it is."""


@dataclass(frozen=True, slots=True)
class Signature:
    """What we sign with, and what besides the Timestamp and the Body."""

    key: str
    certificate: str
    """Names of secrets."""
    key_info: KeyInfo
    also: frozenset[str]
    """`binarySecurityToken`, `usernameToken`, `addressing`, or a header's name in Clark notation."""


@dataclass(frozen=True, slots=True)
class Verify:
    """What an answer's signature must be to be believed."""

    certificates: tuple[str, ...]
    """Names of secrets; each holds one or more pinned certificates."""
    also: frozenset[str]
    """Headers, in Clark notation, that must be signed besides the Timestamp and the Body."""
    max_age: int
    """Seconds after which a Timestamp is too old."""
    clock_skew: int
    """Seconds that the source's clock may differ from ours."""


@dataclass(frozen=True, slots=True)
class Security:
    """WS-Security 1.1 of a SOAP source."""

    lifetime: int
    """Seconds between Created and Expires of the Timestamp that we send."""
    actor: str | None
    username_token: UsernameToken | None
    signature: Signature | None
    verify: Verify | None


@dataclass(frozen=True, slots=True)
class Tls:
    """How a connection is secured beyond what every https address has. Each is the name of a secret."""

    certificate: str | None
    key: str | None
    authorities: str | None


def read_security(scope: Scope) -> Security | None:
    """Read `security`."""
    below = scope.scope("security")
    if below is None:
        return None
    found = Security(
        lifetime=below.integer("lifetimeS", 300, least=10, most=3600),
        actor=below.text("actor"),
        username_token=_username_token(below),
        signature=_signature(below),
        verify=_verify(below),
    )
    if not (found.username_token or found.signature or found.verify):
        below.problem("expected usernameToken, signature or verify")
    if found.signature and "usernameToken" in found.signature.also and not found.username_token:
        below.problem("there is no usernameToken to sign", "signature", "also")
    below.done()
    return found


def read_tls(scope: Scope) -> Tls | None:
    """Read `tls`."""
    below = scope.scope("tls")
    if below is None:
        return None
    found = Tls(_secret(below, "certificate"), _secret(below, "key"), _secret(below, "authorities"))
    if (found.certificate is None) != (found.key is None):
        below.problem("a client certificate needs both `certificate` and `key`")
    elif found == Tls(None, None, None):
        below.problem("expected certificate and key, authorities, or all of them")
    below.done()
    return found


def _username_token(scope: Scope) -> UsernameToken | None:
    below = scope.scope("usernameToken")
    if below is None:
        return None
    username = below.text("username", required=True) or ""
    password = _secret(below, "password", required=True) or ""
    kind = below.choice("type", ("digest", "text"), "digest")
    below.done()
    return UsernameToken(username, password, kind == "digest")


def _signature(scope: Scope) -> Signature | None:
    below = scope.scope("signature")
    if below is None:
        return None
    key = _secret(below, "key", required=True) or ""
    certificate = _secret(below, "certificate", required=True) or ""
    key_info = cast("KeyInfo", below.choice("keyInfo", KEY_INFO, "binarySecurityToken"))
    also = below.texts("also")
    for word in also:
        if word not in _ALSO and not _NAME.fullmatch(word):
            below.problem(f"expected {', '.join(_ALSO)}, or a header as {{namespace}}name", "also")
    if "binarySecurityToken" in also and key_info != "binarySecurityToken":
        below.problem("there is no binarySecurityToken to sign", "also")
    below.done()
    return Signature(key, certificate, key_info, frozenset(also))


def _verify(scope: Scope) -> Verify | None:
    below = scope.scope("verify")
    if below is None:
        return None
    certificates = below.texts("certificates", required=True)
    for name in certificates:
        _check_secret(below, name, "certificates")
    also = below.texts("also")
    if not all(map(_NAME.fullmatch, also)):
        below.problem("expected headers as {namespace}name", "also")
    found = Verify(
        certificates=certificates,
        also=frozenset(also),
        max_age=below.integer("maxAgeS", 300, least=1, most=86_400),
        clock_skew=below.integer("clockSkewS", 60, least=0, most=3600),
    )
    below.done()
    return found


def _secret(scope: Scope, key: str, *, required: bool = False) -> str | None:
    name = scope.text(key, required=required)
    if name is not None:
        _check_secret(scope, name, key)
    return name


def _check_secret(scope: Scope, name: str, key: str) -> None:
    """A secret itself, pasted where its name belongs, is never repeated."""
    if not _SECRET.fullmatch(name):
        scope.problem("expected the name of a secret: letters, digits, dots, hyphens, underscores", key)
