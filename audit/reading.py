"""Reading the log: a subject's lines, one entry. Blocking; call it in a thread."""

from typing import Any

from sqlalchemy import Connection, Engine, RowMapping, Select, func, select

from audit.agents import FIELD
from audit.choice import EVERYTHING, Choice
from audit.leaf import decode_details, open_values, unpack_body
from audit.model import Line, Page, State, from_millis
from audit.sealing import DataKeys, Purpose, StoredKey, Unreadable, body_binding
from audit.store import DATA_KEY, ENTRY, SUBJECT

_COLUMNS = [column for column in ENTRY.c if column.name != "sealed_digest"]
_AGENTS = FIELD.encode()
_KEY_COLUMNS = [
    column.label(f"key_{column.name}") for column in DATA_KEY.c if column.name not in ("id", "destroyed_by")
]


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
            .where(ENTRY.c.subject == handle, *choice.of_entries(ENTRY))
            .order_by(ENTRY.c.leaf_index.desc())
            .limit(limit + 1)
            .offset(skip)
        )
        if before is not None:
            query = query.where(ENTRY.c.leaf_index < before)
        with self._engine.connect() as connection:
            lines = [self.line(row) for row in connection.execute(query).mappings().fetchmany(limit + 1)]
        more = len(lines) > limit
        return Page(tuple(lines[:limit]), lines[limit - 1].index if more else None)

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


def _count(connection: Connection, handle: str) -> int:
    return connection.scalar(select(SUBJECT.c.entries).where(SUBJECT.c.subject == handle)) or 0
