"""What an entry of the usage log relies on, read again under the log's lock.

An entry names its grants by references, each of a kind: `consent:` and the consent's id; `seals:` and what a copy of the seals said of the
subject; `client:` and the id of a client that is not revoked; `mandate:` and the id of a mandate in force.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from sqlalchemy import Connection

CONSENT: Final = "consent:"
SEAL: Final = "seals:"
CLIENT: Final = "client:"
MANDATE: Final = "mandate:"

Reader = Callable[[Connection, frozenset[str]], frozenset[str]]
"""Given references of one kind, without its prefix, those that hold now. It only reads."""


class Grants:
    """Given references, those that still hold. A reference of a kind that nobody reads never does.

    Args:
        readers: what reads the references of a kind, by the kind's prefix. Each is asked once a batch of the log at most, and only where the batch
            relies on a reference of its kind.
    """

    def __init__(self, readers: Mapping[str, Reader]) -> None:
        self._readers = MappingProxyType(dict(readers))

    def __call__(self, connection: Connection, references: frozenset[str]) -> frozenset[str]:
        """One question for each kind among them; none for none."""
        asked: dict[str, set[str]] = {}
        for one in references:
            kind, colon, rest = one.partition(":")
            asked.setdefault(kind + colon, set()).add(rest)
        holding: set[str] = set()
        for kind, reader in self._readers.items():
            if kind in asked:
                holding.update(kind + one for one in reader(connection, frozenset(asked[kind])))
        return frozenset(holding)


def of_kind(references: frozenset[str], *kinds: str) -> frozenset[str]:
    """Those of some references that are of one of these kinds."""
    return frozenset(one for one in references if one.startswith(kinds))
