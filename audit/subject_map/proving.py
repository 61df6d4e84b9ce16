"""Proving to a subject what the map says of them."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine, select
from sqlalchemy.exc import SQLAlchemyError

from audit.errors import LogUnavailable, MerkleError
from audit.model import from_millis
from audit.snapshot import snapshot
from audit.store import ENTRY
from audit.subject_map import tables
from audit.subject_map.hashing import key_of
from audit.subject_map.proof import MapProof, siblings_of
from audit.subject_map.tables import State


@dataclass(frozen=True, slots=True)
class Proven:
    """What the map says of one subject.

    Attributes:
        state: of the map.
        told_at: the index of the entry that tells this state.
        proof: from the subject to its root.
        last_index: of the subject's last entry that it counts; None if there is none.
    """

    state: State
    told_at: int
    proof: MapProof
    last_index: int | None


def last_told(engine: Engine) -> datetime | None:
    """When the last state of the map was told; None before the first one. Blocking.

    Raises:
        LogUnavailable: the database is away.
    """
    try:
        with engine.connect() as connection:
            entry = tables.told(connection).entry
            at = connection.scalar(select(ENTRY.c.recorded_at).where(ENTRY.c.id == entry))
    except SQLAlchemyError:
        raise LogUnavailable("the map cannot be read now") from None
    return None if at is None else from_millis(at)


def prove(engine: Engine, handle: str) -> Proven | None:
    """What the last state of the map that was told says of a subject; None before the first one. Blocking.

    Raises:
        LogUnavailable: the database is away.
        MerkleError: what is stored of the map is not a map: `log verify` says more.
    """
    key = key_of(handle)
    try:
        with snapshot(engine) as connection:
            state = tables.told(connection)
            if not state.number:
                return None
            told_at = connection.scalar(select(ENTRY.c.leaf_index).where(ENTRY.c.id == state.entry))
            pages = tables.way(connection, [key], state.number)
            leaf = tables.leaves(connection, [key], state.number).get(key)
    except SQLAlchemyError:
        raise LogUnavailable("the map cannot be read now") from None
    there, siblings = siblings_of(key, [pages[path] for path in sorted(pages, key=len)])
    proof = MapProof(leaf.content() if leaf is not None else None, siblings)
    if there != (leaf is not None) or told_at is None or not proof.holds(handle, state.root or b""):
        raise MerkleError("the map does not say of a subject what its root says")
    return Proven(state, told_at, proof, leaf.last_index if leaf is not None else None)
