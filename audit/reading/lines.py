"""Reading the log: a subject's lines, one entry. Blocking; call it in a thread."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Engine, RowMapping, Select, func, select

from audit.entries.agents import FIELD
from audit.entries.leaf import NUMBER, PREVIOUS, decode_details, open_values, unpack_body
from audit.keys.sealing import DataKeys, Purpose, StoredKey, Unreadable, body_binding
from audit.model import Line, Page, State, from_millis
from audit.reading.choice import EVERYTHING, Choice
from audit.store import DATA_KEY, ENTRY, SUBJECT

_COLUMNS = [column for column in ENTRY.c if column.name != "sealed_digest"]
_AGENTS = FIELD.encode()
_KEY_COLUMNS = [
    column.label(f"key_{column.name}") for column in DATA_KEY.c if column.name not in ("id", "destroyed_by")
]

_PREVIOUS, _NUMBER = PREVIOUS.encode(), NUMBER.encode()
_OTHER = ENTRY.alias()
_CHAIN = (
    select(_OTHER.c.leaf)
    .where(_OTHER.c.subject == ENTRY.c.subject, _OTHER.c.leaf_index < ENTRY.c.leaf_index)
    .order_by(_OTHER.c.leaf_index.desc())
    .limit(1)
    .correlate(ENTRY)
    .scalar_subquery()
    .label("leaf_before"),
    select(SUBJECT.c.last_leaf)
    .where(SUBJECT.c.subject == ENTRY.c.subject)
    .correlate(ENTRY)
    .scalar_subquery()
    .label("last_leaf"),
)
"""The leaf of the subject's entry before, and of their last one; in the statement that reads the lines, so that no append comes between."""


class Reader:
    """Reads lines, and opens those whose key is there."""

    def __init__(self, engine: Engine, keys: DataKeys) -> None:
        self._engine, self._keys = engine, keys

    def subject(
        self, handle: str, *, before: int | None, limit: int, choice: Choice = EVERYTHING, skip: int = 0
    ) -> Page:
        """A subject's lines, newest first."""
        query = (
            all_lines()
            .add_columns(*_CHAIN)
            .where(ENTRY.c.subject == handle, *choice.of_entries(ENTRY))
            .order_by(ENTRY.c.leaf_index.desc())
            .limit(limit + 1)
            .offset(skip)
        )
        if before is not None:
            query = query.where(ENTRY.c.leaf_index < before)
        whole = choice.is_any and before is None and not skip
        with self._engine.connect() as connection:
            rows = connection.execute(query).mappings().fetchmany(limit + 1)
            cut = whole and (
                rows[0]["leaf"] != rows[0]["last_leaf"] if rows else _is_emptied(connection, handle)
            )
        lines = [self.line(row) for row in rows]
        more = len(lines) > limit
        return Page(tuple(lines[:limit]), lines[limit - 1].index if more else None, cut=cut)

    def entry(self, entry_id: str) -> Line | None:
        """One entry, by its id."""
        with self._engine.connect() as connection:
            row = connection.execute(all_lines().where(ENTRY.c.id == entry_id)).mappings().one_or_none()
        return self.line(row) if row is not None else None

    def count(self, handle: str, choice: Choice, most: int) -> int:
        """How many entries a subject has. The count of all is kept; chosen ones are counted, no further than to `most`."""
        with self._engine.connect() as connection:
            if choice.is_any:
                return _count(connection, handle)
            chosen = select(ENTRY.c.leaf_index).where(ENTRY.c.subject == handle, *choice.of_entries(ENTRY))
            return connection.scalar(select(func.count()).select_from(chosen.limit(most).subquery())) or 0

    def line(self, row: RowMapping) -> Line:
        """The line that a row of `all_lines` is."""
        state, fields = self._open(row)
        number, gap = _place(row, dict(fields or ()))
        return Line(
            index=row["leaf_index"],
            id=row["id"],
            recorded_at=from_millis(row["recorded_at"]),
            kind=row["kind"],
            controller=row["controller"],
            client=row["client"],
            activity=row["activity"],
            outcome=row["outcome"],
            subject=row["subject"],
            retention=row["retention"],
            leaf=bytes(row["leaf"]),
            state=state,
            details=None if fields is None else decode_details(fields),
            sealed_agents=None if fields is None else dict(fields).get(_AGENTS),
            key_id=row["key_id"],
            number=number,
            gap=gap,
        )

    def _open(self, row: Any) -> tuple[State, list[tuple[bytes, bytes]] | None]:
        if row["key_wrapped"] is None:
            return "notReadable", None
        purpose = Purpose(*(row[f"key_{name}"] for name in Purpose._fields))
        stored = StoredKey(row["key_id"], purpose, row["key_epoch"], bytes(row["key_wrapped"]))
        try:
            key = self._keys.unwrap(stored)
        except Unreadable:
            return "notReadable", None
        try:
            binding = body_binding(bytes(row["salt"]), open_values(row))
            body = key.open(bytes(row["body"]), binding)
        except (Unreadable, TypeError, ValueError, AttributeError):
            return "broken", None
        return "readable", unpack_body(body)[1]


def all_lines() -> Select[Any]:
    """Every entry, with what `Reader.line` needs to open it."""
    return select(*_COLUMNS, *_KEY_COLUMNS).select_from(
        ENTRY.outerjoin(DATA_KEY, ENTRY.c.key_id == DATA_KEY.c.id)
    )


def _place(row: RowMapping, fields: Mapping[bytes, bytes]) -> tuple[int | None, bool]:
    """The number of a line in its subject's chain, if it can be read; and whether the line before it is not the one that it names."""
    number = fields.get(_NUMBER, b"")
    if not number.isdigit():
        return None, False
    before = row.get("leaf_before", fields.get(_PREVIOUS))
    return int(number), bytes(before or b"") != fields.get(_PREVIOUS)


def _is_emptied(connection: Connection, handle: str) -> bool:
    """Whether a subject had entries, and has none."""
    none = ~select(ENTRY.c.leaf_index).where(ENTRY.c.subject == handle).exists()
    return (
        connection.execute(select(SUBJECT.c.entries).where(SUBJECT.c.subject == handle, none)).first()
        is not None
    )


def _count(connection: Connection, handle: str) -> int:
    return connection.scalar(select(SUBJECT.c.entries).where(SUBJECT.c.subject == handle)) or 0
