"""Access tokens: got by client credentials, kept until shortly before they expire, got once however many calls wait for one."""

import asyncio
import json
from base64 import b64encode
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import quote_plus, urlencode

from yarl import URL

from connectors.access.keys import SigningKey
from connectors.access.rule import OAuth
from connectors.errors import SourceBusy, SourceError, SourceRefused, SourceUnavailable
from connectors.http import Answer, Outgoing, Wire
from connectors.security.rotating import Rotating, Secrets
from connectors.source import Clock

__all__ = ["Token", "Tokens"]

_LIFETIME = 60.0
"""Seconds that a token is kept whose lifetime nobody tells (RFC 6749 §5.1 only recommends to tell it)."""
_MARGIN = 30.0
_ASSERTION = 60
"""Seconds that an assertion of ours holds."""
_PAUSE = 5.0
"""Seconds before a token endpoint that refused us is asked again, so that a wrong secret does not lock us out for good."""
_MOST = 256
"""Tokens kept at once: one for each activity, controller or role that the declaration tells apart."""
_TYPE: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_GRANT: Final = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_ERRORS: Final = frozenset(
    [
        "invalid_request",
        "invalid_client",
        "invalid_grant",
        "unauthorized_client",
        "unsupported_grant_type",
        "invalid_scope",
    ]
)
_AT: Final = "at its token endpoint: "
Setting = tuple[tuple[str, str], ...]
"""The variables that a token depends on, with their values."""


@dataclass(frozen=True, slots=True)
class Token:
    """An access token. The times are of the monotonic clock."""

    value: str = field(repr=False)
    got: float
    until: float


@dataclass(slots=True)
class _Flight:
    """A request for a token, and how many calls wait for it."""

    task: asyncio.Task[Token]
    waiting: int = 0


