"""Signing the head of the log, after its commit, by one replica at a time."""

import logging

from sqlalchemy import Connection, Engine, func, insert, select
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from audit.checkpoint import CheckpointSigner
from audit.store import CHECKPOINT, HEAD, SIGN_LOCK

_logger = logging.getLogger(__name__)


def sign_head(engine: Engine, signer: CheckpointSigner) -> int | None:
    """Sign the committed head, if it grew since the last checkpoint. Blocks.

    Only what was committed is seen here, so no root is signed that could still be rolled back. A size is signed once: its row's
    key makes a second signer step back.

    Returns:
        The size that was signed, or None.
    """
    try:
        with engine.begin() as connection:
            return _sign(connection, signer)
    except IntegrityError:
        return None
    except SQLAlchemyError:
        _logger.warning("no checkpoint was signed: the database is not available")
        return None


def _sign(connection: Connection, signer: CheckpointSigner) -> int | None:
    if connection.dialect.name == "postgresql" and not connection.scalar(
        select(func.pg_try_advisory_xact_lock(SIGN_LOCK))
    ):
        return None
    signed: int = connection.scalar(select(func.coalesce(func.max(CHECKPOINT.c.size), 0))) or 0
    head = connection.execute(select(HEAD.c.size, HEAD.c.root)).one_or_none()
    if head is None or head.size == signed:
        return None
    if head.size < signed:
        _logger.error(
            "the log has %d entries, and was signed at %d: nothing more is signed", head.size, signed
        )
        return None
    connection.execute(
        insert(CHECKPOINT).values(size=head.size, note=signer.sign(head.size, bytes(head.root)))
    )
    return int(head.size)
