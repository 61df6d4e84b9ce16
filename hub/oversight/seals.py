"""Sealed attributes of a subject, such as a hidden address: what is sealed, until when, and whether that still is so.

All changes run in the transaction of their entry in the usage log, under its lock, one after another. Each raises the one version
of all seals: whoever holds a copy learns from it what changed since, and an entry that relies on a copy finds out under the same lock
whether something of its own subject did.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, Row, Table, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

from hub.moments import from_millis, to_millis
from hub.oversight.errors import NotSealed
from hub.oversight.tables import metadata
from hub.queries import rows

_seals: Final = metadata.tables["hub_oversight_seal"]
_versions: Final = metadata.tables["hub_oversight_seal_version"]
_READ_VERSION: Final = "SELECT version FROM hub_oversight_seal_version"
_KEPT_FOR: Final = timedelta(days=1)
"""A seal that is over is deleted by the first change after this time: every copy knows by then."""


@dataclass(frozen=True, slots=True)
class Seal:
    """An attribute of a subject that is sealed.

    Attributes:
        subject: the handle by which the usage log knows them.
        attribute: its name in the catalogue.
        until: when it ends (aware, UTC); None: when it is lifted.
        entry: the id of the log's entry that says who ordered it, and on what legal ground.
    """

    subject: str
    attribute: str
    until: datetime | None
    entry: str


def seal(
    connection: Connection,
    subject: str,
    attributes: Collection[str],
    *,
    until: datetime | None,
    entry: str,
    at: datetime,
) -> int:
    """Seal attributes of a subject; one that is sealed already takes the new end.

    Args:
        connection: of the transaction of the log's entry.
        subject: handle.
        attributes: one at least.
        until: when the seal ends, aware; None: when it is lifted.
        entry: the id of that entry.
        at: now, aware.

    Returns:
        The version of all seals from now on.
    """
    version = _next_version(connection)
    end = None if until is None else to_millis(until)
    for attribute in attributes:
        row = {"subject": subject, "attribute": attribute, "until": end, "version": version, "entry": entry}
        _upsert(connection, _seals, row)
    connection.execute(delete(_seals).where(_seals.c.until < to_millis(at - _KEPT_FOR)))
    return version


def lift(
    connection: Connection, subject: str, attributes: Collection[str], *, entry: str, at: datetime
) -> int:
    """Lift the seal of attributes of a subject. Arguments and result as for `seal`.

    Raises:
        NotSealed: one of them is not sealed.
    """
    sealed = {one.attribute for one in seals_of(connection, subject, at)}
    if missing := sorted(set(attributes) - sealed):
        raise NotSealed(missing)
    version = _next_version(connection)
    theirs = (_seals.c.subject == subject) & _seals.c.attribute.in_(attributes)
    connection.execute(update(_seals).where(theirs).values(until=to_millis(at), version=version, entry=entry))
    return version


def seals_of(connection: Connection, subject: str, at: datetime) -> tuple[Seal, ...]:
    """What is sealed for a subject at a moment, by attribute."""
    query = select(_seals).where(_seals.c.subject == subject).order_by(_seals.c.attribute)
    found = [_seal(row) for row in connection.execute(query)]
    return tuple(one for one in found if one.until is None or one.until > at)


def seals_since(connection: Connection, version: int) -> tuple[int, tuple[Seal, ...]]:
    """What changed after a version, those that were lifted included, and a version that these bring a copy to. From 0: all."""
    # First the version: a change that comes between the two is read twice, never missed.
    reached = seal_version(connection)
    if reached == version:
        return reached, ()
    found = connection.execute(select(_seals).where(_seals.c.version > version))
    return reached, tuple(_seal(row) for row in found)


def seal_version(connection: Connection) -> int:
    """How often seals changed. Every batch of the log asks.

    Raises:
        DBAPIError: as SQLAlchemy would raise it.
    """
    found = rows(connection, _READ_VERSION)
    return int(found[0][0]) if found else 0


def unchanged(connection: Connection, seen: Iterable[tuple[int, str]]) -> frozenset[tuple[int, str]]:
    """Those of these (version, subject) where nothing of the subject was sealed or lifted after the version.

    Asked under the log's lock. One query where no seal changed at all since, as is the rule; one more else.
    """
    present = seal_version(connection)
    asked = frozenset(seen)
    older = {one for one in asked if one[0] != present}
    if not older:
        return asked
    found = connection.execute(
        select(_seals.c.subject, _seals.c.version).where(
            _seals.c.subject.in_({subject for _, subject in older}),
            _seals.c.version > min(version for version, _ in older),
        )
    )
    changed = [(row.subject, row.version) for row in found]
    gone = {
        (version, subject)
        for version, subject in older
        if any(theirs == subject and at > version for theirs, at in changed)
    }
    return asked - gone


def _next_version(connection: Connection) -> int:
    version = seal_version(connection) + 1
    _upsert(connection, _versions, {"id": 1, "version": version})
    return version


def _upsert(connection: Connection, table: Table, row: Mapping[str, object]) -> None:
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    keys = [column.name for column in table.primary_key]
    others = {name: value for name, value in row.items() if name not in keys}
    statement = dialect.insert(table).values(row)
    connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=others))


def _seal(row: Row[tuple[object, ...]]) -> Seal:
    until = None if row.until is None else from_millis(row.until)
    return Seal(row.subject, row.attribute, until, row.entry)
