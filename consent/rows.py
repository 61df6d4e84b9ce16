"""The SQL of this room: reads and writes rows, in the caller's transaction, and knows no rule but one.

A change is a compare-and-set on the revision, and its event's key is unique: two at once cannot both succeed, with or without a lock.
"""

import json
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BindParameter,
    Column,
    ColumnElement,
    Connection,
    RowMapping,
    Select,
    Table,
    and_,
    bindparam,
    insert,
    not_,
    or_,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError

from consent.errors import AlreadyGiven, NotActive
from consent.model import ConsentRecord, Notice, Wanted, milliseconds, moment_of
from consent.states import ACTIVE, OPEN, Status, status_of
from consent.tables import metadata
from consent.terms import Terms

_records = metadata.tables["consent_record"]
_events = metadata.tables["consent_event"]
_notices = metadata.tables["consent_notice"]
_terms = metadata.tables["consent_terms"]
_ids: BindParameter[Any] = bindparam("ids", expanding=True)

_STILL_GIVEN = select(_records.c.id).where(
    _records.c.id.in_(_ids),
    _records.c.status.in_(sorted(ACTIVE)),
    or_(_records.c.valid_until.is_(None), _records.c.valid_until > bindparam("now")),
)


def still_given(connection: Connection, ids: Collection[str], now: datetime) -> frozenset[str]:
    """Those of these consents on which data may be disclosed now: one query."""
    found = connection.execute(_STILL_GIVEN, {"ids": list(ids), "now": milliseconds(now)})
    return frozenset(found.scalars())


def by_id(connection: Connection, consent_id: str) -> RowMapping | None:
    """The row of a consent."""
    return connection.execute(select(_records).where(_records.c.id == consent_id)).mappings().first()


def open_of(connection: Connection, subject: str, activity: str) -> RowMapping | None:
    """The row of a subject's one consent to an activity that can still change."""
    found = select(_records).where(
        _records.c.subject == subject, _records.c.activity == activity, _records.c.status.in_(sorted(OPEN))
    )
    return connection.execute(found).mappings().first()


def of_subject(connection: Connection, subject: str) -> list[RowMapping]:
    """All rows of a subject, newest first."""
    found = select(_records).where(_records.c.subject == subject)
    return list(connection.execute(found.order_by(_records.c.created_at.desc(), _records.c.id)).mappings())


def of_controller(
    connection: Connection, controller: str, such: Wanted, now: datetime, limit: int
) -> list[RowMapping]:
    """Rows of a controller, the last asked for or given first."""
    conditions: list[ColumnElement[bool]] = [_records.c.controller == controller]
    if such.subject is not None:
        conditions.append(_records.c.subject == such.subject)
    if such.activity is not None:
        conditions.append(_records.c.activity == such.activity)
    if such.status is not None:
        conditions.append(_in_state(such.status, milliseconds(now)))
    if such.after is not None:
        conditions.append(_behind(such.after))
    order = (_records.c.created_at.desc(), _records.c.id)
    found = select(_records).where(*conditions).order_by(*order).limit(limit)
    return list(connection.execute(found).mappings())


def _in_state(status: Status, now: int) -> ColumnElement[bool]:
    """Whether a row is in a state now: one past its end is over, whether or not anybody wrote that down."""
    is_over = and_(_records.c.status.in_(sorted(ACTIVE)), _records.c.valid_until <= now)
    if status == "expired":
        return or_(_records.c.status == status, is_over)
    return and_(_records.c.status == status, or_(_records.c.valid_until.is_(None), not_(is_over)))


def _behind(consent_id: str) -> ColumnElement[bool]:
    """Whether a row comes after that of another consent."""
    seen = select(_records.c.created_at).where(_records.c.id == consent_id).scalar_subquery()
    same = and_(_records.c.created_at == seen, _records.c.id > consent_id)
    return or_(_records.c.created_at < seen, same)


def due(connection: Connection, until: datetime, limit: int) -> list[RowMapping]:
    """Rows of given consents that end by then, the first to end first."""
    ends = _records.c.valid_until
    return _page(connection, ends, limit, _records.c.status.in_(sorted(ACTIVE)), ends <= milliseconds(until))


def unanswered(connection: Connection, since: datetime, limit: int) -> list[RowMapping]:
    """Rows of requests that have waited since then or longer, the oldest first."""
    began = _records.c.created_at
    return _page(connection, began, limit, _records.c.status == "requested", began <= milliseconds(since))


def to_remind(connection: Connection, now: datetime, limit: int) -> list[RowMapping]:
    """Rows of given consents whose day to remind has come, that hold still, and whose person was not told, the first day first."""
    day, ends = _records.c.remind_at, _records.c.valid_until
    active, untold = _records.c.status.in_(sorted(ACTIVE)), _records.c.reminded_at.is_(None)
    at = milliseconds(now)
    return _page(connection, day, limit, day.is_not(None), untold, day <= at, active, ends > at)


def _page(
    connection: Connection, order: Column[Any], limit: int, *such: ColumnElement[bool]
) -> list[RowMapping]:
    found: Select[Any] = select(_records).where(*such).order_by(order, _records.c.id).limit(limit)
    return list(connection.execute(found).mappings())


