"""Prefills at a fixed rate from a process of its own, and one change in the midst of them; a hub may be stopped meanwhile.

A plan comes on standard input, what came of it goes to standard output, both in JSON (`tests.end_to_end.race`). When bytes came is
what the kernel says of them (SO_TIMESTAMPNS), so that it does not matter when this process gets to read. All moments are nanoseconds
of the machine's wall clock; how far that moved against the monotonic one is told too.
"""

import contextlib
import heapq
import itertools
import json
import os
import selectors
import signal
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

SO_TIMESTAMPNS = 35  # of Linux; Python has no name for it
MOST_LINES = 64
WATCH_EVERY_S = 0.02
OK, REFUSED, AWAY = 200, 400, 503


@dataclass
class Asked:
    """One request and what came back."""

    what: str
    hub: int
    got: bytearray = field(default_factory=bytearray)
    first: int = 0
    last: int = 0

    @property
    def whole(self) -> bool:
        head, _, body = self.got.partition(b"\r\n\r\n")
        length = head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0]
        return bool(length) and len(body) >= int(length)

    @property
    def status(self) -> int:
        return int(self.got[9:12]) if self.whole else 0

    @property
    def body(self) -> str:
        return self.got.partition(b"\r\n\r\n")[2].decode("utf-8", "replace")


class Line:
    """One connection: one request at a time."""

    def __init__(self, port: int, hub: int) -> None:
        self.hub = hub
        self.asked: Asked | None = None
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        self.socket.setblocking(False)

    def ask(self, asked: Asked, request: bytes) -> None:
        self.asked = asked
        self.socket.send(request)  # some hundred bytes: the kernel takes them at once

    def read(self) -> bool:
        """Take what came; False where the other side ended it."""
        try:
            data, told, _, _ = self.socket.recvmsg(1 << 18, 64)
        except BlockingIOError:
            return True
        except ConnectionResetError:
            return False
        if data and self.asked is not None:
            at = next((s * 10**9 + ns for *_, raw in told for s, ns in [struct.unpack("qq", raw)]), 0)
            self.asked.got += data
            self.asked.last = at or time.time_ns()
            self.asked.first = self.asked.first or self.asked.last
        return bool(data)


