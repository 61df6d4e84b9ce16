"""A hub whose keys are looked after."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from hub.catalogue import Catalogue
from hub.identity import Handles
from tests.hub.services.keys.keyhouse import KeyHouse, with_approvers


@pytest.fixture
async def house(
    database_url: str,
    tmp_path: Path,
    demo_catalogue: Catalogue,
    handles: Handles,
    request: pytest.FixtureRequest,
) -> AsyncIterator[KeyHouse]:
    cluster = request.getfixturevalue("postgres_cluster") if database_url.startswith("postgresql") else None
    house = KeyHouse(database_url, tmp_path / "keys", with_approvers(demo_catalogue), handles, cluster)
    await house.open()
    yield house
    await house.close()
