"""The way in: each request gets what the source wants to see, and one that it does not let in is tried once more."""

import time
from base64 import b64encode
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial

from connectors.access.rule import Authentication
from connectors.access.signature import Signer
from connectors.access.tokens import Tokens
from connectors.http import Answer, Outgoing, Wire
from connectors.security.rotating import Rotating, Secrets
from connectors.security.tls import TlsContext
from connectors.source import Clock

__all__ = ["Bound", "Gate"]

_CONNECTIONS, _TOKEN_BYTES = 2, 64 << 10


@dataclass(frozen=True, slots=True)
class Bound(Outgoing):
    """A request, with the values of the variables that it was made of."""

    values: Mapping[str, str] = field(default_factory=dict, repr=False)


class Gate:
    """What stands between a source and its wire."""

    def __init__(
        self,
        source_id: str,
        rule: Authentication,
        wire: Wire,
        secrets: Secrets,
        *,
        tls: TlsContext | None,
        deadline: float,
        clock: Clock,
        uuid: Callable[[], str],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Read the secrets; nothing is opened yet. Raises `DeclarationInvalid`.

        `tls` goes for the token endpoint too, where the declaration says so; `deadline` (seconds) bounds a request to it.
        """
        self._id, self._wire, self.variables = source_id, wire, rule.variables
        self._token_wire = Wire(source_id, connections=_CONNECTIONS, body_bytes=_TOKEN_BYTES)
        self._signer = self._tokens = self._basic = None
        if rule.signature is not None:
            self._signer = Signer(source_id, rule.signature, secrets, clock=clock, uuid=uuid)
        if rule.oauth is not None:
            self._tokens = Tokens(
                source_id, rule.oauth, secrets, self._token_wire,
                deadline=deadline, clock=clock, monotonic=monotonic, uuid=uuid,
            )  # fmt: skip
            if rule.oauth.tls and tls is not None:
                self._token_wire.secure(tls.current)
        if rule.basic is not None:
            make = partial(_credentials, rule.basic.user)
            place = ("authentication", "basic", "password")
            self._basic = Rotating(source_id, place, (rule.basic.password,), secrets, make)

    @property
    def secret(self) -> bool:
        """Whether requests carry a token or a password."""
        return self._tokens is not None or self._basic is not None

    @property
    def troubles(self) -> dict[str, str]:
        """Why a changed secret is not in use, by the key that names it."""
        found = {
            "authentication.oauth2": self._tokens.trouble if self._tokens is not None else None,
            "authentication.signature": self._signer.key.trouble if self._signer is not None else None,
            "authentication.basic": self._basic.trouble if self._basic is not None else None,
        }
        return {place: why for place, why in found.items() if why is not None}

    def open(self) -> None:
        """Open the session to the token endpoint, on the running loop."""
        if self._tokens is not None:
            self._token_wire.open()

    async def close(self) -> None:
        """Close it."""
        await self._token_wire.close()

    async def exchange(
        self, request: Outgoing, values: Mapping[str, str], renew: Callable[[], Awaitable[Outgoing]]
    ) -> Answer:
        """Send a request as the source wants it. Raises a `SourceError`.

        A 401 means that the token no longer holds: nothing was done, and the request is sent once more, as `renew` makes it, with a
        new token.
        """
        if self._tokens is None:
            basic = None if self._basic is None else self._basic.current()
            return await self._wire.call(self._ready(request, values, basic))
        token = await self._tokens.get(values)
        answer = await self._wire.call(self._ready(request, values, f"Bearer {token.value}"))
        if answer.status != 401:
            return answer
        another = await self._tokens.get(values, instead_of=token)
        if another is token:
            return answer
        return await self._wire.call(self._ready(await renew(), values, f"Bearer {another.value}"))

    def _ready(self, request: Outgoing, values: Mapping[str, str], authorization: str | None) -> Outgoing:
        if authorization is not None:
            request = replace(request, headers={**request.headers, "Authorization": authorization})
        return request if self._signer is None else self._signer.sign(request, values)


def _credentials(user: str, password: str) -> str:
    return "Basic " + b64encode(f"{user}:{password}".encode()).decode()
