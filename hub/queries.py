"""A query that every batch of the usage log asks: by a cursor of the driver, for SQLAlchemy's result would cost more than the query itself."""

from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError


def rows(connection: Connection, statement: str) -> list[tuple[Any, ...]]:
    """All rows that a statement without parameters gives.

    Raises:
        DBAPIError: as SQLAlchemy would raise it.
    """
    dialect, cursor = connection.dialect, connection.connection.cursor()
    try:
        cursor.execute(statement)
        return list(cursor.fetchall())
    except dialect.loaded_dbapi.Error as error:
        raise DBAPIError.instance(
            statement, None, error, dialect.loaded_dbapi.Error, hide_parameters=True, dialect=dialect,
            connection_invalidated=dialect.is_disconnect(error, connection.connection, cursor),
        ) from None  # fmt: skip
    finally:
        cursor.close()
