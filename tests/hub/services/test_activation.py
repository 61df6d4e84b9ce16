"""What rules is on the record: one entry for each change, however many hubs make it."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine

from audit import Line, UsageLog
from hub.catalogue import Catalogue, CatalogueInvalid, load
from hub.database import migrate, open_engine
from hub.demo.catalogues import DEMO_CATALOGUE
from hub.identity import Handles
from hub.keys import KeyFolder
from hub.oversight import fetch, list_activations
from hub.randomness import new_id
from hub.services.activation import Activations
from hub.services.concerns import THE_HUB
from hub.services.entries import Journal
from hub.services.errors import NotRecorded
from policies import PolicySet, policy_set, read_bundle
from tests.policies.bundles import BUILT, KEY, a_set, built

NOW = datetime(2026, 3, 3, 10, tzinfo=UTC)
ONE, TWO = a_set("\none := 1\n"), a_set("\ntwo := 2\n")


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> KeyFolder:
    return KeyFolder(tmp_path_factory.mktemp("keys"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A catalogue that a test may change."""
    return Path(shutil.copytree(DEMO_CATALOGUE, tmp_path / "catalogue"))


@pytest.fixture
def catalogue(folder: Path) -> Catalogue:
    return load(folder, admit_test_numbers=True)


class Hub:
    """One start of a hub on a database."""

    def __init__(self, engine: Engine, keys: KeyFolder, catalogue: Catalogue, process: str) -> None:
        self.engine = engine
        self.log = UsageLog(engine, keys=keys.epochs, grants=lambda _, asked: asked, clock=lambda: NOW)
        journal = Journal(self.log, Handles(keys.handles), catalogue, new_id)
        self.rules = Activations(journal, engine.connect, process, lambda: NOW)

    def lines(self) -> list[Line]:
        """What the log says of the hub itself, oldest first."""
        return list(reversed(self.log.read_subject(THE_HUB).lines))


@pytest.fixture
async def hubs(database_url: str, keys: KeyFolder, catalogue: Catalogue) -> AsyncIterator[tuple[Hub, Hub]]:
    """Two replicas on one database."""
    migrate(database_url)
    engines = [open_engine(database_url) for _ in range(2)]
    pair = Hub(engines[0], keys, catalogue, "start-1"), Hub(engines[1], keys, catalogue, "start-2")
    for hub in pair:
        await hub.log.start()
    yield pair
    for hub in pair:
        await hub.log.close()
        hub.engine.dispose()


def changes(hub: Hub) -> list[tuple[str, str, str | None]]:
    """Kind, revision and previous of each entry, oldest first."""
    found = []
    for line in hub.lines():
        assert line.details is not None
        found.append((line.kind, str(line.details["revision"]), line.details.get("previous")))
    return found


async def test_a_change_is_an_entry_about_nobody_and_is_kept(hubs: tuple[Hub, Hub]) -> None:
    hub = hubs[0]
    await hub.rules.policies(ONE)
    await hub.rules.policies(TWO)
    assert changes(hub) == [
        ("policyActivated", ONE.revision, None),
        ("policyActivated", TWO.revision, ONE.revision),
    ]
    (_, line) = hub.lines()
    assert (line.client, line.controller, line.activity) == ("hub", "hub", "hub")
    assert line.details is not None
    assert line.details["process"] == "start-1"
    with hub.engine.connect() as connection:
        kept = fetch(connection, "policies", TWO.revision)
    assert kept is not None
    assert policy_set({name: text.decode() for name, text in kept.items()}) == TWO


async def test_a_start_with_what_ruled_before_is_no_change(
    hubs: tuple[Hub, Hub], catalogue: Catalogue
) -> None:
    for hub in hubs:
        await hub.rules.catalogue(catalogue)
        await hub.rules.policies(ONE)
    assert [kind for kind, _, _ in changes(hubs[0])] == ["catalogueActivated", "policyActivated"]


async def test_replicas_that_race_to_one_revision_make_one_entry(hubs: tuple[Hub, Hub]) -> None:
    for policies in (ONE, TWO, ONE):
        await asyncio.gather(*(hub.rules.policies(policies) for hub in hubs for _ in range(3)))
    assert [revision for _, revision, _ in changes(hubs[0])] == [ONE.revision, TWO.revision, ONE.revision]
    with hubs[1].engine.connect() as connection:
        assert [one.number for one in list_activations(connection, "policies")] == [3, 2, 1]


async def test_replicas_that_race_to_two_revisions_make_one_chain(hubs: tuple[Hub, Hub]) -> None:
    await asyncio.gather(hubs[0].rules.policies(ONE), hubs[1].rules.policies(TWO))
    (_, first, none), (_, second, previous) = changes(hubs[0])
    assert none is None
    assert previous == first
    assert {first, second} == {ONE.revision, TWO.revision}


async def test_when_a_bundle_was_built_is_on_the_record(hubs: tuple[Hub, Hub], tmp_path: Path) -> None:
    (tmp_path / "bundle.tar.gz").write_bytes(built(ONE))
    policies: PolicySet = read_bundle(tmp_path / "bundle.tar.gz", KEY.verification_key)
    await hubs[0].rules.policies(policies)
    (line,) = hubs[0].lines()
    assert line.details is not None
    assert line.details["builtAt"] == BUILT.isoformat()


async def test_a_kept_catalogue_can_be_loaded_again(
    hubs: tuple[Hub, Hub], catalogue: Catalogue, tmp_path: Path
) -> None:
    await hubs[0].rules.catalogue(catalogue)
    with hubs[0].engine.connect() as connection:
        files = fetch(connection, "catalogue", catalogue.revision)
    assert files is not None
    for name, content in files.items():
        (tmp_path / "again" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "again" / name).write_bytes(content)
    assert load(tmp_path / "again", admit_test_numbers=True).revision == catalogue.revision


async def test_a_catalogue_that_changed_since_it_was_loaded_does_not_rule(
    hubs: tuple[Hub, Hub], catalogue: Catalogue, folder: Path
) -> None:
    with (folder / "forms.yaml").open("a") as file:
        file.write("# changed\n")
    with pytest.raises(CatalogueInvalid):
        await hubs[0].rules.catalogue(catalogue)
    assert hubs[0].lines() == []


async def test_what_the_log_does_not_take_does_not_rule(hubs: tuple[Hub, Hub]) -> None:
    await hubs[0].log.close()
    with pytest.raises(NotRecorded):
        await hubs[0].rules.policies(ONE)
    with hubs[1].engine.connect() as connection:
        assert list_activations(connection) == ()
        assert fetch(connection, "policies", ONE.revision) is None
