"""The demo's sources, which also tell what stood in the head of each request: `GET /_heard`."""

import argparse
import json
import sys
from collections import deque

from hub.demo.asgi import App, Receive, Scope, Send, run, serving, until_stopped
from hub.demo.sources import SOURCES, source_app
from tests.end_to_end.people import KNOWN


def heard(app: App) -> App:
    """Note the request line and the headers of every request, as they came."""
    heads: deque[str] = deque(maxlen=20_000)

    async def listening(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] == "/_heard":
            body = json.dumps(list(heads)).encode()
            await send(
                {
                    "type": "http.response.start",
                    "status": 200,
                    "headers": [(b"content-type", b"application/json")],
                }
            )
            await send({"type": "http.response.body", "body": body})
            return
        line = f"{scope['method']} {scope['raw_path'].decode('latin-1')}?{scope['query_string'].decode('latin-1')}"
        fields = [f"{name.decode('latin-1')}: {value.decode('latin-1')}" for name, value in scope["headers"]]
        heads.append("\n".join([line, *fields]))
        await app(scope, receive, send)

    return listening


async def serve(ports: list[int]) -> None:
    apps = [heard(source_app(source, KNOWN)) for source in SOURCES]
    async with serving(list(zip(apps, ports, strict=True))):
        sys.stderr.write("ready\n")
        await until_stopped()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--ports", type=int, nargs=4, required=True)
    chosen = parser.parse_args()
    run(lambda: serve(chosen.ports))