class Load:
    """What a plan says, done."""

    def __init__(self, plan: dict[str, Any]) -> None:
        self.plan, self.skipped = plan, 0
        self.done: list[Asked] = []
        self.idle: dict[int, list[Line]] = {place: [] for place in range(len(plan["ports"]))}
        self.open = dict.fromkeys(self.idle, 0)
        self.selector, self.order = selectors.DefaultSelector(), itertools.count()
        self.agenda: list[tuple[float, int, Callable[[], None]]] = []
        self.values = self.unanswered = 0
        self.started = self.took = 0.0
        self.began: float | None = None
        self.stopped = self.acknowledged = self.over = False
        self.pauses_left = 1 if plan["pause"] else 0
        self.turn = itertools.cycle(self.idle)

    def at(self, moment: float, do: Callable[[], None]) -> None:
        heapq.heappush(self.agenda, (moment, next(self.order), do))

    def send(self, what: str, hub: int, request: str) -> None:
        if not self.idle[hub]:
            if self.open[hub] >= MOST_LINES and what == "prefill":
                self.skipped += 1
                return
            line = Line(self.plan["ports"][hub], hub)
            self.open[hub] += 1
            self.selector.register(line.socket, selectors.EVENT_READ, line)
        else:
            line = self.idle[hub].pop()
        self.unanswered += 1
        line.ask(Asked(what, hub), request.encode())

    def prefill(self) -> None:
        if self.over:
            return
        hub = next(self.turn)
        self.send("prefill", hub, self.plan["prefill"][hub])

    def tick(self, moment: float) -> None:
        """One prefill, and the next one in its time; what a busy machine left out is not made up for."""
        self.prefill()
        following = max(moment + 1 / self.plan["rate"], time.monotonic() - 0.01)
        if not self.over:
            self.at(following, lambda: self.tick(following))

    def watch(self, hub: int) -> None:
        if not self.acknowledged and not self.over:
            self.send("watch", hub, self.plan["watch"][hub])

    def change(self) -> None:
        change = self.plan["change"]
        if change["request"]:
            self.send("change", change["hub"], change["request"])
            return
        command = subprocess.Popen(change["command"], env=change["environment"], stdout=subprocess.PIPE)
        assert command.stdout is not None
        self.selector.register(command.stdout, selectors.EVENT_READ, command)

    def commanded(self, command: "subprocess.Popen[bytes]") -> None:
        """A command said that it is done, or ended without."""
        at, asked = time.time_ns(), Asked("change", self.plan["change"]["hub"])
        assert command.stdout is not None
        said = os.read(command.stdout.fileno(), 4096)
        self.selector.unregister(command.stdout)
        status = OK if said and command.wait() == 0 else AWAY
        asked.got += b"HTTP/1.1 %d\r\nContent-Length: 0\r\n\r\n" % status
        asked.first = asked.last = at
        self.done.append(asked)
        self.told(asked)

    def stop(self) -> None:
        os.kill(self.plan["pause"]["pid"], signal.SIGSTOP)
        self.stopped = True
        self.at(time.monotonic() + self.plan["pause"]["lasts"], self.go_on)

    def go_on(self) -> None:
        os.kill(self.plan["pause"]["pid"], signal.SIGCONT)
        self.stopped, self.pauses_left = False, 0
        self.end_if_done()

    def end_if_done(self) -> None:
        if self.acknowledged and not self.pauses_left:
            self.at(time.monotonic() + self.plan["tail"], self.end)

    def end(self) -> None:
        self.over, self.took = True, time.monotonic() - self.started

    def flows(self) -> None:
        """From here on the instants of the plan are counted: values do come."""
        self.began = time.monotonic()
        if self.plan["pause"]:
            self.at(self.began + self.plan["pause"]["at"], self.stop)
        self.at(self.began + self.plan["change"]["at"], self.change)
        for hub in self.idle if self.plan["watch"] else ():
            self.watch(hub)

    def take(self, line: Line) -> None:
        """What came on a line, whole or broken."""
        asked = line.asked
        if not line.read():
            self.selector.unregister(line.socket)
            line.socket.close()
            self.open[line.hub] -= 1
            if line in self.idle[line.hub]:
                self.idle[line.hub].remove(line)
        elif asked is None or not asked.whole:
            return
        else:
            line.asked = None
            self.idle[line.hub].append(line)
        if asked is not None:
            self.unanswered -= 1
            self.done.append(asked)
            self.told(asked)

    def told(self, asked: Asked) -> None:
        if asked.what == "prefill":
            self.values += b'"filled"' in asked.got
            if self.began is None and self.values >= self.plan["after"]:
                self.flows()
            return
        shown = asked.status in {OK, REFUSED} if asked.what == "change" else self.plan["shown"] in asked.body
        if shown and not self.acknowledged:
            self.acknowledged = True
            self.end_if_done()
        elif asked.what == "watch":
            self.at(time.monotonic() + WATCH_EVERY_S, lambda: self.watch(asked.hub))
        elif asked.status in {0, AWAY}:
            self.at(time.monotonic() + 0.05, self.change)

    def run(self) -> dict[str, Any]:
        self.started, offset = time.monotonic(), time.time_ns() - time.monotonic_ns()
        self.tick(self.started)
        until = self.started + self.plan["within"]
        while (not self.over or self.unanswered) and time.monotonic() < until:
            now = time.monotonic()
            while self.agenda and self.agenda[0][0] <= now:
                heapq.heappop(self.agenda)[2]()
            wait = max(0.0, self.agenda[0][0] - time.monotonic()) if self.agenda else 0.05
            for key, _ in self.selector.select(min(wait, 0.05)):
                if isinstance(key.data, Line):
                    self.take(key.data)
                else:
                    self.commanded(key.data)
        return {
            "took": self.took, "skipped": self.skipped, "unanswered": self.unanswered,
            "moved": abs(time.time_ns() - time.monotonic_ns() - offset), "complete": self.over,
            "done": [[one.what, one.hub, one.status, one.first, one.last, one.body] for one in self.done],
        }  # fmt: skip


def main() -> None:
    load = Load(json.load(sys.stdin))
    try:
        found = load.run()
    finally:
        if load.stopped:
            with contextlib.suppress(ProcessLookupError):
                os.kill(load.plan["pause"]["pid"], signal.SIGCONT)
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()
