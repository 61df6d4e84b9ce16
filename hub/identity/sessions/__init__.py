"""Sessions of people who logged in at the hub: a signed cookie that changes, and a row that every replica reads at each request."""

from hub.identity.sessions.marks import Marks
from hub.identity.sessions.store import FoundSession, LoggedIn, Session, Sessions

__all__ = ["FoundSession", "LoggedIn", "Marks", "Session", "Sessions"]