class Tokens:
    """The access tokens of one source."""

    def __init__(
        self,
        source_id: str,
        rule: OAuth,
        secrets: Secrets,
        wire: Wire,
        *,
        deadline: float,
        clock: Clock,
        monotonic: Callable[[], float],
        uuid: Callable[[], str],
    ) -> None:
        """Read the secret or key; nothing is got yet. Raises `DeclarationInvalid`.

        `wire` leads to the token endpoint; `deadline` (seconds) bounds a request to it.
        """
        self._id, self._rule, self._wire = source_id, rule, wire
        self._deadline, self._clock, self._monotonic, self._uuid = deadline, clock, monotonic, uuid
        place = ("authentication", "oauth2")
        self._key = SigningKey(source_id, place, rule.key, secrets) if rule.key is not None else None
        names = (rule.secret,) if rule.secret is not None else ()
        self._secret = Rotating(source_id, (*place, "secret"), names, secrets, _only)
        self._kept: OrderedDict[Setting, Token] = OrderedDict()
        self._flights: dict[Setting, _Flight] = {}
        self._refusal: tuple[float, str] | None = None

    @property
    def trouble(self) -> str | None:
        """Why the secret or key that is there now is not in use, if so."""
        return self._key.trouble if self._key is not None else self._secret.trouble

    async def get(self, values: Mapping[str, str], *, instead_of: Token | None = None) -> Token:
        """A token for a setting; another one than `instead_of`, unless that was got a moment ago.

        Raises `SourceUnavailable`, `SourceBusy`, `SourceRefused`, all naming the token endpoint.
        """
        setting = tuple((name, values[name]) for name in sorted(self._rule.variables))
        kept = self._kept.get(setting)
        if kept is not None:
            self._kept.move_to_end(setting)
            fresh = self._monotonic() < kept.until
            if fresh and (instead_of is None or kept is not instead_of):
                return kept
            if kept is instead_of and self._monotonic() - kept.got < _PAUSE:
                return kept
        return await self._join(setting)

    async def _join(self, setting: Setting) -> Token:
        """Wait for the one request for this token. Once nobody waits for it any more, it is given up."""
        flight = self._flights.get(setting)
        if flight is None:
            flight = self._flights[setting] = _Flight(asyncio.create_task(self._obtain(setting)))
        flight.waiting += 1
        try:
            return await asyncio.shield(flight.task)
        finally:
            flight.waiting -= 1
            if not flight.waiting or flight.task.done():
                flight.task.cancel()
                if self._flights.get(setting) is flight:
                    del self._flights[setting]

    async def _obtain(self, setting: Setting) -> Token:
        self._pause()
        request = self._request(dict(setting))
        try:
            async with asyncio.timeout(self._deadline):
                answer = await self._wire.call(request)
        except TimeoutError:
            raise SourceUnavailable(self._id, _AT + "no whole answer within the deadline") from None
        except SourceError as error:
            raise SourceUnavailable(self._id, _AT + error.cause) from None
        token = self._read(answer)
        self._kept[setting] = token
        while len(self._kept) > _MOST:
            self._kept.popitem(last=False)
        return token

    def _pause(self) -> None:
        if self._refusal is not None:
            until, cause = self._refusal
            if self._monotonic() < until:
                raise SourceRefused(self._id, cause)
            self._refusal = None

    def _request(self, values: Mapping[str, str]) -> Outgoing:
        rule = self._rule
        headers = {"Accept": "application/json", "Content-Type": "application/x-www-form-urlencoded"}
        form = {name: text.fill(values, str.encode).decode() for name, text in rule.form.items()}
        form |= self._proof(values, headers)
        return Outgoing("POST", URL(rule.token_url), headers, urlencode(form).encode())

    def _proof(self, values: Mapping[str, str], headers: dict[str, str]) -> dict[str, str]:
        """How we show who we are: fields of the form, or a header."""
        client, method = self._rule.client_id, self._rule.method
        form = {"grant_type": "client_credentials"}
        if method == "client_secret_basic":
            pair = f"{quote_plus(client)}:{quote_plus(self._secret.current())}"  # RFC 6749 §2.3.1
            headers["Authorization"] = "Basic " + b64encode(pair.encode()).decode()
            return form
        if method == "client_secret_post":
            return form | {"client_id": client, "client_secret": self._secret.current()}
        if method == "jwt_bearer":
            return {"grant_type": _GRANT, "assertion": self._assertion(values)}
        assertion = self._assertion(values)
        return form | {"client_id": client, "client_assertion_type": _TYPE, "client_assertion": assertion}

    def _assertion(self, values: Mapping[str, str]) -> str:
        """RFC 7523 §3."""
        assert self._key is not None  # noqa: S101 - the declaration of these methods has a key
        now, client = int(self._clock().timestamp()), self._rule.client_id
        claims = {name: text.fill(values, str.encode).decode() for name, text in self._rule.claims.items()}
        own = {
            "iss": client,
            "sub": client,
            "aud": self._rule.audience or self._rule.token_url,
            "jti": self._uuid(),
        }
        return self._key.token({**claims, **own, "iat": now, "exp": now + _ASSERTION})

    def _read(self, answer: Answer) -> Token:
        """The token in an answer (RFC 6749 §5.1), or the error that it is (§5.2). Its text is never repeated."""
        document = _object(answer.body)
        if answer.status != 200:
            raise self._failure(answer, document)
        value, kind = document.get("access_token"), document.get("token_type", "Bearer")
        if (
            not isinstance(value, str)
            or not value.isascii()
            or not value.isprintable()
            or not value
            or " " in value
        ):
            raise SourceUnavailable(self._id, _AT + "its answer holds no token")
        if not isinstance(kind, str) or kind.lower() != "bearer":
            raise SourceUnavailable(self._id, _AT + "its token is no bearer token")
        lifetime = _seconds(document.get("expires_in"))
        now = self._monotonic()
        return Token(value, now, now + lifetime - min(_MARGIN, lifetime / 5))

    def _failure(self, answer: Answer, document: Mapping[str, object]) -> SourceError:
        cause = f"{_AT}it answered with HTTP status {answer.status}"
        if answer.status == 429:
            return SourceBusy(self._id, cause, answer.retry_after)
        if answer.status >= 500 or answer.status == 408:
            return SourceUnavailable(self._id, cause)
        error = document.get("error")
        if isinstance(error, str) and error in _ERRORS:
            cause += f" ({error})"
        self._refusal = self._monotonic() + _PAUSE, cause
        return SourceRefused(self._id, cause)


def _only(text: str = "") -> str:
    return text


def _object(body: bytes) -> Mapping[str, object]:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _seconds(value: object) -> float:
    """`expires_in`; some write it as a text."""
    if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) < 10:
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return float(min(max(value, 0), 86_400))
    return _LIFETIME
