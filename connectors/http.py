"""One HTTP session per source: bounded connections, bounded bodies, no cookies, no proxies, no redirects, no compression."""

import ssl
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache

import aiohttp
from yarl import URL

from connectors.errors import ContractBroken, SourceBusy, SourceUnavailable
from connectors.guard.memory import ALL, LARGE, OF_ONE, Measure, Share

__all__ = ["Answer", "Outgoing", "Wire"]

_KEEP_ALIVE = 4.0
"""Seconds that an idle connection is kept: less than the 5 after which common servers close it, for a request that meets the
closing is lost, and a POST may not be sent twice."""
_LONGEST_WAIT = 86_400.0
_NOT_OURS = frozenset({"User-Agent", "Accept-Encoding", "Accept", "Content-Type"})


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A request, ready to be sent."""

    method: str
    url: URL = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    body: bytes | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer."""

    status: int
    media_type: str
    """In lower case, without parameters; empty if the source gave none."""
    charset: str | None
    retry_after: float | None
    """Seconds."""
    body: bytes = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    """All of them; names are compared without case."""
    share: Share | None = field(default=None, repr=False)
    """A large answer's part of the memory for these: taken for as long as the answer is held."""


class Wire:
    """The connections to one source. It sets no deadline: its caller does, around all of a call."""

    traces: Sequence[aiohttp.TraceConfig] = ()
    """Who is told of what happens on the connections."""

    def __init__(self, source_id: str, *, connections: int, body_bytes: int) -> None:
        """Nothing is opened yet."""
        self._id, self._connections, self._body_bytes = source_id, connections, body_bytes
        self._noted, self._measure = min(LARGE, body_bytes), Measure(OF_ONE, ALL)
        self._session: aiohttp.ClientSession | None = None
        self._tls: Callable[[], ssl.SSLContext] | None = None

    def secure(self, context: Callable[[], ssl.SSLContext]) -> None:
        """Ask for the TLS context before each call. A connection serves only calls of the context that it was made with."""
        self._tls = context

    def hold(self) -> Share:
        """A share of the memory for this source's large answers; nothing is taken yet."""
        return Share(self._measure)

    def open(self) -> None:
        """Open the session, on the running loop."""
        if self._session is None or self._session.closed:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(
                    limit=self._connections, limit_per_host=self._connections, keepalive_timeout=_KEEP_ALIVE
                ),
                cookie_jar=aiohttp.DummyCookieJar(),
                timeout=aiohttp.ClientTimeout(total=None, connect=None, sock_connect=None, sock_read=None),
                headers={"User-Agent": "onlyonce"},
                skip_auto_headers=_NOT_OURS,
                auto_decompress=False,
                trust_env=False,
                raise_for_status=False,
                trace_configs=list(self.traces),
            )

    async def close(self) -> None:
        """Close the session and its connections."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def call(self, request: Outgoing) -> Answer:
        """Send one request and read the whole answer. Raises `SourceUnavailable`, `ContractBroken`."""
        session = self._session
        if session is None:
            raise SourceUnavailable(self._id, "its session is closed")
        try:
            async with session.request(
                request.method,
                request.url,
                data=request.body,
                headers=request.headers,
                allow_redirects=False,
                ssl=self._tls() if self._tls is not None else True,
            ) as response:
                return await self._read(response)
        except TimeoutError:
            raise
        except aiohttp.ClientPayloadError:
            raise SourceUnavailable(self._id, "its answer was cut off") from None
        except (aiohttp.ClientResponseError, aiohttp.InvalidURL):
            raise ContractBroken(self._id, "its answer is not HTTP") from None
        except (aiohttp.ClientError, OSError) as error:
            raise SourceUnavailable(self._id, _unreached(error)) from None
        except (ValueError, LookupError, AssertionError, RuntimeError):
            raise ContractBroken(self._id, "its answer is not HTTP") from None

    async def _read(self, response: aiohttp.ClientResponse) -> Answer:
        """Look at status and headers, then read the body up to its bound."""
        headers = response.headers
        if 300 <= response.status < 400:
            response.close()
            raise ContractBroken(self._id, "it answered with a redirect, which is never followed")
        if headers.get("Content-Encoding", "identity").lower() != "identity":
            response.close()
            raise ContractBroken(self._id, "its answer is compressed, which was not asked for")
        media_type, charset = _content_type(headers.get("Content-Type", ""))
        body, share = await self._body(response)
        return Answer(
            response.status,
            media_type,
            charset,
            _retry_after(headers.get("Retry-After")),
            body,
            headers,
            share,
        )

    async def _body(self, response: aiohttp.ClientResponse) -> tuple[bytes, Share | None]:
        """The body, given up the moment it is known to be too large."""
        length = response.content_length
        if length is not None and length > self._body_bytes:
            response.close()
            raise ContractBroken(self._id, "its answer is larger than its bound")
        chunks, size, share = [], 0, None
        while chunk := await response.content.readany():
            size += len(chunk)
            if size > self._noted:
                share = share or self.hold()
                self._bound(response, size, share)
            chunks.append(chunk)
        return chunks[0] if len(chunks) == 1 else b"".join(chunks), share

    def _bound(self, response: aiohttp.ClientResponse, size: int, share: Share) -> None:
        """Give a large answer up at its bound, or where the large answers of this source, or of all, reach theirs."""
        if size > self._body_bytes:
            response.close()
            share.give_back()
            raise ContractBroken(self._id, "its answer is larger than its bound")
        full = share.grow(size)
        if full is not None:
            response.close()
            share.give_back()
            if full is ALL:  # which is no fault of this source
                raise SourceBusy(self._id, "too many large answers of all sources are held already")
            raise SourceUnavailable(self._id, "too many large answers of it are held already")


def _unreached(error: Exception) -> str:
    """Why there was no answer, in words of our own."""
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return "its TLS certificate is not trusted"
    if isinstance(error, aiohttp.ClientConnectorSSLError | ssl.SSLError):
        return "TLS could not be agreed with it"
    return "it cannot be reached"


@lru_cache(maxsize=64)
def _content_type(header: str) -> tuple[str, str | None]:
    """Media type and charset. A source says the same each time."""
    media_type, _, parameters = header.partition(";")
    charset = None
    for parameter in parameters.split(";"):
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "charset":
            charset = value.strip().strip('"').lower() or None
    return media_type.strip().lower(), charset


def _retry_after(header: str | None) -> float | None:
    """Seconds to wait, from a number or an HTTP date; what is neither, or negative, is as if it were not there."""
    if header is None:
        return None
    header = header.strip()
    if header.isascii() and header.isdecimal():
        return min(float(header[:9]), _LONGEST_WAIT)
    try:
        at = parsedate_to_datetime(header)
        wait = (at.replace(tzinfo=at.tzinfo or UTC) - datetime.now(UTC)).total_seconds()
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return min(max(wait, 0.0), _LONGEST_WAIT)
