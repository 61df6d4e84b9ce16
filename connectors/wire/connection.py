"""One connection, with one request under way on it at most. llhttp (by `httptools`) parses; what it lets pass is bounded here.

An answer is given up the moment it breaks a bound, and the connection with it. A connection serves a second request only if the answer
ended where it said, the server keeps the connection, and not one byte came that nobody asked for: an answer that is too long would be
taken for that of the next request, who may be somebody else.
"""

import asyncio
import ssl
from collections.abc import Callable
from typing import Final, NamedTuple, NoReturn, cast

from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser
from multidict import CIMultiDict

from connectors.errors import ContractBroken, SourceBusy, SourceUnavailable
from connectors.guard.memory import ALL, LARGE, Share

__all__ = ["Connection", "Received"]

_BARE: Final = 64 << 10
"""Bytes that may come without one of a body among them: heads, sizes of chunks, trailers."""
_FIELDS: Final = 128
"""Header fields of an answer, its trailers included."""
_HTTP: Final = (ContractBroken, "its answer is not HTTP")
_LONG: Final = (ContractBroken, "its answer is larger than its bound")
_CUT: Final = (SourceUnavailable, "its answer was cut off")
_GONE: Final = (SourceUnavailable, "it cannot be reached")
_TLS: Final = (SourceUnavailable, "TLS could not be agreed with it")

Kind = type[ContractBroken | SourceUnavailable | SourceBusy]
Wrong = tuple[Kind, str]
"""An error to be, and its cause."""


class Received(NamedTuple):
    """A whole answer as it came."""

    status: int
    headers: CIMultiDict[str]
    body: bytes
    share: Share | None


class _Stop(Exception):
    """Tells the parser to go no further."""


