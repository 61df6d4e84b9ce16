"""Where mandates stand: a row each, changed only from the revision that was seen, and only as its states allow."""

import json
import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Row, and_, delete, func, insert, or_, select, update

from hub.identity.errors import MandateChanged, MandateNotOpen, MandateUnknown, Unsealable
from hub.identity.mandates import Deed, Mandate, Parties, Scope, Side, Signature
from hub.identity.tables import metadata
from hub.identity.vault import Vault
from hub.moments import from_millis, to_millis

_table: Final = metadata.tables["hub_identity_mandate"]
MOST_LISTED: Final = 500
_log = logging.getLogger(__name__)


class MandateStore:
    """Keeps mandates.

    Args:
        vault: seals numbers and names: `Vault(keys.identity, "mandates")`.
        clock: the time, aware.
    """

    def __init__(self, vault: Vault, clock: Callable[[], datetime]) -> None:
        self._vault, self._clock = vault, clock

    def sealed(self, mandate: Mandate, parties: Parties) -> Mandate:
        """The mandate with its parties sealed: to the rest of it, so that whoever alters a row in the database has made it void."""
        return replace(mandate, sealed=self._vault.seal(parties.told(), _place(mandate)))

    def parties(self, mandate: Mandate) -> Parties:
        """Who the parties are.

        Raises:
            Unsealable: the row was altered, or sealed with another key.
        """
        return Parties(**self._vault.open(mandate.sealed, _place(mandate)))

    def offer(self, connection: Connection, mandate: Mandate) -> None:
        """Write a new mandate down: offered, signed by its giver."""
        connection.execute(
            insert(_table).values(
                id=mandate.id, revision=mandate.revision, state=mandate.state, giver=mandate.giver, holder=mandate.holder,
                giver_kind=mandate.giver_kind, scope=_written(mandate.scope), starts_at=to_millis(mandate.starts_at),
                ends_at=to_millis(mandate.ends_at) if mandate.ends_at else None, given_at=to_millis(mandate.given.at),
                given_level=mandate.given.level, sealed=mandate.sealed,
            )
        )  # fmt: skip

    def change(
        self, connection: Connection, mandate: Mandate, deed: Deed, side: Side, *, level: int | None = None
    ) -> Mandate:
        """Sign, decline or revoke the mandate that was seen.

        Raises:
            MandateNotOpen: its state does not allow it, or no more.
            MandateChanged: it is no longer the one that was seen.
        """
        now = self._clock()
        state = mandate.after(deed, side, now)
        if state is None:
            raise MandateNotOpen
        changed = replace(mandate, revision=mandate.revision + 1, state=state)
        values: dict[str, Any] = {"revision": changed.revision, "state": state}
        if deed == "sign":
            changed = replace(changed, accepted=Signature(now, level))
            values |= {"accepted_at": to_millis(now), "accepted_level": level}
        else:
            changed = replace(changed, over_at=now, over_by=side)
            values |= {"over_at": to_millis(now), "over_by": side}
        changed = self.sealed(changed, self.parties(mandate))
        values["sealed"] = changed.sealed
        seen = and_(_table.c.id == mandate.id, _table.c.revision == mandate.revision)
        if connection.execute(update(_table).where(seen).values(**values)).rowcount != 1:
            raise MandateChanged
        return changed

    def find(self, connection: Connection, mandate_id: str) -> Mandate:
        """One mandate, whatever became of it.

        Raises:
            MandateUnknown: there is none, or it was altered in the database.
        """
        row = connection.execute(select(_table).where(_table.c.id == mandate_id)).first()
        found = None if row is None else self._believed(_read(row))
        if found is None:
            raise MandateUnknown
        return found

    def _believed(self, mandate: Mandate) -> Mandate | None:
        """The mandate, if its row is as it was written; those of which nobody can say so are as if they were not there."""
        try:
            self.parties(mandate)
        except Unsealable:
            _log.warning(
                "a mandate was altered in the database, or sealed with another key: it is not believed"
            )
            return None
        return mandate

    def of(self, connection: Connection, handle: str) -> tuple[Mandate, ...]:
        """The latest mandates that somebody gave or holds, newest first."""
        theirs = or_(_table.c.giver == handle, _table.c.holder == handle)
        return self._several(connection, theirs)

    def between(self, connection: Connection, *, giver: str, holder: str) -> tuple[Mandate, ...]:
        """The latest mandates that one gave the other, newest first."""
        return self._several(connection, and_(_table.c.giver == giver, _table.c.holder == holder))

    def _several(self, connection: Connection, which: Any) -> tuple[Mandate, ...]:
        newest = (_table.c.given_at.desc(), _table.c.id)
        rows = connection.execute(select(_table).where(which).order_by(*newest).limit(MOST_LISTED))
        return tuple(one for row in rows if (one := self._believed(_read(row))) is not None)

    def open_offers(self, connection: Connection, giver: str) -> int:
        """How many mandates of this giver nobody has answered yet."""
        waiting = and_(_table.c.giver == giver, _table.c.state == "offered")
        return int(connection.scalar(select(func.count()).where(waiting)) or 0)

    def forget(self, connection: Connection, *, over: datetime, unanswered: datetime) -> None:
        """Delete what was over before one moment, and offers from before the other that nobody answered."""
        waiting = and_(_table.c.state == "offered", _table.c.given_at < to_millis(unanswered))
        past = or_(_table.c.over_at < to_millis(over), _table.c.ends_at < to_millis(over))
        connection.execute(delete(_table).where(or_(past, waiting)))

    def in_force(self, connection: Connection, ids: frozenset[str]) -> frozenset[str]:
        """Of these mandates, those on which one may act now."""
        now = to_millis(self._clock())
        held = and_(
            _table.c.id.in_(ids), _table.c.state == "signed", _table.c.starts_at <= now,
            or_(_table.c.ends_at.is_(None), _table.c.ends_at > now),
        )  # fmt: skip
        return frozenset(connection.scalars(select(_table.c.id).where(held)))