def note_reminder(connection: Connection, consent_id: str, seen: int, at: datetime) -> None:
    """Note that a person was told that a consent ends soon.

    Raises:
        NotActive: it was noted already, or the consent changed meanwhile.
    """
    such = (_records.c.id == consent_id, _records.c.revision == seen, _records.c.reminded_at.is_(None))
    if connection.execute(update(_records).where(*such).values(reminded_at=milliseconds(at))).rowcount != 1:
        raise NotActive


def insert_record(connection: Connection, values: Mapping[str, object]) -> None:
    """Insert a new consent.

    Raises:
        AlreadyGiven: another transaction was quicker with one of the same subject and activity.
    """
    try:
        connection.execute(insert(_records).values(**values))
    except IntegrityError:
        raise AlreadyGiven from None


def update_record(connection: Connection, consent_id: str, seen: int, values: Mapping[str, object]) -> None:
    """Change a consent that is still as it was read.

    Raises:
        NotActive: another transaction changed it meanwhile.
    """
    changed = (
        update(_records).where(_records.c.id == consent_id, _records.c.revision == seen).values(**values)
    )
    if connection.execute(changed).rowcount != 1:
        raise NotActive


def insert_event(connection: Connection, consent_id: str, revision: int, digest: str, signed: str) -> None:
    """Add an event to a consent's history."""
    row = {"consent_id": consent_id, "revision": revision, "digest": digest, "signed": signed}
    connection.execute(insert(_events).values(row))


def events_of(connection: Connection, consent_id: str) -> list[RowMapping]:
    """The events of a consent, in order."""
    found = select(_events).where(_events.c.consent_id == consent_id).order_by(_events.c.revision)
    return list(connection.execute(found).mappings())


def keep_notice(connection: Connection, notice: Notice) -> None:
    """Keep a notice's text, once."""
    _keep(connection, _notices, notice.version_hash, notice.canonical())


def keep_terms(connection: Connection, terms: Terms) -> None:
    """Keep the terms of a consent, once."""
    _keep(connection, _terms, terms.fingerprint(), terms.canonical())


def _keep(connection: Connection, table: Table, digest: str, body: bytes) -> None:
    row = {"hash": digest, "body": body.decode()}
    if connection.dialect.name == "postgresql":
        connection.execute(postgresql.insert(table).values(row).on_conflict_do_nothing())
    else:
        connection.execute(sqlite.insert(table).values(row).on_conflict_do_nothing())


def terms_of(connection: Connection, digests: Collection[str]) -> dict[str, Terms]:
    """The terms with these hashes, by their hash: one query, none for none."""
    if not digests:
        return {}
    found = select(_terms.c.hash, _terms.c.body).where(_terms.c.hash.in_(sorted(digests)))
    return {row.hash: Terms.read(row.body) for row in connection.execute(found)}


def notice_of(connection: Connection, version_hash: str) -> Notice | None:
    """The notice with this hash."""
    return notices_of(connection, [version_hash]).get(version_hash)


def notices_of(connection: Connection, digests: Collection[str]) -> dict[str, Notice]:
    """The notices with these hashes, by their hash: one query, none for none."""
    if not digests:
        return {}
    found = select(_notices.c.hash, _notices.c.body).where(_notices.c.hash.in_(sorted(digests)))
    bodies = {row.hash: json.loads(row.body) for row in connection.execute(found)}
    return {
        digest: Notice.of(
            id=said["id"], language=said["language"], text=said["text"], activity=said["activity"]
        )
        for digest, said in bodies.items()
    }


def record_of(row: RowMapping, now: datetime) -> ConsentRecord:
    """A row as a record, with its state at `now`."""
    record = ConsentRecord(
        id=row["id"],
        subject=row["subject"],
        activity=row["activity"],
        controller=row["controller"],
        attributes=frozenset(json.loads(row["attributes"])),
        status=status_of(row["status"]),
        given_at=moment_of(row["given_at"]),
        valid_until=moment_of(row["valid_until"]),
        withdrawn_at=moment_of(row["withdrawn_at"]),
        notice_hash=row["notice_hash"],
        notice_id=row["notice_id"],
        language=row["language"],
        method=row["method"],
        changed_at=at(row["changed_at"]),
        revision=row["revision"],
        created_at=at(row["created_at"]),
        guardian=row["guardian"],
        basis=row["basis"],
        terms_hash=row["terms_hash"],
        remind_at=moment_of(row["remind_at"]),
        reminded_at=moment_of(row["reminded_at"]),
        tag=row["tag"],
    )
    return replace(record, status="expired", noted=False) if over(row, now) else record


def over(row: RowMapping, now: datetime) -> bool:
    """Whether a given consent has ended by time, recorded or not."""
    return (
        row["status"] in ACTIVE and row["valid_until"] is not None and row["valid_until"] <= milliseconds(now)
    )


def at(value: int) -> datetime:
    """The moment of a column that is never empty."""
    found = moment_of(value)
    assert found is not None  # noqa: S101 - for the type checker: an int has a moment
    return found
