"""Receipts for what was destroyed, as they were signed."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, insert, select

from hub.moments import from_millis, to_millis
from hub.oversight.tables import metadata

_receipts: Final = metadata.tables["hub_oversight_receipt"]


@dataclass(frozen=True, slots=True)
class KeptReceipt:
    """A receipt: its id, why (`order`, `retention`), when (aware, UTC), and the signed text."""

    id: str
    reason: str
    at: datetime
    signed: str


def keep_receipt(connection: Connection, receipt: str, reason: str, signed: str, at: datetime) -> None:
    """Keep a receipt, in the transaction of the caller."""
    connection.execute(
        insert(_receipts).values(id=receipt, reason=reason, made_at=to_millis(at), signed=signed)
    )


def list_receipts(connection: Connection) -> Iterator[KeptReceipt]:
    """Every receipt, oldest first."""
    rows = connection.execute(select(_receipts).order_by(_receipts.c.made_at, _receipts.c.id))
    return (KeptReceipt(row.id, row.reason, from_millis(row.made_at), row.signed) for row in rows)