def _place(mandate: Mandate) -> str:
    """All that a row says but for what is sealed, as one text: what is sealed opens beside it alone."""
    accepted, over = mandate.accepted, mandate.over_at
    facts = {
        "id": mandate.id, "revision": mandate.revision, "state": mandate.state, "giver": mandate.giver, "holder": mandate.holder,
        "giverKind": mandate.giver_kind, "scope": _written(mandate.scope), "startsAt": to_millis(mandate.starts_at),
        "endsAt": to_millis(mandate.ends_at) if mandate.ends_at else None, "given": [to_millis(mandate.given.at), mandate.given.level],
        "accepted": [to_millis(accepted.at), accepted.level] if accepted else None,
        "over": [to_millis(over), mandate.over_by] if over else None,
    }  # fmt: skip
    return json.dumps(facts, sort_keys=True)


def _written(scope: Scope) -> str:
    return json.dumps(
        {
            "activities": sorted(scope.activities),
            "controllers": sorted(scope.controllers),
            "usage": scope.usage,
        }
    )


def _read(row: Row[Any]) -> Mandate:
    scope = json.loads(row.scope)
    accepted = (
        None if row.accepted_at is None else Signature(from_millis(row.accepted_at), row.accepted_level)
    )
    return Mandate(
        id=row.id, revision=row.revision, state=row.state, giver=row.giver, holder=row.holder, giver_kind=row.giver_kind,
        scope=Scope(frozenset(scope["activities"]), frozenset(scope["controllers"]), scope["usage"]),
        starts_at=from_millis(row.starts_at), ends_at=None if row.ends_at is None else from_millis(row.ends_at),
        given=Signature(from_millis(row.given_at), row.given_level), accepted=accepted,
        over_at=None if row.over_at is None else from_millis(row.over_at), over_by=row.over_by, sealed=row.sealed,
    )  # fmt: skip
