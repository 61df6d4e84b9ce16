"""The hub with faults planted between the commit of a prefill and its answer: what watches for late answers must see them.

The faults stand in a file, which may change meanwhile (a JSON object, all in seconds):
- `slow`: an answer stands still before the hub looks at the clock;
- `stall`: it stands still after the hub's last look at the clock;
- `window`, `wait`: instead of the hub's own (`hub.services.delivery`).
"""

import argparse
import asyncio
import json
import sys
from pathlib import Path
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

import hub.main
from hub import cli
from hub.api.delivery import InTime
from hub.services import delivery

OWN = {"DELIVERY_WINDOW_S": delivery.DELIVERY_WINDOW_S, "WITHDRAWAL_WAIT_S": delivery.WITHDRAWAL_WAIT_S}


class Faulty:
    """Around the application: reads the faults with each request, and lets the body of a prefill's answer stand still."""

    def __init__(self, app: ASGIApp, file: Path) -> None:
        self._app, self._file = app, file
        self.slow = self._stall = 0.0
        self._users = [
            (one, name) for one in list(sys.modules.values()) for name in OWN if hasattr(one, name)
        ]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def stalling(message: Message) -> None:
            if message["type"] == "http.response.body" and b'"filled"' in message.get("body", b""):
                await asyncio.sleep(self._stall)
            await send(message)

        if scope["type"] == "http":
            self._plant(json.loads(self._file.read_bytes()))
        await self._app(scope, receive, stalling if scope["type"] == "http" else send)

    def _plant(self, faults: dict[str, float]) -> None:
        self.slow, self._stall = faults.get("slow", 0.0), faults.get("stall", 0.0)
        planted = {"DELIVERY_WINDOW_S": faults.get("window"), "WITHDRAWAL_WAIT_S": faults.get("wait")}
        for module, name in self._users:
            figure = planted[name]
            setattr(module, name, OWN[name] if figure is None else figure)


def slow_down(faulty: Faulty) -> None:
    """Let every answer that must leave in time stand still first."""
    in_time = InTime.__call__

    async def slowly(self: InTime, scope: Scope, receive: Receive, send: Send) -> None:
        await asyncio.sleep(faulty.slow)
        await in_time(self, scope, receive, send)

    InTime.__call__ = slowly  # type: ignore[method-assign]


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("faults", type=Path)
    chosen = parser.parse_args()
    create = hub.main.create_app

    def create_faulty(settings: Any) -> ASGIApp:
        faulty = Faulty(create(settings), chosen.faults)
        slow_down(faulty)
        return faulty

    hub.main.create_app = create_faulty
    return cli.main(["serve"])


if __name__ == "__main__":
    sys.exit(main())
