"""What an entry of the usage log relies on, read again under the log's lock: consents, and what the seals said of its subject."""

from typing import Final

from sqlalchemy import Connection

from consent import ConsentStore
from hub.oversight import unchanged
from hub.services.seals import SEAL

CONSENT: Final = "consent:"


class Grants:
    """Given references, those that still hold. A reference of an unknown kind never does."""

    def __init__(self, store: ConsentStore) -> None:
        self._store = store

    def __call__(self, connection: Connection, references: frozenset[str]) -> frozenset[str]:
        """One query for all the consents among them, one for all the seals; none for none."""
        consents = {one.removeprefix(CONSENT) for one in references if one.startswith(CONSENT)}
        seals = {_seen(one): one for one in references if one.startswith(SEAL)}
        holding = {f"{CONSENT}{one}" for one in self._store.still_given(connection, consents)}
        if seals:
            holding |= {seals[one] for one in unchanged(connection, seals)}
        return frozenset(holding)


def _seen(reference: str) -> tuple[int, str]:
    version, _, subject = reference.removeprefix(SEAL).partition(":")
    return int(version), subject
