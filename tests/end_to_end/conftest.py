"""Running houses: one as it comes (SQLite, embedded engine), one as in production (PostgreSQL, OPA server)."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
import pytest_asyncio

from policies import export, load_policies
from tests.end_to_end.house import ASSERTED_CAP, House, running
from tests.support.machine import find_opa, find_postgres, missing
from tests.support.opa_process import Opa, running_opa
from tests.support.postgres import Cluster, running_cluster

SETTINGS = {"ASSERTED_SUBJECTS_PER_DAY": str(ASSERTED_CAP)}
PATIENCE_S = "5"
"""How long OPA may take where its lateness is not what is tested: a busy machine is no refusal."""


@dataclass(frozen=True)
class Production:
    """A house whose database and policy engine a test may stop."""

    house: House
    cluster: Cluster
    opa: Opa


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def small(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """The hub as it comes."""
    async with running(tmp_path_factory.mktemp("small"), SETTINGS) as house:
        yield house


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def production(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Production]:
    """The hub as in production, with a cluster of its own."""
    binary, postgres = find_opa(), find_postgres()
    if binary is None:
        missing("OPA")
    if postgres is None:
        missing("PostgreSQL")
    assert binary is not None
    assert postgres is not None
    folder = tmp_path_factory.mktemp("production")
    export(load_policies(), folder / "policies")
    with (
        running_cluster(postgres) as cluster,
        running_opa(binary, folder / "policies", folder / "opa.log") as opa,
    ):
        settings = {
            **SETTINGS,
            "DATABASE_URL": cluster.url("hub"),
            "OPA_URL": opa.url,
            "OPA_DEADLINE_S": PATIENCE_S,
            "POLICIES": str(folder / "policies"),
        }
        async with running(folder, settings) as house:
            yield Production(house, cluster, opa)


@pytest.fixture(params=["small", "production"])
def house(request: pytest.FixtureRequest) -> House:
    """Each test that asks for a house runs in both."""
    found: House | Production = request.getfixturevalue(request.param)
    return found.house if isinstance(found, Production) else found
