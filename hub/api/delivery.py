"""Answers that leave in time or not at all: docs/decisions/0005-late-answers.md.

What is written to a connection may stay in the process for as long as the caller does not read, and then in the
operating system. So before each part of such an answer the line must be empty, and after the last all of it must have
left the machine, within the window. An answer that is late before its first byte becomes a problem; later than that, the
connection is cut. Where the process stood still between its look at the clock and the write, nobody can say when the
answer left: that is recorded.
"""

import contextlib
import time
from typing import Final, Protocol

from fastapi import Response
from starlette.types import Message, Receive, Scope, Send

from hub.services.delivery import Leave
from hub.services.errors import DeliveryDropped, NotRecorded

LINE: Final = "onlyonce.line"
"""Under this name a server that can says in the scope's `extensions` what has left: a `Line`."""


class Line(Protocol):
    """The connection to a caller."""

    async def empty(self, within: float) -> bool:
        """Wait until nothing that was written is still in this process, at most `within` seconds; whether it is so."""
        ...

    async def gone(self, within: float) -> bool:
        """Wait until nothing that was written is still on this machine, at most `within` seconds; whether it is so."""
        ...

    def cut(self) -> None:
        """End the connection, and forget what has not left."""
        ...


class _AnyServer:
    """Stands where a server does not say what has left: only the clock is looked at then."""

    async def empty(self, within: float) -> bool:  # noqa: ARG002
        """Nobody knows."""
        return True

    async def gone(self, within: float) -> bool:  # noqa: ARG002
        """Nobody knows."""
        return True

    def cut(self) -> None:
        """An answer that stays without its end makes any server close the connection."""


class _Late(Exception):
    """The moment has passed."""


class InTime(Response):
    """An answer of which nothing leaves after a moment.

    Args:
        reply: what is answered.
        leave: that moment, and what is recorded where the answer does not leave before it.
    """

    def __init__(self, reply: Response, leave: Leave) -> None:
        # As it is made: not every header once more, for each prefill's answer.
        self.body, self.status_code, self.raw_headers = reply.body, reply.status_code, reply.raw_headers
        self.background = reply.background
        self._leave = leave

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it.

        Raises:
            DeliveryDropped: it is late, and no byte of it has left.
        """
        line: Line = scope.get("extensions", {}).get(LINE) or _AnyServer()
        begun, left = False, 0.0

        async def timed(message: Message) -> None:
            nonlocal begun, left
            if not await line.empty(self._left()) or (left := self._left()) < 0:
                raise _Late
            begun = True
            await send(message)

        try:
            await super().__call__(scope, receive, timed)
            late = not await line.gone(self._left())
        except _Late:
            late = True
        if not late:
            if (over := -self._left()) > 0:
                with contextlib.suppress(NotRecorded):
                    await self._leave.late(left, over)
            return
        if begun:
            line.cut()
        # Without the record the entry stands alone: it says more than was disclosed, never less.
        with contextlib.suppress(NotRecorded):
            await self._leave.drop()
        if not begun:
            raise DeliveryDropped("late")

    def _left(self) -> float:
        return self._leave.before - time.monotonic()


def in_time(reply: Response, leave: Leave | None) -> Response:
    """The answer, which leaves in time where there is such a time."""
    return reply if leave is None else InTime(reply, leave)
