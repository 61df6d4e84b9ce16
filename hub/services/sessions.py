"""Sessions, off the event loop, and the clearing away of those that are over."""

import asyncio
from typing import Final

import structlog

from hub.identity import FoundSession, LoggedIn, Session, Sessions
from hub.services.background import Background
from hub.services.errors import NotRecorded
from hub.services.reading import Reads

_EVERY_S: Final = 300.0
_log = structlog.get_logger("hub")


class LoginSessions:
    """What the routers ask of sessions.

    Args:
        sessions: the store.
        every_s: how often those that are over are cleared away, in seconds.

    Every method raises `NotRecorded` where the database gives no answer: nobody is let in then.
    """

    def __init__(self, sessions: Sessions, *, every_s: float = _EVERY_S) -> None:
        self._sessions, self._every = sessions, every_s
        self._reads = Reads("sessions")
        self._background = Background()

    async def start(self) -> None:
        """Begin to clear away."""
        self._background.begin(self._clear())

    async def close(self) -> None:
        """End that."""
        await self._background.end()

    async def open(self, said: LoggedIn, *, instead_of: str | None = None) -> FoundSession:
        """Log somebody in; the session that they had until now ends."""
        return await self._reads(lambda: self._sessions.open(said, instead_of=instead_of))

    async def look(self, cookie: str) -> FoundSession:
        """Whose session a cookie is of.

        Raises:
            TokenInvalid, SessionOver: nobody's.
        """
        return await self._reads(lambda: self._sessions.look(cookie))

    def is_csrf(self, session: Session, token: str) -> bool:
        """Whether a page of this session sent the token."""
        return self._sessions.is_csrf(session, token)

    async def end(self, session: Session) -> None:
        """Log somebody out, on every replica."""
        await self._reads(lambda: self._sessions.end(session.id))

    async def end_of(self, provider: str, *, sub: str | None, sid: str | None) -> int:
        """Log out whom a provider logged out; return how many sessions ended."""
        return await self._reads(lambda: self._sessions.end_of(provider, sub=sub, sid=sid))

    async def _clear(self) -> None:
        while True:
            try:
                await self._reads(self._sessions.forget_over)
            except NotRecorded:
                _log.warning("sessions that are over are not cleared away: the database gives no answer")
            except Exception as error:  # noqa: BLE001 - the next round may succeed; the text could hold anything
                _log.error("sessions that are over are not cleared away", error=type(error).__name__)
            await asyncio.sleep(self._every)
