"""Signing the head of the log, and writing its tiles, after its commit, by one replica at a time."""

import logging
from typing import NamedTuple

from sqlalchemy import Connection, Engine, func, insert, select
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from audit.checkpoints.checkpoint import Signer
from audit.checkpoints.kept import Guard
from audit.store import CHECKPOINT, HEAD, SIGN_LOCK
from audit.tree.merkle import CompactRange
from audit.tree.tiling import write_tiles

_logger = logging.getLogger(__name__)


class _Signed(NamedTuple):
    tree: CompactRange
    note: str
    is_new: bool


def sign_head(engine: Engine, signer: Signer, guard: Guard) -> int | None:
    """Sign the committed head, if it grew since the last checkpoint, and goes on from it. Blocks.

    Only what was committed is seen here, so no root is signed that could still be rolled back. The leaves since the last checkpoint are
    read, and have to give the root, so that nobody gets a second history signed. A size is signed once: its row's key makes a
    second signer step back. The full tiles that a checkpoint counts are committed with it.

    Returns:
        The size that was signed, or None.
    """
    with guard.signing:
        return _sign_and_keep(engine, signer, guard)


def _sign_and_keep(engine: Engine, signer: Signer, guard: Guard) -> int | None:
    guard.refresh()  # also by a replica that is not the one to sign
    try:
        with engine.begin() as connection:
            signed = _sign(connection, signer, guard)
    except IntegrityError:
        return None
    except SQLAlchemyError:
        _logger.warning("no checkpoint was signed: the database is not available")
        return None
    if signed is None:
        return None
    guard.signed(signed.note, signed.tree)
    return signed.tree.size if signed.is_new else None


def _sign(connection: Connection, signer: Signer, guard: Guard) -> _Signed | None:
    if connection.dialect.name == "postgresql" and not connection.scalar(
        select(func.pg_try_advisory_xact_lock(SIGN_LOCK))
    ):
        return None
    guard.refresh()
    last = connection.execute(select(CHECKPOINT).order_by(CHECKPOINT.c.size.desc()).limit(1)).one_or_none()
    stored: int = last.size if last is not None else 0
    head = connection.execute(select(HEAD.c.size, HEAD.c.root)).one_or_none()
    if head is None or head.size == stored == guard.size:
        return None
    if head.size < stored:
        _logger.error(
            "the log has %d entries, and was signed at %d: nothing more is signed", head.size, stored
        )
        return None
    tree = guard.extended(connection, head.size, bytes(head.root))
    if tree is None:
        return None
    # Which key signs is asked after the head was read: of a key that an entry in it names, the file is there.
    signing = signer.at(connection, tree.size, last.note if last is not None else None)
    if signing is None:
        return None
    note = signing.sign(tree.size, tree.root())
    is_new = head.size > stored
    if is_new:
        write_tiles(connection, tree.size)
        connection.execute(insert(CHECKPOINT).values(size=tree.size, note=note))
    return _Signed(tree, note, is_new)
