"""The map's SQL. A row holds from the state whose number it has, until a later row: so a state can be read while the next is being built."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

from sqlalchemy import Connection, Table, and_, delete, insert, select, tuple_, update
from sqlalchemy.dialects import postgresql, sqlite

from audit.errors import LogChanged, MerkleError
from audit.subject_map.hashing import Content
from audit.subject_map.pages import NOBODY, Page, decode, encode, ways
from audit.tables import metadata

STATE = metadata.tables["audit_map"]
LEAF = metadata.tables["audit_map_leaf"]
PAGE = metadata.tables["audit_map_page"]


@dataclass(frozen=True, slots=True)
class State:
    """A state of the map.

    Attributes:
        number: 1 for the first.
        size: it counts the log's first so many entries.
        root: None while it is being built.
        entry: the id of the entry that tells it; None until then.
    """

    number: int
    size: int
    root: bytes | None = None
    entry: str | None = None

    def details(self) -> dict[str, Any]:
        """The details of the entry that tells it."""
        return {"state": self.number, "size": self.size, "root": (self.root or b"").hex()}


@dataclass(frozen=True, slots=True)
class Leaf:
    """What the map says of one subject, as it is stored."""

    key: str
    number: int
    salt: bytes
    entries: int
    last_index: int
    last_leaf: bytes

    def content(self) -> Content:
        """What is hashed."""
        return Content(self.number, self.salt, self.entries, self.last_leaf)


_LEAF_COLUMNS = [LEAF.c[one.name] for one in fields(Leaf)]


def told(connection: Connection) -> State:
    """The last state that an entry tells; before the first one, the empty map of number 0."""
    query = select(*STATE.c).where(STATE.c.entry.is_not(None)).order_by(STATE.c.number.desc()).limit(1)
    row = connection.execute(query).one_or_none()
    return State(0, 0) if row is None else State(row.number, row.size, bytes(row.root), row.entry)


def untold(connection: Connection) -> State | None:
    """The state after that, if one was begun."""
    row = connection.execute(select(*STATE.c).where(STATE.c.entry.is_(None))).one_or_none()
    if row is None:
        return None
    return State(row.number, row.size, None if row.root is None else bytes(row.root))


def begin(connection: Connection, state: State) -> None:
    """Note that a state is being built."""
    connection.execute(insert(STATE).values(asdict(state)))


def finish(connection: Connection, state: State) -> bool:
    """Note the root of a state that was built; False if it was given up meanwhile."""
    statement = update(STATE).where(STATE.c.number == state.number, STATE.c.root.is_(None))
    return connection.execute(statement.values(root=state.root)).rowcount == 1


def tell(connection: Connection, state: State, entry: str) -> None:
    """Note which entry tells a state; to be called as the `write` of that entry.

    Raises:
        LogChanged: it is not there any more, or was told already.
    """
    same = and_(STATE.c.number == state.number, STATE.c.root == state.root, STATE.c.entry.is_(None))
    if connection.execute(update(STATE).where(same).values(entry=entry)).rowcount != 1:
        raise LogChanged("this state of the map is not to be told any more")


def leaves(connection: Connection, keys: Collection[str], number: int) -> dict[str, Leaf]:
    """What the map says of these subjects in a state."""
    query = select(*_LEAF_COLUMNS).where(LEAF.c.key.in_(keys), LEAF.c.number <= number)
    found = connection.execute(query.order_by(LEAF.c.number))
    return {row["key"]: Leaf(**row) for row in found.mappings()}


def way(connection: Connection, keys: Sequence[str], number: int) -> dict[str, Page]:
    """Every page on the way to these keys in a state, by its path.

    Raises:
        MerkleError: one of them is not as it was stored.
    """
    pages = _pages(connection, {""}, number) or {"": NOBODY}
    length, wanted = 1, ways(keys, pages, 1)
    while wanted:
        found = _pages(connection, wanted, number)
        if len(found) != len(wanted):
            raise MerkleError("a page of the map is missing")
        pages |= found
        length += 1
        wanted = ways(keys, pages, length)
    return pages


def write(connection: Connection, number: int, changed: Iterable[Leaf], pages: Mapping[str, Page]) -> None:
    """Store what changes with a state."""
    _upsert(connection, LEAF, [asdict(leaf) for leaf in changed])
    rows = [{"path": path, "number": number, "body": encode(page)} for path, page in pages.items()]
    _upsert(connection, PAGE, rows)


def superseded(connection: Connection, number: int, batch: int) -> Iterator[int]:
    """Delete what no state from this one on needs; yields after each batch, when the transaction may be committed."""
    if connection.execute(select(STATE.c.number).where(STATE.c.number < number)).first() is None:
        return
    for table, name in ((LEAF, LEAF.c.key), (PAGE, PAGE.c.path)):
        of_state = select(name).where(table.c.number == number).order_by(name).limit(batch)
        names = list(connection.scalars(of_state))
        while names:
            connection.execute(delete(table).where(name.in_(names), table.c.number < number))
            yield len(names)
            names = list(connection.scalars(of_state.where(name > names[-1])))
    connection.execute(delete(STATE).where(STATE.c.number < number))
    yield 0


def abandoned(connection: Connection, number: int, batch: int) -> Iterator[int]:
    """Delete what was built of states after this one; yields after each batch."""
    for table, name in ((LEAF, LEAF.c.key), (PAGE, PAGE.c.path)):
        while True:
            some = select(name, table.c.number).where(table.c.number > number).limit(batch)
            rows = [tuple(row) for row in connection.execute(some)]
            if not rows:
                break
            connection.execute(delete(table).where(tuple_(name, table.c.number).in_(rows)))
            yield len(rows)
    connection.execute(delete(STATE).where(STATE.c.number > number))
    yield 0


def _pages(connection: Connection, paths: Collection[str], number: int) -> dict[str, Page]:
    query = select(PAGE.c.path, PAGE.c.body).where(PAGE.c.path.in_(paths), PAGE.c.number <= number)
    bodies = {row.path: bytes(row.body) for row in connection.execute(query.order_by(PAGE.c.number))}
    return {path: decode(body) for path, body in bodies.items()}


def _upsert(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    if not rows:
        return
    make = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    statement: Any = make(table)
    changed = {column.name: statement.excluded[column.name] for column in table.c if not column.primary_key}
    connection.execute(
        statement.on_conflict_do_update(index_elements=list(table.primary_key), set_=changed), rows
    )
