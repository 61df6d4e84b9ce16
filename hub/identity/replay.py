"""An assertion is good once: its use is a unique row that all replicas share."""

import hashlib
import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Lock

from sqlalchemy import Engine, delete, insert
from sqlalchemy.exc import DBAPIError, IntegrityError, SQLAlchemyError

from hub.identity.errors import ClientRefused, ClientsUnavailable
from hub.identity.jose import LEEWAY
from hub.identity.tables import metadata
from hub.moments import to_millis

_assertions = metadata.tables["hub_identity_assertion"]
_PRUNE_EVERY = timedelta(minutes=1)
_log = logging.getLogger(__name__)


class UsedAssertions:
    """Remembers used assertions until they are over.

    Args:
        engine: of the database that the replicas share.
        clock: the time, aware.
    """

    def __init__(self, engine: Engine, clock: Callable[[], datetime]) -> None:
        self._engine, self._clock = engine, clock
        self._prune_at = clock()
        self._lock = Lock()

    def remember(self, client_id: str, jti: str, expires: float) -> None:
        """Use up an assertion.

        Args:
            client_id: whose it is.
            jti: its name.
            expires: its `exp`, in seconds since 1970.

        Raises:
            ClientRefused: it was used before.
            ClientsUnavailable: the database cannot tell.
        """
        row = {"digest": _digest(client_id, jti), "expires_at": int(expires * 1000)}
        try:
            with self._engine.begin() as connection:
                connection.execute(insert(_assertions).values(row))
        except IntegrityError:
            raise ClientRefused from None
        except SQLAlchemyError:
            raise ClientsUnavailable from None
        self._prune()

    def _prune(self) -> None:
        """Once a minute, delete the rows of assertions that would be refused by their expiry anyway."""
        now = self._clock()
        with self._lock:
            if now < self._prune_at:
                return
            self._prune_at = now + _PRUNE_EVERY
        over = to_millis(now - 2 * LEEWAY)
        try:
            with self._engine.begin() as connection:
                connection.execute(delete(_assertions).where(_assertions.c.expires_at < over))
        except DBAPIError:
            # The client has proved itself; rows left over do no harm and go in a minute.
            _log.warning("used assertions could not be pruned")


def _digest(client_id: str, jti: str) -> str:
    client, name = client_id.encode("utf-8", "surrogatepass"), jti.encode("utf-8", "surrogatepass")
    return hashlib.sha256(len(client).to_bytes(4, "big") + client + name).hexdigest()
