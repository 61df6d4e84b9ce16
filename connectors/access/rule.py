"""The part of a declaration that says how a source lets us in."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from connectors.address import check_address, in_the_open
from connectors.parameters import Parameter, Table
from connectors.rest_request import RestRequest
from connectors.scope import Scope
from connectors.template import Template, parse
from connectors.variables import BUILT_IN, FOLLOWED

__all__ = [
    "ALGORITHMS",
    "Authentication",
    "Basic",
    "KeyRule",
    "OAuth",
    "Signature",
    "check_token_address",
    "read_authentication",
]

ALGORITHMS = ("ES256", "RS256", "PS256", "EdDSA")
_METHODS = ("client_secret_basic", "client_secret_post", "private_key_jwt", "jwt_bearer")
_KINDS = ("detached", "body", "agid")
_NAME = re.compile(r"[A-Za-z0-9][\w.-]*")
_OURS = frozenset(
    {"grant_type", "client_id", "client_secret", "client_assertion", "client_assertion_type", "assertion"}
)
_OUR_CLAIMS = frozenset({"iss", "sub", "aud", "jti", "iat", "nbf", "exp"})


@dataclass(frozen=True, slots=True)
class KeyRule:
    """A private key: the secrets that hold it and its certificates, and how it signs."""

    secret: str
    algorithm: str
    key_id: str | None
    certificates: str | None
    """The secret with the chain that goes into `x5c` (RFC 7515 §4.1.6)."""


@dataclass(frozen=True, slots=True)
class OAuth:
    """Client credentials (RFC 6749 §4.4), or an assertion as the grant (RFC 7523 §2.1)."""

    token_url: str
    client_id: str
    method: str
    secret: str | None
    key: KeyRule | None
    audience: str | None
    """Whom the assertion is for; `None`: the token endpoint."""
    form: Mapping[str, Template]
    claims: Mapping[str, Template]
    tls: bool
    """Whether the source's `tls` goes for the token endpoint too (RFC 8705)."""

    @property
    def variables(self) -> frozenset[str]:
        """What a token depends on."""
        return _variables_of([*self.form.values(), *self.claims.values()])


@dataclass(frozen=True, slots=True)
class Basic:
    """User and password (RFC 7617)."""

    user: str
    password: str


@dataclass(frozen=True, slots=True)
class Signature:
    """A signature over each request: `detached` and `body` are RFC 7515, `agid` is Italy's INTEGRITY_REST_01/02."""

    kind: str
    header: str
    key: KeyRule
    unencoded: bool
    """RFC 7797: the body is signed as it is, not as base64url."""
    audience: str | None
    claims: Mapping[str, Template] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Authentication:
    """All that is declared of it; each may be absent."""

    oauth: OAuth | None
    basic: Basic | None
    signature: Signature | None

    @property
    def variables(self) -> frozenset[str]:
        """The variables that a call must know for it."""
        of_token = self.oauth.variables if self.oauth is not None else frozenset()
        claims = self.signature.claims.values() if self.signature is not None else ()
        return of_token | _variables_of(claims)


def read_authentication(
    scope: Scope, parameters: Mapping[str, Parameter], request: object
) -> Authentication | None:
    """Read `authentication`. `request` is what goes with it: only a `RestRequest` is signed here."""
    below = scope.scope("authentication")
    if below is None:
        return None
    settled = {name for name, parameter in parameters.items() if _is_settled(parameter)}
    oauth = _part(below, "oauth2", partial(_oauth, known={*FOLLOWED, *settled}))
    basic = _part(below, "basic", _basic)
    known = {*BUILT_IN, *parameters} - {"subject"}
    signature = _part(below, "signature", partial(_signature, known=known, request=request))
    if oauth is not None and basic is not None:
        below.problem("expected `oauth2` or `basic`, not both: they use the same header")
    if (oauth or basic) and isinstance(request, RestRequest) and request.sets("Authorization"):
        below.problem("the request declares the header Authorization already")
    below.done()
    if (oauth, basic, signature) == (None, None, None) and not below.problems:
        below.problem("expected `oauth2`, `basic` or `signature`")
    return Authentication(oauth, basic, signature)


def _part(scope: Scope, key: str, read: Any) -> Any:
    below = scope.scope(key)
    found = None if below is None else read(below)
    if below is not None:
        below.done()
    return found


