"""Who acted for a controller: read for that controller's own oversight, never for the subject."""

from collections.abc import Collection, Mapping
from contextlib import suppress

from sqlalchemy import Connection, Engine, select
from sqlalchemy.exc import SQLAlchemyError

from audit.entries.agents import key_of_agents, open_agents
from audit.errors import LogUnavailable
from audit.keys.destruction import stored_key
from audit.keys.keyring import KeyRing
from audit.keys.sealing import DataKeys, Unreadable
from audit.model import Line
from audit.store import DATA_KEY


class Officials:
    """Opens the agents of lines. Blocking; call it in a thread.

    Args:
        engine: of the log's database.
        keys: what wraps its data keys.
    """

    def __init__(self, engine: Engine, keys: KeyRing) -> None:
        self._engine, self._keys = engine, DataKeys(keys)

    def of(self, lines: Collection[Line]) -> dict[int, Mapping[str, str]]:
        """The agents of some lines, by their index. Lines that have none, or whose agents cannot be read any more, are left out.

        Raises:
            LogUnavailable: the database is away.
        """
        if all(line.sealed_agents is None for line in lines):
            return {}
        try:
            with self._engine.connect() as connection:
                return agents_of(connection, self._keys, lines)
        except SQLAlchemyError:
            raise LogUnavailable("the log cannot be read now") from None


def agents_of(
    connection: Connection, keys: DataKeys, lines: Collection[Line]
) -> dict[int, Mapping[str, str]]:
    """See `Officials.of`."""
    sealed = [(line, value) for line in lines if (value := line.sealed_agents) is not None]
    if not sealed:
        return {}
    names = sorted({key_of_agents(value) for _, value in sealed})
    query = select(DATA_KEY).where(DATA_KEY.c.id.in_(names), DATA_KEY.c.wrapped.is_not(None))
    rows = {row["id"]: row for row in connection.execute(query).mappings()}
    found: dict[int, Mapping[str, str]] = {}
    for line, value in sealed:
        row = rows.get(key_of_agents(value))
        with suppress(Unreadable):
            if row is not None:
                found[line.index] = open_agents(keys.unwrap(stored_key(row)), value, line.id)
    return found
