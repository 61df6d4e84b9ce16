"""A witness over HTTP: bare ASGI.

POST /add-checkpoint                     C2SP tlog-witness
GET  /<SHA-256 of the origin>/checkpoint the last checkpoint that was cosigned of a log, for its monitors
GET  /                                   the witness's verifier key
"""

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from sqlite3 import Error as SqliteError
from typing import Any, Final

import structlog

from audit import Witness, witnessing

Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
App = Callable[[Mapping[str, Any], Receive, Send], Awaitable[None]]

MAX_BODY: Final = 128 * 1024
_LATEST: Final = re.compile(r"/([0-9a-f]{64})/checkpoint")
_log = structlog.get_logger("witness")


def application(witness: Witness) -> App:
    """The witness as an ASGI application."""

    async def app(scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await _send(send, await _answer(witness, scope, receive))

    return app


async def _answer(witness: Witness, scope: Mapping[str, Any], receive: Receive) -> witnessing.Reply:
    method, path = scope["method"], scope["path"]
    latest = _LATEST.fullmatch(path)
    wanted = "POST" if path == "/add-checkpoint" else "GET"
    if latest is None and path not in {"/", "/add-checkpoint"}:
        return witnessing.Reply(404, "there is nothing here\n")
    if method != wanted:
        return witnessing.Reply(405, f"this is for {wanted}\n")
    if path == "/":
        return witnessing.Reply(200, f"{witness.key.text()}\n")
    if latest is not None:
        return await _decide(partial(witness.latest, latest[1]))
    body = await _body(receive)
    if body is None:
        return witnessing.Reply(413, f"a request has {MAX_BODY} bytes at most\n")
    return await _decide(partial(witness.add_checkpoint, body))


async def _decide(work: Callable[[], witnessing.Reply]) -> witnessing.Reply:
    """In a thread, since it waits for the disk. Without a memory nothing is cosigned."""
    try:
        return await asyncio.to_thread(work)
    except SqliteError as error:
        _log.error("the memory of this witness cannot be used", problem=type(error).__name__)
        return witnessing.Reply(500, "this witness cannot remember anything now\n")


async def _body(receive: Receive) -> bytes | None:
    parts: list[bytes] = []
    length, more = 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            break
        parts.append(message.get("body", b""))
        length += len(parts[-1])
        if length > MAX_BODY:
            return None
        more = message.get("more_body", False)
    return b"".join(parts)


async def _send(send: Send, reply: witnessing.Reply) -> None:
    body = reply.body.encode()
    headers = [
        (b"content-type", reply.content_type.encode()),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
    ]
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