def _is_settled(parameter: Parameter) -> bool:
    """Whether a parameter depends on the setting of a question alone, so that a token can be kept for it."""
    if not isinstance(parameter, Table):
        return False
    texts = [*parameter.values.values(), *filter(None, [parameter.default])]
    return _variables_of(texts) <= frozenset(FOLLOWED)


def _oauth(scope: Scope, known: set[str]) -> OAuth:
    url = _address(scope, "tokenUrl")
    client, method = (
        scope.text("clientId", required=True) or "",
        scope.choice("method", _METHODS) or _METHODS[0],
    )
    with_secret = method.startswith("client_secret")
    secret = _secret(scope, "secret", required=with_secret) if with_secret else None
    key = None if with_secret else _key(scope)
    audience = None if with_secret else scope.text("audience")
    form = _texts(scope, "form", known, _OURS)
    if (scopes := scope.text("scope")) is not None:
        form["scope"] = _template(scope, "scope", scopes, known)
    claims = {} if with_secret else _texts(scope, "claims", known, _OUR_CLAIMS)
    return OAuth(url, client, method, secret, key, audience, form, claims, scope.flag("tls"))


def _basic(scope: Scope) -> Basic:
    user = scope.text("user", required=True) or ""
    if ":" in user:
        scope.problem("a user name holds no colon", "user")
    return Basic(user, _secret(scope, "password", required=True) or "")


def _signature(scope: Scope, known: set[str], request: object) -> Signature:
    kind = scope.choice("kind", _KINDS) or _KINDS[0]
    if not isinstance(request, RestRequest):
        scope.problem("is for REST sources")
    elif request.method != "POST" and kind != "agid":
        scope.problem("only a POST has a body to sign", "kind")
    header = "Agid-JWT-Signature"
    if kind == "detached":
        header = scope.text("header") or "x-jws-signature"
    unencoded = scope.flag("unencoded") if kind == "detached" else False
    is_agid = kind == "agid"
    audience = scope.text("audience", required=True) if is_agid else None
    claims = _texts(scope, "claims", known, _OUR_CLAIMS - {"iss", "sub"}) if is_agid else {}
    return Signature(kind, header, _key(scope), unencoded, audience, claims)


def _key(scope: Scope) -> KeyRule:
    return KeyRule(
        secret=_secret(scope, "key", required=True) or "",
        algorithm=scope.choice("algorithm", ALGORITHMS, "ES256") or "ES256",
        key_id=scope.text("keyId"),
        certificates=_secret(scope, "certificates", required=False),
    )


def _secret(scope: Scope, key: str, *, required: bool) -> str | None:
    """The name of a secret. A secret itself, pasted where its name belongs, is never repeated."""
    name = scope.text(key, required=required)
    if name is not None and not _NAME.fullmatch(name):
        scope.problem("expected the name of a secret: letters, digits, dots, hyphens, underscores", key)
    return name


def _address(scope: Scope, key: str) -> str:
    address = scope.text(key, required=True)
    if address is not None and (problem := check_token_address(address)):
        scope.problem(problem, key)
    return address or ""


def check_token_address(address: str) -> str | None:
    """What is wrong with the address of a token endpoint, or nothing."""
    if problem := check_address(address):
        return problem
    return "expected an https address: a secret would be sent in the open" if in_the_open(address) else None


def _texts(scope: Scope, key: str, known: set[str], taken: Iterable[str]) -> dict[str, Template]:
    below = scope.scope(key)
    found: dict[str, Template] = {}
    for name in below.names() if below is not None else ():
        text = below.text(name) if below is not None else None
        if name in taken:
            scope.problem("is set by the hub itself", key, name)
        elif text is not None:
            found[name] = _template(scope, name, text, known, key)
    return found


def _template(scope: Scope, name: str, text: str, known: set[str], *at: str) -> Template:
    try:
        found = parse(text)
    except ValueError as error:
        scope.problem(str(error), *at, name)
        return Template((b"",), ())
    for variable in found.variables:
        if variable not in known:
            scope.problem(f"{{{variable}}} cannot stand here; known: {', '.join(sorted(known))}", *at, name)
    return found


def _variables_of(texts: Iterable[Template]) -> frozenset[str]:
    return frozenset(name for text in texts for name in text.variables)
