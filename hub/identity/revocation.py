"""Clients that are revoked: nobody who holds their secret, their key or one of their tokens gets anything any more.

A change runs in the transaction of its entry in the usage log, under its lock. Disclosures look again under the same lock (`in_force`).
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, delete, insert, select

from hub.identity.errors import NotRevoked, RevokedAlready
from hub.identity.tables import metadata
from hub.moments import from_millis, to_millis
from hub.queries import rows

_revoked: Final = metadata.tables["hub_identity_revoked_client"]
_READ_CLIENTS: Final = "SELECT client FROM hub_identity_revoked_client"


@dataclass(frozen=True, slots=True)
class Revocation:
    """A client that is revoked.

    Attributes:
        client: its id.
        at: since when, aware, UTC.
        reason: in words.
        entry: the id of the log's entry that says who did it.
    """

    client: str
    at: datetime
    reason: str
    entry: str


def revoke_client(connection: Connection, revocation: Revocation) -> None:
    """Revoke a client.

    Raises:
        RevokedAlready: it is.
    """
    if revocation.client in revoked_clients(connection):
        raise RevokedAlready
    connection.execute(
        insert(_revoked).values(
            client=revocation.client, revoked_at=to_millis(revocation.at), reason=revocation.reason,
            entry=revocation.entry,
        )
    )  # fmt: skip


def restore_client(connection: Connection, client: str) -> None:
    """Let a client in again.

    Raises:
        NotRevoked: it is not revoked.
    """
    if not connection.execute(delete(_revoked).where(_revoked.c.client == client)).rowcount:
        raise NotRevoked


def list_revocations(connection: Connection) -> tuple[Revocation, ...]:
    """All clients that are revoked, by id."""
    found = connection.execute(select(_revoked).order_by(_revoked.c.client))
    return tuple(Revocation(row.client, from_millis(row.revoked_at), row.reason, row.entry) for row in found)


def revoked_clients(connection: Connection) -> frozenset[str]:
    """The ids of all clients that are revoked: few, and every batch of the log asks.

    Raises:
        DBAPIError: the database is away.
    """
    return frozenset(str(row[0]) for row in rows(connection, _READ_CLIENTS))


def in_force(connection: Connection, clients: frozenset[str]) -> frozenset[str]:
    """Those of these clients that are not revoked. Asked under the log's lock."""
    return clients - revoked_clients(connection)
