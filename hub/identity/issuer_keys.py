"""An issuer's public keys: fetched when needed, kept, renewed in the background, fetched again when a new `kid` appears.

at most one fetch at a time; after one, none for `PAUSE`, whatever tokens arrive
older than `FRESH`: renewed while the known keys go on serving
older than `STALE`: no longer believed, a key that the issuer withdrew must not live on here
"""

import asyncio
import json
import logging
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from joserfc.jwk import Key

from hub.identity import jose
from hub.identity.errors import LoginUnavailable

FRESH = timedelta(minutes=10)
STALE = timedelta(hours=1)
PAUSE = timedelta(seconds=10)
DEADLINE_S = 2.0
MAX_BODY = 256 * 1024

_log = logging.getLogger(__name__)


class IssuerKeys:
    """The key set of one issuer.

    Args:
        issuer: as it stands in `iss`.
        jwks_uri: where the keys are; None: as the issuer's OIDC discovery document says.
        clock: the time, aware.
        on_change: called when the set of keys is another than before.
    """

    def __init__(
        self, issuer: str, jwks_uri: str | None, clock: Callable[[], datetime], on_change: Callable[[], None]
    ) -> None:
        self._issuer, self._jwks_uri, self._clock, self._on_change = issuer, jwks_uri, clock, on_change
        self._keys: tuple[Key, ...] = ()
        self._fetched_at: datetime | None = None
        self._tried_at: datetime | None = None
        self._fetching: asyncio.Task[None] | None = None
        self._session: aiohttp.ClientSession | None = None

    async def start(self) -> None:
        """Open the HTTP session. Nothing is fetched yet: the hub starts whether or not the issuer is up."""
        if self._session is None:
            self._session = aiohttp.ClientSession(
                auto_decompress=False,
                cookie_jar=aiohttp.DummyCookieJar(),
                headers={"Accept": "application/json", "Accept-Encoding": "identity"},
            )

    async def close(self) -> None:
        """Stop what runs and close the session."""
        task, session = self._fetching, self._session
        self._fetching = self._session = None
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        if session is not None:
            await session.close()

    async def fitting(self, header: Mapping[str, Any]) -> tuple[Key, ...]:
        """The keys that may have signed a token with this header; none when the issuer has no such key.

        Raises:
            LoginUnavailable: the issuer's keys are not known and cannot be had.
        """
        age = self._age()
        if age is None or age >= STALE:
            await self._renew()
            age = self._age()
            if age is None or age >= STALE:
                raise LoginUnavailable
        elif age >= FRESH:
            self._begin()
        found = jose.named(self._keys, header)
        if not found:
            await self._renew()
            found = jose.named(self._keys, header)
        return found

    def _age(self) -> timedelta | None:
        return None if self._fetched_at is None else self._clock() - self._fetched_at

    async def _renew(self) -> None:
        task = self._begin()
        if task is not None:
            await asyncio.shield(task)

    def _begin(self) -> asyncio.Task[None] | None:
        """Start a fetch, or join the one that runs; None when the last one was a moment ago."""
        if self._fetching is not None and not self._fetching.done():
            return self._fetching
        now = self._clock()
        if self._session is None or (self._tried_at is not None and now - self._tried_at < PAUSE):
            return None
        self._tried_at = now
        self._fetching = asyncio.create_task(self._fetch(self._session), name="login keys")
        return self._fetching

    async def _fetch(self, session: aiohttp.ClientSession) -> None:
        try:
            async with asyncio.timeout(DEADLINE_S):
                address = self._jwks_uri or await self._discover(session)
                keys = jose.public_keys(await _get(session, address))
        except (
            aiohttp.ClientError,
            OSError,
            TimeoutError,
            ValueError,
            RecursionError,
            LoginUnavailable,
        ) as error:
            _log.warning(
                "the keys of the issuer %s could not be fetched: %s", self._issuer, type(error).__name__
            )
            return
        if not keys:
            _log.warning("the issuer %s publishes no key that is admitted", self._issuer)
            return
        self._fetched_at = self._clock()
        if _names(keys) != _names(self._keys):
            self._keys = keys
            self._on_change()

    async def _discover(self, session: aiohttp.ClientSession) -> str:
        found = await _get(session, self._issuer.rstrip("/") + "/.well-known/openid-configuration")
        address = found.get("jwks_uri")
        # OpenID Connect Discovery 4.3: the document must be of this very issuer.
        if found.get("issuer") != self._issuer or not isinstance(address, str):
            raise LoginUnavailable
        if urlsplit(address).scheme not in {"https", urlsplit(self._issuer).scheme}:
            raise LoginUnavailable
        return address


def _names(keys: tuple[Key, ...]) -> frozenset[tuple[str | None, str]]:
    return frozenset((key.kid, key.thumbprint()) for key in keys)


async def _get(session: aiohttp.ClientSession, address: str) -> Mapping[str, Any]:
    async with session.get(address, allow_redirects=False) as response:
        if response.status != 200:
            raise LoginUnavailable
        body = bytearray()
        async for chunk in response.content.iter_chunked(16_384):
            body += chunk
            if len(body) > MAX_BODY:
                raise LoginUnavailable
    found = json.loads(bytes(body))
    if not isinstance(found, dict):
        raise LoginUnavailable
    return found
