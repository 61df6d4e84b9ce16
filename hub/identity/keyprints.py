"""Which keys a database belongs to: remembered at the first start, so that other keys are noticed at the next.

With other keys every subject would have another handle: nobody's lines, consents or quotas would be found, and a second log would begin
beside the first one.
"""

from collections.abc import Mapping

from sqlalchemy import Connection, Engine, insert, select
from sqlalchemy.exc import IntegrityError

from hub.identity.errors import KeysForeign
from hub.identity.tables import metadata

_prints = metadata.tables["hub_identity_keyprint"]


def check_keyprints(engine: Engine, prints: Mapping[str, str]) -> None:
    """Compare fingerprints of keys with those that the database was first used with, and remember those that are new.

    Args:
        engine: of the hub's database.
        prints: name of a key → its fingerprint.

    Raises:
        KeysForeign: naming the keys that are others.
    """
    try:
        with engine.begin() as connection:
            known = _known(connection)
            new = [
                {"name": name, "fingerprint": found} for name, found in prints.items() if name not in known
            ]
            if new:
                connection.execute(insert(_prints), new)
    except IntegrityError:  # another replica starts for the first time too
        with engine.connect() as connection:
            known = _known(connection)
    foreign = sorted(name for name, found in prints.items() if known.get(name, found) != found)
    if foreign:
        raise KeysForeign(foreign)


def _known(connection: Connection) -> dict[str, str]:
    return {row.name: row.fingerprint for row in connection.execute(select(_prints))}