class Connection(asyncio.Protocol):
    """A connection. `body_bytes` bounds a body; `hold` gives a share of the memory for large answers."""

    __slots__ = (
        "_bare", "_body", "_body_bytes", "_complete", "_fields", "_headers", "_hold", "_id", "_interim", "_keep", "_noted",
        "_parser", "_share", "_size", "_status", "_transport", "_until_closed", "_waiter", "_wrong", "heard", "idle_since",
    )  # fmt: skip
    _headers: CIMultiDict[str]
    _body: bytes | bytearray
    _share: Share | None
    _wrong: "Wrong | None"
    _complete: bool
    _until_closed: bool
    _keep: bool

    def __init__(self, source_id: str, body_bytes: int, hold: Callable[[], Share]) -> None:
        """Not connected yet."""
        self._id, self._body_bytes, self._hold = source_id, body_bytes, hold
        self._noted = min(LARGE, body_bytes)
        self._parser: HttpResponseParser | None = HttpResponseParser(self)
        self._transport: asyncio.Transport | None = None
        self._waiter: asyncio.Future[None] | None = None
        self._keep = False
        self.idle_since = 0.0
        """When it was put aside, on the loop's clock."""
        self.heard: Callable[[], None] | None = None
        """Who is told when an answer's head is there."""
        self._begin()

    @property
    def usable(self) -> bool:
        """Whether another request may go over it."""
        transport = self._transport
        return self._keep and transport is not None and not transport.is_closing()

    async def exchange(self, request: bytes) -> Received:
        """Send a request, read the answer. Raises `SourceUnavailable`, `ContractBroken`, `SourceBusy`; then, or when cancelled, it is of no more use."""
        transport = self._transport
        if transport is None or transport.is_closing():
            self._fail(*_GONE)
        self._begin()
        waiter = self._waiter = asyncio.get_running_loop().create_future()
        try:
            transport.write(request)
            await waiter
            if self._wrong is not None:
                self._fail(*self._wrong)
            body = self._body if isinstance(self._body, bytes) else bytes(self._body)
            self._keep = self._keep and not transport.get_write_buffer_size()
            return Received(self._status, self._headers, body, self._share)
        except BaseException:
            self._keep = False
            if self._share is not None:
                self._share.give_back()
            raise
        finally:
            self._waiter, self._share, self._body = None, None, b""

    def close(self) -> None:
        """Close it, in order."""
        self._keep = False
        if self._transport is not None:
            self._transport.close()

    def abort(self) -> None:
        """Close it at once. Who waits for an answer gets none."""
        self._keep = False
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """It stands."""
        self._transport, self._keep = cast("asyncio.Transport", transport), True

    def connection_lost(self, exc: Exception | None) -> None:
        """It is gone. An answer that ends with its connection is whole now; any other one is not."""
        self._transport = self._parser = None  # which know it as well
        self._keep = False
        if self._complete or self._wrong is not None:
            return
        if exc is None and self._until_closed:
            self._complete = True
            self._wake()
        else:
            self._give_up(_TLS if isinstance(exc, ssl.SSLError) else _CUT if self._status else _GONE)

    def data_received(self, data: bytes) -> None:
        """Some bytes came. The source has said too much if nobody waits for them, or if the answer is whole already."""
        parser, size = self._parser, self._size
        if parser is None or self._waiter is None or self._complete or self._wrong is not None:
            self.abort()
            return
        try:
            parser.feed_data(data)
        except (HttpParserError, HttpParserUpgrade):
            self.abort()
            if not self._complete:
                self._give_up(_HTTP)
            return
        if self._size != size:
            self._bare = 0
        else:
            self._bare += len(data)
            if self._bare > _BARE and not self._complete:
                self.abort()
                self._give_up(_HTTP)

    def on_message_begin(self) -> None:
        """An answer begins; a second one is one too many."""
        if self._complete:
            raise _Stop

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header field, or one of the trailers, which nobody reads."""
        self._fields += 1
        if self._fields > _FIELDS:
            raise _Stop
        if not self._status:
            self._headers.add(name.decode("ascii"), value.decode("utf-8", "surrogateescape").strip(" \t"))

    def on_headers_complete(self) -> None:
        """All that can be known of an answer before its body."""
        parser = self._parser
        status = parser.get_status_code() if parser is not None else 0
        if 100 <= status < 200:  # RFC 9110 §15.2: the answer itself is still to come
            self._interim = True
            self._headers.clear()
            return
        if status < 200 or parser is None:
            raise _Stop
        self._status = status
        if self.heard is not None:
            self.heard()
        if (wrong := self._unfit(status)) is not None:
            self._give_up(wrong)
            raise _Stop
        self._keep = self._keep and parser.should_keep_alive()

    def on_body(self, chunk: bytes) -> None:
        """Some bytes of the body."""
        self._size += len(chunk)
        if self._size > self._noted:
            self._bound()
        if not self._body:
            self._body = chunk
        elif isinstance(self._body, bytes):
            self._body = bytearray(self._body) + chunk
        else:
            self._body += chunk

    def on_message_complete(self) -> None:
        """An answer is whole."""
        if self._interim:
            self._interim = False
            return
        self._complete = True
        self._wake()

    def _begin(self) -> None:
        """Nothing is known of the answer."""
        self._status, self._size, self._bare, self._fields = 0, 0, 0, 0
        self._complete = self._interim = self._until_closed = False
        self._headers, self._body, self._share, self._wrong = CIMultiDict(), b"", None, None

    def _fail(self, kind: Kind, cause: str) -> NoReturn:
        raise kind(self._id, cause)

    def _unfit(self, status: int) -> Wrong | None:
        """Why an answer is not read, by its head."""
        headers = self._headers
        if 300 <= status < 400:
            return ContractBroken, "it answered with a redirect, which is never followed"
        if "Content-Encoding" in headers and not _all_are(headers.getall("Content-Encoding"), "identity"):
            return ContractBroken, "its answer is compressed, which was not asked for"
        coded, length = headers.getall("Transfer-Encoding", None), headers.get("Content-Length")
        if coded is not None and (length is not None or len(coded) > 1 or not _all_are(coded, "chunked")):
            return _HTTP  # the two contradict each other, or it is a coding that was not asked for
        self._until_closed = coded is None and length is None
        if length is not None and int(length) > self._body_bytes:
            return _LONG
        return None

    def _bound(self) -> None:
        """Give a large answer up at its bound, or where the large answers of this source, or of all, reach theirs."""
        if self._size > self._body_bytes:
            self._give_up(_LONG)
            raise _Stop
        if self._share is None:
            self._share = self._hold()
        full = self._share.grow(self._size)
        if full is not None:
            if full is ALL:  # which is no fault of this source
                self._give_up((SourceBusy, "too many large answers of all sources are held already"))
            else:
                self._give_up((SourceUnavailable, "too many large answers of it are held already"))
            raise _Stop

    def _give_up(self, wrong: Wrong) -> None:
        """Read no further: the first thing that is wrong counts."""
        if self._wrong is None:
            self._wrong, self._body = wrong, b""
            self._keep = False
        self._wake()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)


def _all_are(values: list[str], word: str) -> bool:
    return all(value.lower() == word for value in values)
