"""A TCP proxy before PostgreSQL that can lose what a network loses: a request, an answer, everything."""

import socket
import threading
from contextlib import suppress
from enum import Enum, auto

from sqlalchemy import URL, make_url


class Fault(Enum):
    """What happens at the next COMMIT."""

    REQUEST_LOST = auto()
    ANSWER_LOST = auto()


class Proxy:
    """Passes bytes both ways, until it is told to fail."""

    def __init__(self, url: str) -> None:
        target = make_url(url)
        self._target = (target.host or "", target.port or 5432)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._down, self._fault, self._sockets = False, None, []  # type: tuple[bool, Fault | None, list[socket.socket]]
        self.faults = 0
        self._passing = threading.Event()
        self._passing.set()
        self.url: URL = target.set(port=self._listener.getsockname()[1])
        threading.Thread(target=self._accept, daemon=True).start()

    def fail_next_commit(self, fault: Fault) -> None:
        self._fault = fault

    def go_down(self) -> None:
        """Drop every connection, and take no more."""
        self._down = True
        self._passing.set()
        for sock in self._sockets:
            _close(sock)

    def come_back(self) -> None:
        self._down = False

    def hang(self) -> None:
        """Keep every connection, and pass nothing on until `resume`."""
        self._passing.clear()

    def resume(self) -> None:
        self._passing.set()

    def close(self) -> None:
        self.go_down()
        _close(self._listener)

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                if self._down:
                    _close(client)
                    continue
                server = socket.create_connection(self._target)
                self._sockets += [client, server]
                lost = threading.Event()
                for source, sink, up in ((client, server, True), (server, client, False)):
                    threading.Thread(target=self._pass, args=(source, sink, up, lost), daemon=True).start()

    def _pass(self, source: socket.socket, sink: socket.socket, up: bool, lost: threading.Event) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                self._passing.wait()
                if up and self._fault is not None and b"COMMIT\x00" in data:
                    fault, self._fault = self._fault, None
                    self.faults += 1
                    if fault is Fault.REQUEST_LOST:
                        break
                    lost.set()
                elif not up and lost.is_set():
                    break
                sink.sendall(data)
        _close(source)
        _close(sink)


def _close(sock: socket.socket) -> None:
    with suppress(OSError):
        sock.shutdown(socket.SHUT_RDWR)
    sock.close()
