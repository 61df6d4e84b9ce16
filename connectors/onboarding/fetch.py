"""Fetching the documents of a contract: from named origins alone, without being led anywhere else.

A contract is a stranger's, and says itself what is fetched next: so addresses are looked up once, nothing link-local is asked
unless it was named by its number, redirects are followed only to named origins, and all is bounded.
"""

import asyncio
import ipaddress
import socket
from collections.abc import Iterable
from typing import Any, Self
from urllib.parse import urljoin, urlsplit

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

__all__ = ["Fetcher", "NotFetched", "origin"]

_MOST_BYTES_EACH = 16 << 20
_MOST_BYTES = 50 << 20
_MOST_FILES = 200
_MOST_REDIRECTS = 5
_SECONDS_EACH = 30.0
_SECONDS = 300.0
_PORTS = {"http": 80, "https": 443}
_ACCEPT = "text/xml, application/xml, application/json, application/yaml, application/wsdl+xml, */*;q=0.1"


class NotFetched(Exception):
    """A document that was not fetched. Its text says why."""


def origin(url: str) -> str:
    """Scheme, host and port of an address, in one spelling (RFC 6454). Raises `NotFetched` if it is no http or https address."""
    try:
        parts = urlsplit(url)
        port = parts.port
        host = (parts.hostname or "").rstrip(".")
    except ValueError:
        raise NotFetched("it is no address") from None
    if parts.scheme not in _PORTS or not host or not url.isprintable() or " " in url:
        raise NotFetched("only http and https addresses are fetched")
    if parts.username is not None or parts.password is not None:
        raise NotFetched("an address with a user name or password is not fetched")
    host = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{host}:{port or _PORTS[parts.scheme]}"


def _secured(url: str) -> str:
    """Where a host sends one to that is asked at its usual port in the open: the same host, by https."""
    found = origin(url)
    return (
        found.replace("http:", "https:", 1).removesuffix(":80") + ":443" if found.endswith(":80") else found
    )


class _Resolver(AbstractResolver):
    """Looks each host up once, so that no later answer leads elsewhere; refuses what no name may lead to."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, int], list[ResolveResult]] = {}

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """The addresses of a host. Raises `OSError`."""
        if (host, port) not in self._known:
            loop = asyncio.get_running_loop()
            found = await loop.getaddrinfo(host, port, family=family, type=socket.SOCK_STREAM)
            self._known[host, port] = [
                ResolveResult(
                    hostname=host,
                    host=str(address[0]),
                    port=port,
                    family=kind,
                    proto=proto,
                    flags=socket.AI_NUMERICHOST,
                )
                for kind, _, proto, _, address in found
                if not _is_special(str(address[0]))
            ]
        if not self._known[host, port]:
            raise OSError("its name leads to an address that no name may lead to")
        return self._known[host, port]

    async def close(self) -> None:
        """Nothing is held."""


def _is_special(address: str) -> bool:
    """Link-local (there is the metadata service of clouds), unspecified, or multicast."""
    found: Any = ipaddress.ip_address(address.partition("%")[0])
    found = getattr(found, "ipv4_mapped", None) or found
    return bool(found.is_link_local or found.is_unspecified or found.is_multicast)


class Fetcher:
    """Fetches documents from some origins, within bounds: 200 files, 16 MiB each, 50 MiB in all, 30 s each, 300 s in all."""

    def __init__(self, url: str | None, allow: Iterable[str]) -> None:
        """Admit the origin of `url`, if there is one, and those in `allow`. Raises `NotFetched` if one of them is no origin."""
        self._origins = {origin(one if "://" in one else f"https://{one}") for one in allow}
        if url is not None:
            self._origins |= {origin(url), _secured(url)}
        self._left, self._files = _MOST_BYTES, 0
        self._session: aiohttp.ClientSession | None = None
        self._until = 0.0

    async def __aenter__(self) -> Self:
        """Open the session."""
        self._until = asyncio.get_running_loop().time() + _SECONDS
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(resolver=_Resolver(), limit=1, force_close=True),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"User-Agent": "onlyonce", "Accept": _ACCEPT, "Accept-Encoding": "identity"},
            auto_decompress=False,
            trust_env=False,
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close the session."""
        if self._session is not None:
            await self._session.close()

    def admits(self, url: str) -> None:
        """Raise `NotFetched` if an address is not of an admitted origin."""
        if (found := origin(url)) not in self._origins:
            raise NotFetched(f"{found} is not an allowed origin: allow it, or leave it")

    async def fetch(self, url: str) -> tuple[str, bytes]:
        """The address that a document was found at in the end, and its bytes. Raises `NotFetched`."""
        self._files += 1
        if self._files > _MOST_FILES:
            raise NotFetched(f"the contract consists of more than {_MOST_FILES} files")
        for _ in range(_MOST_REDIRECTS):
            self.admits(url)
            location, content = await self._once(url)
            if location is None:
                return url, content
            url = urljoin(url, location)
        raise NotFetched("it is redirected too often")

    async def _once(self, url: str) -> tuple[str | None, bytes]:
        """Where a request is redirected to, or what it gives."""
        assert self._session is not None  # noqa: S101 - used within `async with`
        left = self._until - asyncio.get_running_loop().time()
        try:
            async with asyncio.timeout(min(_SECONDS_EACH, max(left, 0))):
                async with self._session.get(url, allow_redirects=False) as response:
                    return await self._taken(response)
        except TimeoutError:
            raise NotFetched("it took too long") from None
        except (aiohttp.ClientError, OSError, ValueError, LookupError) as error:
            raise NotFetched(f"it cannot be fetched ({type(error).__name__})") from None

    async def _taken(self, response: aiohttp.ClientResponse) -> tuple[str | None, bytes]:
        """Look at the status, then read the body up to its bound."""
        if response.status in {301, 302, 303, 307, 308} and (location := response.headers.get("Location")):
            return location, b""
        if response.status != 200:
            raise NotFetched(f"it is answered with HTTP status {response.status}")
        if response.headers.get("Content-Encoding", "identity").lower() != "identity":
            raise NotFetched("it comes compressed, which was not asked for")
        chunks, most = [], min(_MOST_BYTES_EACH, self._left)
        size = 0
        async for chunk in response.content.iter_any():
            size += len(chunk)
            if size > most:
                raise NotFetched(
                    f"it is larger than {_MOST_BYTES_EACH >> 20} MiB, or all together than {_MOST_BYTES >> 20} MiB"
                )
            chunks.append(chunk)
        self._left -= size
        return None, b"".join(chunks)
