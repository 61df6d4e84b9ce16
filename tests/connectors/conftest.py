"""A source on a real socket that answers exactly what a test says, and declarations over it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from connectors import Enquiry, Identifier, SourceDeclaration, read_declaration
from connectors.declared import DeclaredSource
from connectors.rest import RestSource
from connectors.soap import SoapSource

CONTRACTS = Path(__file__).parent / "contracts"
NOW = datetime(2026, 11, 23, 23, 30, tzinfo=UTC)
NUMBER = "85060200123"
Writer = asyncio.StreamWriter

PERSON = (
    f"<p:Person><p:Number>{NUMBER}</p:Number><p:Name>Ada</p:Name><p:Name>Bruni</p:Name>"
    "<p:Born>1985-06-02</p:Born><p:Income>25000</p:Income></p:Person>"
)
SOAP: dict[str, Any] = {
    "protocol": "soap",
    "name": {"en": "Persons"},
    "controller": "office",
    "contract": "persons.wsdl",
    "operation": "GetPerson",
    "subject": ["ssin"],
    "request": {"Number": "{subject}"},
    "reply": {
        "namespaces": {"p": "urn:test:persons"},
        "answer": "p:Person",
        "subject": "p:Number",
        "reference": "p:Reference",
        "errors": {"code": "//p:Error/p:Code", "meanings": {"E1": "subjectUnknown", "E2": "busy"}},
    },
    "attributes": {
        "person.givenNames": {"path": "p:Name", "many": True},
        "person.birthDate": {"path": "p:Born", "type": "date"},
        "person.income": {"path": "p:Income", "type": "amount"},
    },
    "limits": {"deadlineMs": 2000},
}
REST: dict[str, Any] = {
    "protocol": "rest",
    "name": {"en": "Enterprises"},
    "controller": "office",
    "address": "http://127.0.0.1:9/base",
    "subject": ["enterpriseNumber"],
    "request": {"method": "GET", "path": "/enterprises/{subject}"},
    "reply": {
        "answer": "enterprise",
        "reference": "reference",
        "errors": {
            "code": "errors[].code",
            "meanings": {"E1": "subjectUnknown", "E2": "busy"},
            "status": {404: "subjectUnknown"},
        },
    },
    "attributes": {
        "organisation.legalName": {"path": "name"},
        "organisation.foundingDate": {"path": "founded", "type": "date"},
        "organisation.isActive": {"path": "active", "type": "boolean"},
    },
}


def envelope(body: str, *, space: str = "http://schemas.xmlsoap.org/soap/envelope/") -> bytes:
    """A SOAP envelope around a Body's content."""
    return f'<s:Envelope xmlns:s="{space}"><s:Body>{body}</s:Body></s:Envelope>'.encode()


def reply(content: str = PERSON) -> bytes:
    """An answer of GetPerson."""
    return envelope(f'<p:GetPersonResponse xmlns:p="urn:test:persons">{content}</p:GetPersonResponse>')


def http(
    body: bytes, *, status: int = 200, kind: str | None = "text/xml; charset=utf-8", **headers: str
) -> bytes:
    """A whole HTTP answer."""
    lines = [f"HTTP/1.1 {status} Status", f"Content-Length: {len(body)}"]
    lines += [f"Content-Type: {kind}"] if kind is not None else []
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def json_http(body: str | bytes, *, status: int = 200, **headers: str) -> bytes:
    """A whole HTTP answer that is JSON."""
    raw = body.encode() if isinstance(body, str) else body
    return http(raw, status=status, kind="application/json", **headers)


def changed(mapping: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """A deep copy with values set by dotted path; `None` takes a key out."""
    found = deepcopy(mapping)
    for path, value in changes.items():
        *steps, last = path.split("__")
        below = found
        for step in steps:
            below = below.setdefault(step, {})
        if value is None:
            below.pop(last, None)
        else:
            below[last] = value
    return found


def soap_declaration(*, folder: Path = CONTRACTS, **changes: Any) -> SourceDeclaration:
    return read_declaration("persons", changed(SOAP, changes), folder=folder)


def rest_declaration(**changes: Any) -> SourceDeclaration:
    return read_declaration("enterprises", changed(REST, changes), folder=CONTRACTS)


def about(source: DeclaredSource, number: str = NUMBER, **variables: str) -> Enquiry:
    """An enquiry for all that a source serves."""
    scheme = min(source.schemes)
    return Enquiry(Identifier(scheme, number), source.attributes, variables)


@dataclass
class Peer:
    """A TCP server. `answer` is bytes to send, or a coroutine that writes what it likes; then the connection closes if `close`."""

    port: int = 0
    answer: bytes | Callable[[Writer], Awaitable[None]] = b""
    close: bool = False
    requests: list[bytes] = field(default_factory=list)
    open: int = 0
    most_open: int = 0
    connections: int = 0

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}/base"

    @property
    def body(self) -> str:
        """The body of the last request."""
        return self.requests[-1].partition(b"\r\n\r\n")[2].decode()

    @property
    def head(self) -> str:
        """The request line and headers of the last request."""
        return self.requests[-1].partition(b"\r\n\r\n")[0].decode()

    async def serve(self, reader: asyncio.StreamReader, writer: Writer) -> None:
        self.open += 1
        self.connections += 1
        self.most_open = max(self.most_open, self.open)
        try:
            while await self._one(reader, writer) and not self.close:
                pass
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            self.open -= 1
            writer.close()

    async def _one(self, reader: asyncio.StreamReader, writer: Writer) -> bool:
        head = await reader.readuntil(b"\r\n\r\n")
        lengths = [
            int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")
        ]
        self.requests.append(head + await reader.readexactly(lengths[0] if lengths else 0))
        if callable(self.answer):
            await self.answer(writer)
        else:
            writer.write(self.answer)
        await writer.drain()
        return True


@pytest.fixture
async def peer() -> AsyncIterator[Peer]:
    found = Peer()
    server = await asyncio.start_server(found.serve, "127.0.0.1", 0)
    found.port = server.sockets[0].getsockname()[1]
    yield found
    server.close()


Make = Callable[..., Awaitable[DeclaredSource]]
SECRETS = {"token": "s3cret&<"}


@pytest.fixture
async def soap(peer: Peer) -> AsyncIterator[Make]:
    """Makes started SOAP sources over the peer; keywords change the declaration (`limits__deadlineMs=100`)."""
    async for make in _maker(peer, SoapSource, soap_declaration):
        yield make


@pytest.fixture
async def rest(peer: Peer) -> AsyncIterator[Make]:
    """Makes started REST sources over the peer."""
    async for make in _maker(peer, RestSource, rest_declaration):
        yield make


async def _maker(
    peer: Peer,
    kind: type[SoapSource] | type[RestSource],
    declare: Callable[..., SourceDeclaration],
) -> AsyncIterator[Make]:
    made: list[DeclaredSource] = []

    async def make(**changes: Any) -> DeclaredSource:
        source = kind(
            declare(**changes),
            address=peer.address,
            secrets=SECRETS.__getitem__,
            clock=lambda: NOW,
            uuid=lambda: "0000-uuid",
        )
        made.append(source)
        await source.start()
        return source

    yield make
    for source in made:
        await source.close()
