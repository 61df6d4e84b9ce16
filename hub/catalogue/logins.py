"""Where people log in: each OpenID provider that the hub sends them to, and how what it says of them is read."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, Literal, get_args
from urllib.parse import urlsplit

from hub.catalogue.documents import Mapped
from hub.catalogue.model import Texts
from hub.catalogue.records import Record

LoginMethod = Literal["private_key_jwt", "client_secret_basic", "client_secret_post"]
LEVELS: Final = range(1, 501)
_METHODS: Final[tuple[LoginMethod, ...]] = get_args(LoginMethod)
_PROMPTS: Final = ("login", "consent", "select_account")
_CLAIM: Final = re.compile(r"[\x21-\x7e]{1,200}")
_SCOPE: Final = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]{1,100}")
_SECRET: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_PARAMETER: Final = re.compile(r"[a-z][a-z0-9_]{0,63}")
_LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})
_OURS: Final = frozenset({
    "response_type", "response_mode", "client_id", "redirect_uri", "scope", "state", "nonce", "code_challenge", "code_challenge_method",
    "acr_values", "prompt", "ui_locales", "request", "request_uri", "login_hint", "id_token_hint",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class LoginClaims:
    """Under which claims a provider says what the hub needs to know; None: it does not say that.

    Attributes:
        subject: the national number, 11 digits.
        assurance: how strong the login was, as a key of `levels`.
        enterprises: the enterprise numbers that the person may act for.
        agent_of: those of the administrations whose agent they are.
        dpo_of: those of the organisations whose data protection officer they are.
        name: how they are called, in this order; shown to themselves alone.
    """

    subject: str
    assurance: str = "acr"
    enterprises: str | None = None
    agent_of: str | None = None
    dpo_of: str | None = None
    name: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Login:
    """An OpenID provider.

    Attributes:
        issuer: exactly as in `iss`; its discovery document is below it.
        method: how the hub proves itself: with its own key, or with the secret called `secret`.
        scopes: what is asked for, `openid` among it.
        userinfo: whether what it says of the person is asked there too; what the ID token says counts more.
        levels: what its `acr` means (FAS: 100 to 500). One that is not here is no level at all.
        ask: the `acr_values` to send for a level; where there is none, all that are as strong, the weakest first.
        parameters: what else is sent with each request to log in.
        logout: whether people are logged out there too.
    """

    id: str
    name: Texts
    issuer: str
    client_id: str
    method: LoginMethod
    secret: str | None
    scopes: tuple[str, ...]
    userinfo: bool
    claims: LoginClaims
    levels: Mapping[str, int]
    ask: Mapping[int, str] = field(default_factory=dict)
    prompt: str | None = None
    parameters: Mapping[str, str] = field(default_factory=dict)
    logout: bool = True

    def acr_values(self, level: int | None) -> str | None:
        """What to ask for, so that the login is at least so strong; None: nothing in particular."""
        if level is None:
            return None
        if self.ask:
            enough = [one for one in sorted(self.ask) if one >= level]
            return self.ask[enough[0]] if enough else None
        return (
            " ".join(sorted((acr for acr, means in self.levels.items() if means >= level), key=self._rank))
            or None
        )

    def reaches(self, level: int) -> bool:
        """Whether a login here can be so strong."""
        return any(means >= level for means in self.levels.values())

    def _rank(self, acr: str) -> tuple[int, str]:
        return self.levels[acr], acr


def read_login(record: Record, login_id: str) -> Login | None:
    """A provider of the login."""
    record.only((
        "name", "issuer", "clientId", "method", "secret", "scopes", "userinfo", "claims", "levels", "ask", "prompt", "parameters", "logout",
    ))  # fmt: skip
    name = record.texts("name")
    issuer = _read_issuer(record)
    client_id = record.text("clientId")
    method: LoginMethod = record.choice("method", _METHODS)
    secret = _read_secret(record, method)
    scopes = record.names("scopes")
    for position, scope in enumerate(scopes):
        if not _SCOPE.fullmatch(scope):
            record.offend("a scope is one word such as openid", "scopes", position)
    if scopes and "openid" not in scopes:
        record.offend("'scopes' must name openid", "scopes")
    userinfo, logout = record.flag("userinfo", False), record.flag("logout", True)
    claims, levels, ask = _read_claims(record), _read_levels(record), _read_ask(record)
    prompt = record.choice("prompt", _PROMPTS, "") or None
    parameters = _read_parameters(record)
    if not record.sound or name is None or claims is None:
        return None
    return Login(
        id=login_id, name=MappingProxyType(dict(name)), issuer=issuer, client_id=client_id, method=method, secret=secret, scopes=scopes,
        userinfo=userinfo, claims=claims, levels=MappingProxyType(levels), ask=MappingProxyType(ask), prompt=prompt,
        parameters=MappingProxyType(parameters), logout=logout,
    )  # fmt: skip


def _read_issuer(record: Record) -> str:
    issuer = record.text("issuer")
    if not issuer:
        return ""
    try:
        parts = urlsplit(issuer)
        safe = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)
    except ValueError:
        safe = False
    else:
        safe = safe and bool(parts.hostname) and not parts.query and not parts.fragment and not parts.username
    if not safe:
        record.offend(
            "'issuer' must be an https:// address without a query (http:// on 127.0.0.1 alone)", "issuer"
        )
    return issuer


def _read_secret(record: Record, method: LoginMethod) -> str | None:
    by_key = method == "private_key_jwt"
    secret = record.shaped("secret", _SECRET, "the name of a file in ONLYONCE_SECRETS", required=not by_key)
    if secret and by_key:
        record.offend("'secret' is only for the methods of a secret", "secret")
    return secret or None


def _read_claims(record: Record) -> LoginClaims | None:
    inner = record.inner("claims")
    if inner is None:
        return None
    inner.only(("subject", "assurance", "enterprises", "agentOf", "dpoOf", "name"))

    def claim(key: str, *, required: bool = False) -> str | None:
        return inner.shaped(key, _CLAIM, "the name of a claim, such as egovNRN", required=required) or None

    subject = claim("subject", required=True)
    found = LoginClaims(
        subject or "", claim("assurance") or "acr", claim("enterprises"), claim("agentOf"), claim("dpoOf"),
        inner.names("name", required=False),
    )  # fmt: skip
    record.settle(inner)
    return found


def _read_levels(record: Record) -> dict[str, int]:
    inner = record.inner("levels")
    if inner is None:
        return {}
    if not inner.node:
        inner.offend("there is no level: say what the provider's acr means")
    found = {}
    for acr, level in inner.node.items():
        if isinstance(level, bool) or not isinstance(level, int) or level not in LEVELS:
            inner.offend(f"a level is a whole number from {LEVELS[0]} to {LEVELS[-1]}", acr)
        elif not str(acr).strip() or " " in str(acr):
            inner.offend("an acr is one word", acr)
        else:
            found[str(acr)] = level
    record.settle(inner)
    return found


def _read_ask(record: Record) -> dict[int, str]:
    inner = record.inner("ask", required=False)
    if inner is None:
        return {}
    found = {}
    for level in inner.node:
        if isinstance(level, int) and level in LEVELS:
            found[level] = (
                str(inner.node[level]) if isinstance(inner.node[level], int) else _text(inner, level)
            )
        else:
            inner.offend(f"a level is a whole number from {LEVELS[0]} to {LEVELS[-1]}", level)
    record.settle(inner)
    return found


def _text(inner: Record, key: int) -> str:
    value = inner.node[key]
    if not isinstance(value, str) or not value.strip():
        inner.offend("what is asked for is text: acr_values", key)
        return ""
    return value


def _read_parameters(record: Record) -> dict[str, str]:
    inner = record.inner("parameters", required=False)
    if inner is None:
        return {}
    found = {}
    for name, value in inner.node.items():
        if not isinstance(name, str) or not _PARAMETER.fullmatch(name):
            inner.offend("a parameter's name looks like claims", name)
        elif name in _OURS:
            inner.offend("the hub itself says this", name)
        elif isinstance(value, Mapped) or not isinstance(value, str):
            inner.offend(f"'{name}' must be text (put it in quotes)", name)
        else:
            found[name] = value
    record.settle(inner)
    return found
