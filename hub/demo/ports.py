"""Ports for servers that start a little later."""

import contextlib
import random
import socket
from pathlib import Path
from typing import Final

_RANGE: Final = Path("/proc/sys/net/ipv4/ip_local_port_range")
_LOWEST: Final = 10_000
_TRIES: Final = 1_000


def free_ports(count: int) -> list[int]:
    """TCP ports on loopback that are free, all different.

    They lie below those that the system gives to connections that go out, so that none of these takes one before its server is there.
    Where the system does not say which those are, it is the system that chooses.
    """
    with contextlib.ExitStack() as stack:
        held = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in held:
            _bind(one)
        return [int(one.getsockname()[1]) for one in held]


def _bind(one: socket.socket) -> None:
    for port in random.SystemRandom().choices(range(_LOWEST, _first_taken()) or [0], k=_TRIES):
        with contextlib.suppress(OSError):
            one.bind(("127.0.0.1", port))
            return
    one.bind(("127.0.0.1", 0))


def _first_taken() -> int:
    """The first of the ports that connections get."""
    try:
        return int(_RANGE.read_text().split()[0])
    except (OSError, ValueError, IndexError):
        return 0
