"""What a SOAP and a REST source have in common: one call, from an enquiry to a reading or one of the five errors.

1. The contract is read once, in a thread, by `start`.
2. The source's guard lets the call pass when it may: within one deadline, which covers the wait and all that follows.
3. The request's template is filled, for its shape was built by `start`; one HTTP call.
4. Status and content type are looked at before the body is; then the source's own error codes.
5. The answer is found, and whom it is about is compared with whom was asked.
6. The asked attributes are read, each by its own rule: one that does not fit is broken alone.
"""

import asyncio
import os
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Any
from uuid import uuid4

from yarl import URL

from connectors.access.gate import Bound, Gate
from connectors.access.rule import Authentication, check_token_address
from connectors.address import check_address, in_the_open
from connectors.answer_reader import AnswerReader
from connectors.declaration import SourceDeclaration
from connectors.errors import (
    ContractBroken,
    DeclarationInvalid,
    Problem,
    SourceRefused,
    SourceUnavailable,
)
from connectors.failures import Failures
from connectors.guard import Guard, NotSent, SourceHealth
from connectors.guard.memory import HEAVIEST, LARGE, READER, weight_of_json, weight_of_xml
from connectors.http import Answer, Outgoing, Wire
from connectors.security.tls import TlsContext
from connectors.source import Clock, Enquiry, Reading
from connectors.template import Unsendable
from connectors.variables import values_of

__all__ = ["DeclaredSource", "present"]

_PAUSE = 30.0
"""Seconds between two attempts at a contract that could not be used."""
_UNUSABLE = "its contract cannot be used"


def present() -> datetime:
    """The time of this machine."""
    return datetime.now(UTC)


def new_uuid() -> str:
    """A random UUID."""
    return str(uuid4())


