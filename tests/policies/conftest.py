"""Fixtures of the policies' tests: the built-in set, on both engines."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from policies import PolicySet, export, load_policies
from policies.embedded import EmbeddedDecisionPoint
from policies.opa import OpaDecisionPoint
from tests.policies.opa_server import OpaServer, running_opa


@pytest.fixture(scope="session")
def built_in() -> PolicySet:
    """The policy set of the house."""
    return load_policies()


@pytest.fixture
def embedded(built_in: PolicySet) -> EmbeddedDecisionPoint:
    """The embedded engine."""
    return EmbeddedDecisionPoint(built_in)


@pytest.fixture(scope="session")
def opa_server(
    opa_binary: Path, built_in: PolicySet, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[OpaServer]:
    """A real OPA server with the policy set of the house."""
    folder = tmp_path_factory.mktemp("opa")
    export(built_in, folder / "policies")
    with running_opa(opa_binary, folder, folder / "policies") as server:
        yield server


@pytest.fixture
async def opa(opa_server: OpaServer, built_in: PolicySet) -> AsyncIterator[OpaDecisionPoint]:
    """The OPA engine, with time enough for a busy machine."""
    point = OpaDecisionPoint(opa_server.url, built_in.revision, deadline=5)
    await point.start()
    yield point
    await point.close()
