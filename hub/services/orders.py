"""Orders of a controller, believed by the catalogue that rules.

Who may sign for a controller stands in its catalogue. A command can be told of any folder; the one that rules is named by an entry of the log, and kept.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime

from sqlalchemy import Connection

from hub.catalogue import Catalogue
from hub.oversight import Order, OrderInvalid, active, read_order


def believed(
    document: bytes, *, kind: str, audience: str, catalogue: Catalogue,
    connect: Callable[[], AbstractContextManager[Connection]], now: datetime,
) -> Order:  # fmt: skip
    """Read an order. Blocking; call it in a thread.

    Args:
        document: the order, as its approvers signed it.
        kind: what it must order.
        audience: the address of this hub.
        catalogue: says who may sign for each controller.
        connect: to the hub's database.
        now: aware.

    Raises:
        OrderInvalid: it is not good, or the catalogue is another than the hub rules by.
    """
    with connect() as connection:
        ruling = active(connection, "catalogue")
    if ruling is not None and ruling.revision != catalogue.revision:
        raise OrderInvalid(
            "who may sign it stands in a catalogue that no hub rules by: start the hub with it"
        )
    approvers = {one.id: one.approvers for one in catalogue.controllers.values()}
    return read_order(document, kind=kind, audience=audience, approvers=approvers, now=now)


def what_is_put_off(order: Order) -> tuple[str, datetime]:
    """Which line an order to show one later names, by the id of its entry, and until when.

    Raises:
        OrderInvalid: it does not say so.
    """
    what = order.what
    entry, until = what.get("entry"), what.get("until")
    try:
        moment = datetime.fromisoformat(until) if isinstance(until, str) else None
    except ValueError:
        moment = None
    if (
        what.keys() != {"entry", "until"}
        or not isinstance(entry, str)
        or moment is None
        or moment.tzinfo is None
    ):
        raise OrderInvalid(
            "it does not say which line ('entry'), and until when ('until', a time with its offset)"
        )
    return entry, moment
