"""A web server of fixed pages on a local port, which remembers what it was asked."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

Page = bytes | str | tuple[int, dict[str, str], bytes]


class Web:
    """Pages by path with query."""

    def __init__(self, port: int, host: str) -> None:
        self.url = f"http://{host}:{port}"
        self.pages: dict[str, Page] = {}
        self.asked: list[str] = []


@contextmanager
def serving(host: str = "127.0.0.1", *, called: str | None = None) -> Iterator[Web]:
    """A server that is there for a while; `called`: the name to call it by."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            web.asked.append(self.path)
            page = web.pages.get(self.path, (404, {}, b"none"))
            status, headers, body = page if isinstance(page, tuple) else (200, {}, page)
            body = body.encode() if isinstance(body, str) else body
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
            pass

    server = ThreadingHTTPServer((host, 0), Handler)
    web = Web(server.server_port, called or host)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield web
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