class DeclaredSource(ABC):
    """A source that is declared. `connectors.soap` and `connectors.rest` say how it is built and read."""

    def __init__(
        self,
        declaration: SourceDeclaration,
        *,
        address: str | None,
        token_address: str | None = None,
        secrets: Callable[[str], str],
        clock: Clock = present,
        uuid: Callable[[], str] = new_uuid,
        random: Callable[[int], bytes] = os.urandom,
        wire: Callable[..., Wire] = Wire,
    ) -> None:
        """Keep what is given; nothing is read or opened before `start`.

        `address` overrides the declaration's, `token_address` that of its token endpoint; `secrets` gives a secret by its name and raises `LookupError` if there is none. `wire`
        makes the connections, for who wants to see what goes over them.
        """
        self._declaration, self._address, self._secrets = declaration, address, secrets
        self._clock, self._uuid, self._random = clock, uuid, random
        self._id, self._rule, self._language = declaration.id, declaration.reply, declaration.language
        self._failures = Failures(self._id, self._rule, self._language)
        self._reader = AnswerReader(declaration)
        self._wire = wire(
            declaration.id,
            connections=declaration.limits.connections,
            body_bytes=declaration.limits.body_bytes,
        )
        self._tls: TlsContext | None = None
        self._guard = Guard(declaration.id, declaration.limits, clock=clock)
        self._gate: Gate | None = None
        self._token_address = token_address
        self._variables: frozenset[str] = frozenset()
        self._bound = False
        self._starting = asyncio.Lock()
        self._unusable = False
        self._not_before = 0.0
        self._started = False
        self._large = LARGE

    @property
    def id(self) -> str:
        """The source's name in the catalogue."""
        return self._id

    @property
    def attributes(self) -> frozenset[str]:
        """The attributes it can be asked for."""
        return frozenset(self._declaration.attributes)

    @property
    def schemes(self) -> frozenset[str]:
        """The identifier schemes by which it knows subjects."""
        return self._declaration.schemes

    async def start(self) -> None:
        """Read the contract and build the request's template, in a thread, then open the session. Raises `DeclarationInvalid`."""
        async with self._starting:
            if not self._started:
                try:
                    await asyncio.to_thread(self._prepare)
                except DeclarationInvalid:
                    self._unusable = True
                    raise
                self._unusable = False
                self._wire.open()
                if self._gate is not None:
                    self._gate.open()
                self._started = True

    @property
    def troubles(self) -> Mapping[str, str]:
        """Why a changed secret is not in use and the one before it still is, by the key that names it; empty if all is well."""
        of_tls = self._tls.troubles if self._tls is not None else {}
        return {**of_tls, **(self._gate.troubles if self._gate is not None else {})}

    async def close(self) -> None:
        """Close the session; `start` opens it again."""
        self._started = False
        await self._wire.close()
        if self._gate is not None:
            await self._gate.close()

    async def ask(self, enquiry: Enquiry) -> Reading:
        """Ask the source once. Raises a `SourceError` within the deadline; `ValueError` if the enquiry is not one for it."""
        self._check(enquiry)
        within = None if self._started else await self._start_late()
        return await self._guard.call(partial(self._attempt, enquiry), within)

    def health(self) -> SourceHealth:
        """How it does, as far as it was asked. `down` too where its contract cannot be used."""
        health = self._guard.health()
        if self._unusable:
            return replace(health, state="down", cause=_UNUSABLE)
        if health.works and (troubles := self.troubles):
            causes = "; ".join(f"{key}: {why}" for key, why in troubles.items())
            return replace(health, state="degraded", cause=f"a changed secret is not in use: {causes}")
        return health

    async def _attempt(self, enquiry: Enquiry) -> Reading:
        """Send the request once, and read the answer."""
        answer = await self._exchange(self._request(enquiry))
        if len(answer.body) <= self._large:
            return self._reading(answer, enquiry)
        try:
            return await asyncio.get_running_loop().run_in_executor(READER, self._read_large, answer, enquiry)
        finally:
            if answer.share is not None:
                answer.share.give_back()

    def _read_large(self, answer: Answer, enquiry: Enquiry) -> Reading:
        """Read an answer that would hold up the loop, unless it would fill the memory."""
        weigh = weight_of_xml if self._declaration.protocol == "soap" else weight_of_json
        if weigh(answer.body) > HEAVIEST * self._declaration.limits.body_bytes:
            raise ContractBroken(self._id, "its answer has more parts than are read")
        return self._reading(answer, enquiry)

    async def _exchange(self, request: Outgoing) -> Answer:
        """Send a request and bring the whole answer back. Raises a `SourceError`."""
        if self._gate is None:
            return await self._wire.call(request)
        values = request.values if isinstance(request, Bound) else {}

        async def renew() -> Outgoing:
            await self._guard.another()
            return self._renewed(request, values)

        return await self._gate.exchange(request, values, renew)

    def _renewed(self, request: Outgoing, values: Mapping[str, str]) -> Outgoing:  # noqa: ARG002
        """The same request, to be sent once more."""
        return request

    @abstractmethod
    def _build(self) -> None:
        """Build what every call shares. Raises `DeclarationInvalid`."""

    @abstractmethod
    def _fill(self, values: Mapping[str, str]) -> Outgoing:
        """The request with the values of its variables. Raises `Unsendable`."""

    @abstractmethod
    def _open(self, answer: Answer) -> Any:
        """The point of the answer that its paths start from; raises the `SourceError` that the answer is."""

    @abstractmethod
    def _needed(self) -> frozenset[str]:
        """The variables that the request holds."""

    def _prepare(self) -> None:
        """Read the secrets of its connections, then build what every call shares. Raises `DeclarationInvalid`."""
        if (rule := self._declaration.tls) is not None:
            self._tls = TlsContext(self._id, rule, secrets=self._secrets, clock=self._clock)
            self._wire.secure(self._tls.current)
        if self._declaration.authentication is not None:
            self._gate = self._made_gate(self._declaration.authentication)
        self._build()
        self._bound = self._gate is not None or self._declaration.pages is not None
        self._variables = self._needed() | (self._gate.variables if self._gate is not None else frozenset())

    def _made_gate(self, rule: Authentication) -> Gate:
        """What the source wants to see of us. Raises `DeclarationInvalid`."""
        if (address := self._token_address) is not None and rule.oauth is not None:
            if problem := check_token_address(address):
                place = ("authentication", "oauth2", "tokenUrl")
                raise DeclarationInvalid(self._id, (Problem(place, problem),))
            rule = replace(rule, oauth=replace(rule.oauth, token_url=address))
        return Gate(
            self._id, rule, self._wire, self._secrets, tls=self._tls,
            deadline=self._declaration.limits.deadline, clock=self._clock, uuid=self._uuid,
        )  # fmt: skip

    def _checked(self, address: str) -> URL:
        """The address to call. Raises `DeclarationInvalid`."""
        problem = check_address(address)
        if problem is None and self._declaration.tls is not None and not address.startswith("https:"):
            problem = "expected an https address, since `tls` is declared"
        if problem is None and self._gate is not None and self._gate.secret and in_the_open(address):
            problem = "expected an https address: a token or password would be sent in the open"
        if problem:
            raise DeclarationInvalid(self._id, (Problem(("address",), problem),))
        return URL(address)

    async def _start_late(self) -> float:
        """Start on a call's path; gives the seconds that this leaves for the call.

        A contract that cannot be used is not read again at every call, but now and then.
        """
        began, deadline = time.monotonic(), self._declaration.limits.deadline
        if began < self._not_before:
            raise SourceUnavailable(self._id, _UNUSABLE, self._not_before - began)
        try:
            async with asyncio.timeout(deadline):
                await self.start()
        except DeclarationInvalid:
            self._not_before = time.monotonic() + _PAUSE
            raise SourceUnavailable(self._id, _UNUSABLE, _PAUSE) from None
        except TimeoutError:
            raise SourceUnavailable(self._id, "its contract is not read yet") from None
        return began + deadline - time.monotonic()

    def _check(self, enquiry: Enquiry) -> None:
        """Refuse a call that only an error in the caller can make."""
        if enquiry.subject.scheme not in self._declaration.schemes:
            raise ValueError(f"{self._id} is not asked by {enquiry.subject.scheme}")
        if unserved := enquiry.attributes - self._declaration.attributes.keys():
            raise ValueError(f"{self._id} does not serve {', '.join(sorted(unserved))}")

    def _request(self, enquiry: Enquiry) -> Outgoing:
        declaration = self._declaration
        try:
            values = values_of(
                self._variables,
                enquiry,
                declaration.parameters,
                now=self._clock(),
                zone=declaration.zone,
                uuid=self._uuid,
            )
            request = self._fill(values)
        except Unsendable as error:
            raise NotSent(SourceRefused(self._id, f"the request cannot be sent: {error}")) from None
        if not self._bound:
            return request
        return Bound(request.method, request.url, request.headers, request.body, values)

    def _reading(self, answer: Answer, enquiry: Enquiry) -> Reading:
        """Steps 4 to 6."""
        return self._reader.read(self._open(answer), enquiry, self._clock())
