from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from hub.database import migrate, open_engine


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """A migrated database: each test runs on both engines."""
    migrate(database_url)
    engine = open_engine(database_url)
    yield engine
    engine.dispose()
