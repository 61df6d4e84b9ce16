"""What every part of the hub stands on: its settings, its catalogue, its keys and its database."""

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection, Engine

from hub.assembly.naming import name_log
from hub.catalogue import Catalogue
from hub.database import check_schema, open_engine
from hub.identity import check_keyprints
from hub.keys import KeyFolder
from hub.settings import Settings


@dataclass(frozen=True, slots=True)
class Base:
    """What every part stands on."""

    settings: Settings
    catalogue: Catalogue
    keys: KeyFolder
    engine: Engine

    def connect(self) -> Connection:
        """A new connection to the database."""
        return self.engine.connect()


def open_base(settings: Settings, catalogue: Catalogue) -> Base:
    """Open the key folder and the database, and see that they belong together.

    Raises:
        KeysUnusable, KeysForeign, SchemaOutOfDate: saying what is wrong.
    """
    keys = KeyFolder(settings.keys)
    name_log(settings)
    engine = open_engine(settings.database_url, create=False)
    check_schema(engine)
    check_keyprints(engine, keys.fingerprints)
    return Base(settings, catalogue, keys, engine)


def now() -> datetime:
    """The present time, aware, in UTC."""
    return datetime.now(UTC)
