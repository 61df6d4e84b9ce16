"""Fixtures that every room shares: the real processes the tests run against."""

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.machine import NOT_HERE, REALWORLD, find_opa, find_postgres, missing
from tests.support.postgres import Cluster, running_cluster

_database_names = (f"onlyonce_{n}" for n in itertools.count())


@pytest.fixture(scope="session")
def opa_binary() -> Path:
    """A real OPA."""
    found = find_opa()
    if found is None:
        missing("OPA")
    assert found is not None
    return found


@pytest.fixture(scope="session")
def postgres_cluster() -> Iterator[Cluster]:
    """A PostgreSQL cluster for the whole run."""
    binaries = find_postgres()
    if binaries is None:
        missing("PostgreSQL")
    assert binaries is not None
    with running_cluster(binaries) as cluster:
        yield cluster


@pytest.fixture
def postgres_url(postgres_cluster: Cluster) -> str:
    """The URL of a new, empty PostgreSQL database."""
    return postgres_cluster.url(next(_database_names))


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A new, empty database: each test that asks for it runs on both engines."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'hub.sqlite3'}"
    cluster: Cluster = request.getfixturevalue("postgres_cluster")
    return cluster.url(next(_database_names))


@pytest.fixture(scope="session")
def realworld() -> Path:
    """The folder of recorded answers of real services."""
    if REALWORLD is None:
        missing("the recorded answers of real services")
    assert REALWORLD is not None
    return REALWORLD


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say by name what was left out."""
    reasons = [report.longrepr[2] for report in terminalreporter.stats.get("skipped", [])]
    absent = {
        reason.removeprefix("Skipped: ").removesuffix(NOT_HERE)
        for reason in reasons
        if reason.endswith(NOT_HERE)
    }
    if absent:
        terminalreporter.write_line(f"Left out, not on this machine: {', '.join(sorted(absent))}")
