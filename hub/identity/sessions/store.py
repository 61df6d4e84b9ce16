"""Who is logged in, in the database that all replicas share. Nothing of it is remembered elsewhere: a row that is gone is a session that is over.

The cookie changes every few minutes:

    1. The request that finds it old gets the next one; until that one comes back, the one before it goes on being good, for an answer can
       get lost and requests run side by side.
    2. Once the next one came back, the one before it is good for `GRACE` more.
    3. An older one is in a thief's hands, or the present one is: whichever of the two comes, the session ends, for both.
"""

import logging
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Engine, Row, and_, delete, insert, or_, select, update

from hub.identity.errors import SessionOver, Unsealable
from hub.identity.login import Person
from hub.identity.sessions.marks import Marks
from hub.identity.tables import metadata
from hub.identity.vault import Vault
from hub.moments import from_millis, to_millis

GRACE: Final = timedelta(minutes=1)
_NOTED_EVERY: Final = timedelta(minutes=1)
_sessions = metadata.tables["hub_identity_session"]
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class LoggedIn:
    """What a provider's login said.

    Attributes:
        person: who it is; what `expires_at` says does not count.
        provider: its id in the catalogue.
        sub: the provider's name of them.
        sid: the provider's name of its own session, if it gave one.
        name: how they are called, if it is known: shown to themselves alone.
        hint: the ID token, to log out with; None where it must not stand in an address.
    """

    person: Person
    provider: str
    sub: str = field(repr=False)
    sid: str | None = field(default=None, repr=False)
    name: str | None = field(default=None, repr=False)
    hint: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody who is logged in. `csrf`: what a page sends with every change."""

    id: str
    said: LoggedIn
    csrf: str = field(repr=False)
    ends_at: datetime

    @property
    def person(self) -> Person:
        """Who it is."""
        return self.said.person


@dataclass(frozen=True, slots=True)
class FoundSession:
    """A session, and the cookie to give back, if it is another one."""

    session: Session
    cookie: str | None = field(default=None, repr=False)


class Sessions:
    """Opens, finds and ends sessions. Blocking: to be called off the event loop.

    Args:
        engine: of the database that the replicas share.
        key: 32 bytes, of the hub's key folder.
        providers: the ids of those declared: a session of another is over.
        clock: the time, aware.
        new_id: gives 32 hexadecimal digits that nobody can guess.
        idle: how long a session is kept of which nothing is heard.
        life: how long a session lasts at most.
        rotation: how old a cookie gets.
    """

    def __init__(
        self, engine: Engine, key: bytes, *, providers: Collection[str], clock: Callable[[], datetime], new_id: Callable[[], str],
        idle: timedelta, life: timedelta, rotation: timedelta,
    ) -> None:  # fmt: skip
        self._engine, self._marks, self._vault = engine, Marks(key), Vault(key, "sessions")
        self._providers, self._clock, self._new_id = frozenset(providers), clock, new_id
        self._idle, self._life, self._rotation = idle, life, rotation

    def open(self, said: LoggedIn, *, instead_of: str | None = None) -> FoundSession:
        """Log somebody in: a new session under a new name, whatever cookie they came with.

        Args:
            said: what the provider's login said.
            instead_of: the session that they had until now: it ends.
        """
        now, session = self._clock(), self._new_id()
        row = {
            "id": session, "generation": 1, "rotated_at": to_millis(now), "confirmed_at": None, "seen_at": to_millis(now),
            "ends_at": to_millis(now + self._life), "login": self._marks.login(said.provider, "sub", said.sub),
            "provider_session": self._marks.login(said.provider, "sid", said.sid) if said.sid else None,
            "sealed": self._vault.seal(_told(said), session),
        }  # fmt: skip
        with self._engine.begin() as connection:
            if instead_of is not None:
                connection.execute(delete(_sessions).where(_sessions.c.id == instead_of))
            connection.execute(insert(_sessions).values(row))
            made = connection.execute(select(_sessions).where(_sessions.c.id == session)).one()
        return FoundSession(self._session(made), self._marks.cookie(session, 1))

    def look(self, cookie: str) -> FoundSession:
        """Whose session a cookie is of.

        Raises:
            TokenInvalid: this hub did not make it.
            SessionOver: it was ended, or its time is over, or the cookie was used after another had taken its place.
        """
        session, generation = self._marks.read(cookie)
        with self._engine.connect() as connection:
            row = connection.execute(select(_sessions).where(_sessions.c.id == session)).one_or_none()
        if row is None:
            raise SessionOver
        now = self._clock()
        if to_millis(now) >= row.ends_at or now >= from_millis(row.seen_at) + self._idle:
            self.end(session)
            raise SessionOver
        found = self._session(row)
        return FoundSession(found, self._present(row, generation, now))

    def _present(self, row: Row[Any], generation: int, now: datetime) -> str | None:
        """The cookie to give back for one that came, if another is due."""
        if generation == row.generation:
            return self._kept(row, now)
        before = generation == row.generation - 1
        if before and row.confirmed_at is None:
            lost = now >= from_millis(row.rotated_at) + GRACE
            return self._marks.cookie(row.id, row.generation) if lost else None
        if before and now < from_millis(row.confirmed_at) + GRACE:
            return None
        self.end(row.id)
        _log.warning("a session was ended: a cookie came back after another had taken its place")
        raise SessionOver

    def _kept(self, row: Row[Any], now: datetime) -> str | None:
        """Note that the present cookie came, and make the next one once it is old."""
        moment = to_millis(now)
        changed: dict[str, int | None]
        if now >= from_millis(row.rotated_at) + self._rotation:
            changed = {
                "generation": row.generation + 1,
                "rotated_at": moment,
                "confirmed_at": None,
                "seen_at": moment,
            }
        elif row.confirmed_at is None or now >= from_millis(row.seen_at) + _NOTED_EVERY:
            changed = {"confirmed_at": row.confirmed_at or moment, "seen_at": moment}
        else:
            return None
        ours = (_sessions.c.id == row.id) & (_sessions.c.generation == row.generation)
        with self._engine.begin() as connection:
            won = connection.execute(update(_sessions).where(ours).values(**changed)).rowcount == 1
        return self._marks.cookie(row.id, row.generation + 1) if won and "generation" in changed else None

    def is_csrf(self, session: Session, token: str) -> bool:
        """Whether a page of this session sent the token."""
        return self._marks.is_csrf(session.id, token)

    def end(self, session: str) -> None:
        """Log somebody out, on every replica: when this returns, no request is let in on it any more."""
        with self._engine.begin() as connection:
            connection.execute(delete(_sessions).where(_sessions.c.id == session))

    def end_of(self, provider: str, *, sub: str | None, sid: str | None) -> int:
        """Log out whom a provider says it logged out: all of a person's sessions by `sub`, one of its own by `sid`.

        Returns:
            How many sessions ended.
        """
        meant = []
        if sub is not None:
            meant.append(_sessions.c.login == self._marks.login(provider, "sub", sub))
        if sid is not None:
            meant.append(_sessions.c.provider_session == self._marks.login(provider, "sid", sid))
        if not meant:
            return 0
        with self._engine.begin() as connection:
            return connection.execute(delete(_sessions).where(and_(*meant))).rowcount

    def forget_over(self) -> int:
        """Delete what is over; return how many."""
        now = self._clock()
        over = or_(_sessions.c.ends_at <= to_millis(now), _sessions.c.seen_at <= to_millis(now - self._idle))
        with self._engine.begin() as connection:
            return connection.execute(delete(_sessions).where(over)).rowcount

    def _session(self, row: Row[Any]) -> Session:
        try:
            told = self._vault.open(row.sealed, row.id)
        except Unsealable:
            raise SessionOver from None
        if told["provider"] not in self._providers:
            raise SessionOver
        ends = from_millis(row.ends_at)
        return Session(row.id, _said(told, ends), self._marks.csrf(row.id), ends)


def _told(said: LoggedIn) -> dict[str, Any]:
    person = said.person
    return {
        "ssin": person.ssin, "level": person.assurance_level, "enterprises": sorted(person.enterprises), "agentOf": sorted(person.agent_of),
        "dpoOf": sorted(person.dpo_of), "provider": said.provider, "sub": said.sub, "sid": said.sid, "name": said.name, "hint": said.hint,
    }  # fmt: skip


def _said(told: dict[str, Any], ends: datetime) -> LoggedIn:
    person = Person(
        ssin=told["ssin"], assurance_level=told["level"], enterprises=frozenset(told["enterprises"]), expires_at=ends,
        agent_of=frozenset(told["agentOf"]), dpo_of=frozenset(told["dpoOf"]),
    )  # fmt: skip
    return LoggedIn(person, told["provider"], told["sub"], told["sid"], told["name"], told["hint"])
