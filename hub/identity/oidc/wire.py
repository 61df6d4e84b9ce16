"""Asking a provider something: within a time, no more than so many bytes, no redirect followed, no cookie kept."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import aiohttp

from hub.identity.errors import LoginUnavailable

DEADLINE_S: Final = 5.0
MAX_BODY: Final = 256 * 1024


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back."""

    status: int
    kind: str
    body: bytes = field(repr=False)


class Wire:
    """An HTTP session that is good to nobody for long."""

    def __init__(self, *, deadline_s: float = DEADLINE_S) -> None:
        self._deadline = deadline_s
        self._session: aiohttp.ClientSession | None = None

    async def start(self) -> None:
        """Open it; nothing is asked yet."""
        if self._session is None:
            self._session = aiohttp.ClientSession(
                auto_decompress=False,
                cookie_jar=aiohttp.DummyCookieJar(),
                headers={"Accept": "application/json", "Accept-Encoding": "identity"},
            )

    async def close(self) -> None:
        """Close it."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def ask(
        self, method: str, address: str, *, headers: Mapping[str, str] | None = None, body: str | None = None
    ) -> Reply:
        """One request and its answer.

        Raises:
            LoginUnavailable: no whole answer came in time.
        """
        if self._session is None:
            raise LoginUnavailable
        data = body.encode() if body is not None else None
        try:
            async with (
                asyncio.timeout(self._deadline),
                self._session.request(
                    method, address, headers=headers, data=data, allow_redirects=False
                ) as response,
            ):
                got = bytearray()
                async for chunk in response.content.iter_chunked(16_384):
                    got += chunk
                    if len(got) > MAX_BODY:
                        raise LoginUnavailable
                return Reply(response.status, response.content_type, bytes(got))
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError):
            raise LoginUnavailable from None
