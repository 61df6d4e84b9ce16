"""The hub, which may kill itself (SIGKILL) between the commit of an entry and the first byte of its answer."""

import argparse
import os
import signal
import sys

from starlette.types import ASGIApp, Message, Receive, Scope, Send

import hub.main
from hub import cli

DYING = "dying between commit and answer"


class Mortal:
    """Dies instead of giving the answer of a certain number."""

    def __init__(self, app: ASGIApp, answers: int) -> None:
        self._app, self._left = app, answers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def dying(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] == 200:
                self._left -= 1
                if self._left <= 0:
                    os.write(2, f"{DYING}\n".encode())
                    os.kill(os.getpid(), signal.SIGKILL)
            await send(message)

        prefill = scope["type"] == "http" and scope["path"].endswith("/prefills")
        await self._app(scope, receive, dying if prefill else send)


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--dies-at", type=int)
    chosen = parser.parse_args()
    if chosen.dies_at:
        create = hub.main.create_app
        hub.main.create_app = lambda settings: Mortal(create(settings), chosen.dies_at)
    return cli.main(["serve"])


if __name__ == "__main__":
    sys.exit(main())
