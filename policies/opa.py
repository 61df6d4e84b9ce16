"""The OPA server as engine, asked through opa-python-client.

The hub never uploads policies: whoever runs OPA loads the set (see `policies.export`), and every answer is accepted only if
it carries the expected revision. What is changed of the client's habits, and why:

- its retries wait 0.3 s and more, and are made on any 5xx: here one retry, at once, and only when the connection failed
  (an OPA that restarts drops idle connections), within the one deadline;
- redirects are not followed: an input goes to the configured server or nowhere.
"""

import asyncio
from contextlib import AbstractAsyncContextManager
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from opa_client.opa_async import AsyncOpaClient

from policies.decisions import ENTRY_POINT, Decision, Question, asked_of, read_decision
from policies.errors import PolicyUnavailable
from policies.question import check_question

DEADLINE = 0.3
"""Seconds for one decision, retry included."""

_PACKAGE, _RULE = ENTRY_POINT.removeprefix("data.").rsplit(".", 1)


class _Client(AsyncOpaClient):  # type: ignore[misc]  # the library has no types
    def _request(
        self, method: str, url: str, **options: Any
    ) -> AbstractAsyncContextManager[aiohttp.ClientResponse]:
        made: AbstractAsyncContextManager[aiohttp.ClientResponse] = super()._request(
            method, url, allow_redirects=False, **options
        )
        return made


class OpaDecisionPoint:
    """Asks an OPA server."""

    def __init__(
        self, url: str, revision: str, *, deadline: float = DEADLINE, token: str | None = None
    ) -> None:
        """Take the server's address and the one revision whose decisions count.

        Args:
            url: `http://host:port` or `https://host:port`, nothing after it.
            revision: That of the policy set that the server should hold.
            deadline: Seconds for one decision.
            token: A bearer token, if the server demands one.

        Raises:
            ValueError: The URL is not of that form.
        """
        host, port, tls = _address(url)
        self.revision = revision
        self._deadline = deadline
        self._client = _Client(host=host, port=port, ssl=tls, token=token, retries=0, timeout=deadline)
        self._open = False

    async def start(self) -> None:
        """Open the session; the server is first called by `decide` or `healthy`."""
        if not self._open:
            await self._client.__aenter__()
            self._open = True

    async def close(self) -> None:
        """Close the session."""
        if self._open:
            self._open = False
            await self._client.close_connection()

    async def decide(self, question: Question) -> Decision:
        """Decide on one request.

        Raises:
            QuestionInvalid: The question does not fit the schema.
            PolicyUnavailable: No decision of the expected revision within the deadline.
        """
        check_question(question)
        raw = await self._evaluate(question)
        return read_decision(raw, asked=asked_of(question), revision=self.revision)

    async def healthy(self) -> bool:
        """Whether the server decides in time, by the expected revision: nothing, when nothing is asked."""
        try:
            read_decision(await self._evaluate({}), asked=(), revision=self.revision)
        except PolicyUnavailable:
            return False
        return True

    async def _evaluate(self, question: Question) -> object:
        if not self._open:
            raise PolicyUnavailable("the session with OPA is not open")
        try:
            async with asyncio.timeout(self._deadline):
                answer = await self._ask(question)
        except TimeoutError:
            raise PolicyUnavailable("OPA did not answer in time") from None
        except aiohttp.ClientResponseError as error:
            raise PolicyUnavailable(f"OPA answered {error.status}, or no JSON") from None
        except Exception as error:  # noqa: BLE001 - whatever a client and a parser raise, it is no decision
            raise PolicyUnavailable(f"OPA could not be asked ({type(error).__name__})") from None
        if not isinstance(answer, dict) or "result" not in answer:
            raise PolicyUnavailable("OPA has no such decision")
        return answer["result"]

    async def _ask(self, question: Question) -> object:
        try:
            return await self._client.query_rule(question, _PACKAGE, _RULE)
        except aiohttp.ClientConnectionError:
            return await self._client.query_rule(question, _PACKAGE, _RULE)


def _address(url: str) -> tuple[str, int, bool]:
    parts = urlsplit(url)
    plain = parts.path in {"", "/"} and not parts.query and not parts.fragment and parts.username is None
    if parts.scheme not in {"http", "https"} or not parts.hostname or not plain:
        raise ValueError("the address of OPA must be http://host:port or https://host:port")
    tls = parts.scheme == "https"
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return host, parts.port or (443 if tls else 80), tls
