"""opa-python-client as the hub uses it. What is changed of its habits, and why:

- its retries wait 0.3 s and more, and are made on any 5xx: here one retry, at once, and only when a connection was dropped (an OPA that
  restarts drops idle connections);
- redirects are not followed: an input goes to the configured server or nowhere;
- it accepts compressed answers, and OPA compresses whatever is longer than a kilobyte: beside a server that is near, that costs both
  more than it saves;
- it asks by `/v1`, of which OPA reads and writes everything twice, for its wrapping: `/v0` takes the input and gives the document as they are;
- it writes and reads JSON itself: here a question is written once, and an answer is read within bounds and refused if it says a thing twice.
"""

from contextlib import AbstractAsyncContextManager
from typing import Any, Final
from urllib.parse import urlsplit

import aiohttp
from opa_client.opa_async import AsyncOpaClient

from policies.errors import PolicyUnavailable
from policies.json_text import read_json

MOST_BYTES: Final = 4 * 1024 * 1024
"""Bytes of an answer that are read at most."""


class OpaClient(AsyncOpaClient):  # type: ignore[misc]  # the library has no types
    """One session with an OPA server."""

    def __init__(self, url: str, *, token: str | None, timeout: float) -> None:
        """Take the server's address; nothing is called.

        Args:
            url: `http://host:port` or `https://host:port`, nothing after it.
            token: A bearer token, if the server demands one.
            timeout: Seconds for one call.

        Raises:
            ValueError: The URL is not of that form.
        """
        host, port, tls = _address(url)
        headers = {"Accept-Encoding": "identity", "Content-Type": "application/json"}
        super().__init__(
            host=host,
            port=port,
            version="v0",
            ssl=tls,
            token=token,
            retries=0,
            timeout=timeout,
            headers=headers,
        )

    async def post(self, path: str, body: bytes) -> object:
        """Ask for a document of `data`.

        Args:
            path: Its path, as `onlyonce/decision`.
            body: The request, as JSON.

        Returns:
            What the answer says as JSON.

        Raises:
            aiohttp.ClientError: There is no answer, or it is an error.
            PolicyUnavailable: The answer is too long.
            ValueError: The answer is no JSON, or says a thing twice.
        """
        try:
            return await self._post(path, body)
        except aiohttp.ClientConnectorError:
            raise
        except (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError):
            return await self._post(path, body)

    async def _post(self, path: str, body: bytes) -> object:
        async with self._request("POST", f"{self.root_url}/data/{path}", data=body) as response:
            response.raise_for_status()
            if response.status != 200 or response.content_type != "application/json":
                raise PolicyUnavailable("OPA answered something that is no JSON")
            return read_json(await _bounded(response))

    def _request(
        self, method: str, url: str, **options: Any
    ) -> AbstractAsyncContextManager[aiohttp.ClientResponse]:
        made: AbstractAsyncContextManager[aiohttp.ClientResponse] = super()._request(
            method, url, allow_redirects=False, **options
        )
        return made


async def _bounded(response: aiohttp.ClientResponse) -> bytes:
    parts: list[bytes] = []
    size = 0
    async for part in response.content.iter_any():
        size += len(part)
        if size > MOST_BYTES:
            response.close()
            raise PolicyUnavailable("OPA's answer is too long")
        parts.append(part)
    return b"".join(parts)


def _address(url: str) -> tuple[str, int, bool]:
    parts = urlsplit(url)
    plain = parts.path in {"", "/"} and not parts.query and not parts.fragment and parts.username is None
    if parts.scheme not in {"http", "https"} or not parts.hostname or not plain:
        raise ValueError("the address of OPA must be http://host:port or https://host:port")
    tls = parts.scheme == "https"
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return host, parts.port or (443 if tls else 80), tls
