"""The hub's door to the log's tree, over a database that needs no hub: served on a real socket."""

import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import SimpleNamespace

import uvicorn
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from fastapi import FastAPI
from sqlalchemy import Engine

from audit import Proofs, Published
from hub.api import log, problems
from hub.api.door import Door
from hub.services.log_tree import LogTree


@contextmanager
def running_log(
    engine: Engine,
    origin: str = "example.org/log",
    keys: Sequence[Ed25519PublicKey] = (),
    published: Published | None = None,
) -> Iterator[str]:
    """Serve it; gives the address that `/checkpoint` is below."""
    app = FastAPI(telemetry={"logs": False}, openapi_url=None)
    app.state.parts = SimpleNamespace(log_tree=LogTree(Proofs(engine, published), origin, lambda: keys))
    problems.install(app)
    app.include_router(log.router)
    config = uvicorn.Config(Door(app, max_body_bytes=1024), lifespan="off", log_config=None)
    server = uvicorn.Server(config)
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        thread = threading.Thread(target=server.run, args=([listening],))
        thread.start()
        try:
            _until(lambda: server.started)
            yield f"http://127.0.0.1:{listening.getsockname()[1]}/api/log/v1"
        finally:
            server.should_exit = True
            thread.join(20)


def _until(true: Callable[[], bool], within: float = 20.0) -> None:
    deadline = time.monotonic() + within
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.01)
