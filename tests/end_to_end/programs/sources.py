"""The demo's sources, which also tell what stood in the head of each request (`GET /_heard`), and answer what they are told to (`PUT /_instead`)."""

import argparse
import json
import sys
from collections import deque
from typing import Any

from hub.demo.asgi import App, Receive, Scope, Send, run, serving, until_stopped
from hub.demo.sources import SOURCES, source_app
from tests.end_to_end.people import KNOWN


class Observed:
    """Notes the request line and the headers of every request as they came; answers nonsense when it is told to."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._heads: deque[str] = deque(maxlen=20_000)
        self._instead: dict[str, Any] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        match scope["path"]:
            case "/_heard":
                await _answer(send, 200, "application/json", json.dumps(list(self._heads)))
            case "/_instead":
                self._instead = json.loads(await _body(receive))
                await _answer(send, 200, "application/json", "{}")
            case _:
                self._note(scope)
                await self._serve(scope, receive, send)

    def _note(self, scope: Scope) -> None:
        path, query = scope["raw_path"].decode("latin-1"), scope["query_string"].decode("latin-1")
        fields = [f"{name.decode('latin-1')}: {value.decode('latin-1')}" for name, value in scope["headers"]]
        self._heads.append("\n".join([f"{scope['method']} {path}?{query}", *fields]))

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not self._instead or scope["path"].startswith(("/_", "/health")):
            await self._app(scope, receive, send)
        else:
            await _body(receive)
            await _answer(send, self._instead["status"], self._instead["type"], self._instead["body"])


async def _body(receive: Receive) -> bytes:
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return body


async def _answer(send: Send, status: int, kind: str, body: str) -> None:
    headers = [(b"content-type", kind.encode()), (b"content-length", str(len(body.encode())).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body.encode()})


async def serve(ports: list[int]) -> None:
    apps = [Observed(source_app(source, KNOWN)) for source in SOURCES]
    async with serving(list(zip(apps, ports, strict=True))):
        sys.stderr.write("ready\n")
        await until_stopped()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--ports", type=int, nargs=4, required=True)
    chosen = parser.parse_args()
    run(lambda: serve(chosen.ports))
