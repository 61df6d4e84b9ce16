"""Renewing the map: the next state is built, an entry tells its root, and what it supersedes is deleted."""

from collections.abc import Callable

from audit.log import UsageLog
from audit.model import Entry
from audit.subject_map import tables
from audit.subject_map.building import MapBuilder
from audit.subject_map.tables import State
from audit.threads import detached


async def renew_map(log: UsageLog, builder: MapBuilder, entry: Callable[[State], Entry]) -> State | None:
    """Bring the map up to the log as it is now.

    Args:
        log: where the new state is told.
        builder: of the same database.
        entry: the entry that tells a state: of kind `mapRoot`, with its `details()`.

    Returns:
        The state that was told; None if there was nothing new, or another replica does it.

    Raises:
        LogUnavailable, EntryRefused: the state was not told. It will be, the next time.
        LogChanged: another replica told it.
        MerkleError: what is stored of the map is not a map.
    """
    state = await detached(builder.build)
    if state is None:
        return None
    telling = entry(state)
    await log.append(telling, write=lambda connection: tables.tell(connection, state, telling.id))
    await detached(builder.tidy)
    return state
