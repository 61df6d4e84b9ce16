"""`onlyonce log bridge`: a log that lost entries goes on under another name, in the open, and only so."""

import asyncio
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from audit import (
    SIGNING_KEY_CHANGED,
    Entry,
    LogUnavailable,
    RotatingSigner,
    UsageLog,
    bridging,
    checkpoint,
    note_in,
    verify,
)
from audit.checkpoints.rotation import change_id, outcome_of
from hub.assembly.naming import log_origin
from hub.cli import main
from hub.database import migrate, open_engine
from tests.audit.conftest import entry
from tests.hub.cli.bridged import Hub
from tests.support.witnessed import Tree

OLD, NEW = "127.0.0.1:8000/log", "127.0.0.1:8000/log/2"


Bridge = Callable[..., tuple[int, str]]


@pytest.fixture(scope="module")
def restored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a hub whose backup lacks the last two of its five entries, and was restored."""
    folder = tmp_path_factory.mktemp("restored")
    migrate(f"sqlite:///{folder / 'hub.sqlite3'}")
    hub = Hub(folder)
    hub.run(3)
    hub.back_up()
    hub.run(2)
    hub.restore()
    return folder


@pytest.fixture
def hub(restored: Path, tmp_path: Path) -> Hub:
    """That hub."""
    return Hub(Path(shutil.copytree(restored, tmp_path / "hub")))


@pytest.fixture(scope="module")
def bridged(restored: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of that hub after its log was bridged, and grew by two entries."""
    folder = Path(shutil.copytree(restored, tmp_path_factory.mktemp("bridged") / "hub"))
    hub = Hub(folder)
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("ONLYONCE_DATABASE_URL", hub.url)
        patched.setenv("ONLYONCE_KEYS", str(folder / "keys"))
        assert main(["log", "bridge", "--reason", "the disk burnt", "--by", "operations"]) == 0
    hub.run(2)
    assert hub.problems() == []
    return folder


@pytest.fixture
def bridge(hub: Hub, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Bridge:
    """The command, in this process: its exit code, and what it says."""
    monkeypatch.setenv("ONLYONCE_DATABASE_URL", hub.url)
    monkeypatch.setenv("ONLYONCE_KEYS", str(hub.folder / "keys"))

    def run(*more: str | Path) -> tuple[int, str]:
        capsys.readouterr()
        code = main(["log", "bridge", "--reason", "the disk burnt", "--by", "operations", *map(str, more)])
        hub.settle()
        said = capsys.readouterr()
        return code, said.out + said.err

    return run


def test_a_restored_backup_goes_on_under_another_name_and_not_before(hub: Hub, bridge: Bridge) -> None:
    lost = hub.note()
    with pytest.raises(LogUnavailable, match="onlyonce log bridge"):
        hub.run(1)
    code, said = bridge("--json")
    assert code == 0, said
    told = json.loads(said)
    assert told["origin"] == log_origin(hub.settings) == NEW
    assert checkpoint.read_verifier_key(told["verifierKey"])[0] == NEW
    assert checkpoint.open_checkpoint(hub.note(), NEW, hub.key.public_key()).size == 4
    hub.run(2)
    assert hub.problems() == []
    assert any("a kept checkpoint" in one or "as they were signed" in one for one in hub.problems(lost))


def test_the_notice_is_signed_in_both_names_and_says_what_was_lost(hub: Hub, bridge: Bridge) -> None:
    lost = checkpoint.read_checkpoint(hub.note())
    bridge()
    engine = open_engine(hub.url)
    with engine.connect() as connection:
        (note,) = bridging.notices(connection)
        kind, outcome = connection.exec_driver_sql(
            "SELECT kind, outcome FROM audit_entry WHERE leaf_index = 3"
        ).one()
    engine.dispose()
    read = bridging.read_bridge(note)
    assert (read.old, read.new.origin, read.new.size, read.reason) == (lost, NEW, 3, "the disk burnt")
    for name in (OLD, NEW):
        assert checkpoint.open_note(note, {name: hub.key.public_key()}) == read.text()
    assert (kind, outcome) == ("logBridged", bridging.digest(note))
    (aside,) = hub.kept.path.parent.glob("log.checkpoint.*")
    assert checkpoint.read_checkpoint(note_in(aside.read_text("utf-8"))) == lost


def test_a_log_that_goes_on_is_not_bridged(hub: Hub, bridge: Bridge) -> None:
    assert bridge()[0] == 0
    for _ in range(2):
        code, said = bridge()
        assert (code, "nothing to bridge" in said) == (2, True)
    hub.run(1)
    assert (log_origin(hub.settings), hub.problems()) == (NEW, [])


def test_a_log_can_be_bridged_again(hub: Hub, bridge: Bridge) -> None:
    bridge()
    hub.run(1)
    hub.back_up()
    hub.run(3)
    hub.restore()
    assert bridge()[0] == 0
    assert log_origin(hub.settings) == OLD + "/3"
    hub.run(1)
    assert hub.problems() == []


@pytest.mark.parametrize("step", [0, 1, 2])
def test_a_bridge_that_was_broken_off_is_finished_and_nothing_is_appended_until_then(
    hub: Hub, bridge: Bridge, step: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = ("audit.checkpoints.bridging.head", "audit.sign_first", "audit.checkpoints.bridging._set_aside")[
        step
    ]
    with monkeypatch.context() as patched:
        patched.setattr(broken, _fail)
        with pytest.raises(RuntimeError, match="broken off"):
            bridge()
    with pytest.raises(LogUnavailable):
        hub.run(1)
    assert bridge()[0] == 0
    hub.run(1)
    engine = open_engine(hub.url)
    with engine.connect() as connection:
        assert len(bridging.notices(connection)) == 1
    engine.dispose()
    assert (log_origin(hub.settings), hub.problems()) == (NEW, [])


def test_a_bridge_is_signed_with_the_key_in_force_though_the_one_before_is_still_there(
    hub: Hub, bridge: Bridge
) -> None:
    async def grow(one: Entry) -> None:
        engine = open_engine(hub.url)
        signer = RotatingSigner(OLD, hub.keys.log)
        log = UsageLog(engine, keys=hub.keys.epochs, grants=lambda _, r: r, signer=signer, kept=hub.kept)
        await log.start()
        await log.append(one)
        await log.close()
        engine.dispose()
        hub.settle()

    hub.kept.path.unlink()
    made = hub.keys.log.begin()
    named = entry(id=change_id(made), kind=SIGNING_KEY_CHANGED, outcome=outcome_of(made), subject="hub")
    for one in (named, entry()):
        asyncio.run(grow(one))
    hub.back_up()
    asyncio.run(grow(entry()))
    hub.restore()
    assert bridge()[0] == 0
    assert hub.problems() == []


def test_a_bridge_is_signed_with_a_key_that_still_can_where_what_named_it_is_lost(
    hub: Hub, bridge: Bridge
) -> None:
    hub.keys.log.retire(hub.keys.log.begin())
    code, said = bridge()
    assert code == 0, said
    hub.run(2)
    assert hub.problems() == []


def test_what_only_a_witness_still_knew_can_be_bridged(hub: Hub, bridge: Bridge) -> None:
    bridge()
    hub.run(2)
    hub.kept.contradict(Tree(hub.key, origin=NEW, salt="as it was").note(20))
    with pytest.raises(LogUnavailable, match="a witness holds"):
        hub.run(1)
    code, said = bridge()
    assert code == 0, said
    assert log_origin(hub.settings) == OLD + "/3"
    assert hub.kept.contradiction() is None
    hub.run(1)
    assert hub.problems() == []


def test_what_a_witness_holds_against_the_log_is_found_by_a_verification_with_the_keys(
    bridged: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    hub = Hub(Path(shutil.copytree(bridged, tmp_path / "hub")))
    verification = ["log", "verify", "--database", hub.url, "--keys", str(hub.folder / "keys")]
    assert main(verification) == 0
    hub.kept.contradict(Tree(hub.key, origin=NEW, salt="as it was").note(5))
    assert main(verification) == 1
    assert "not all as they were signed" in capsys.readouterr().out


def test_a_later_checkpoint_that_somebody_kept_is_named_and_a_stranger_s_is_refused(
    hub: Hub, bridge: Bridge
) -> None:
    file = hub.folder / "kept"
    file.write_text(Tree(Ed25519PrivateKey.generate(), origin=OLD).note(9), "utf-8")
    code, said = bridge("--checkpoint", file)
    assert (code, "was not signed by this log" in said) == (2, True), said
    file.write_text(Tree(hub.key, origin="example.org/other").note(9), "utf-8")
    code, said = bridge("--checkpoint", file)
    assert (code, f"is not one of {OLD}" in said) == (2, True)
    file.write_text(Tree(hub.key, origin=OLD, salt="as it was").note(9), "utf-8")
    code, said = bridge("--checkpoint", file)
    assert (code, "ended at 9" in said) == (0, True)


def test_what_is_left_has_to_hold_by_itself(hub: Hub, bridge: Bridge) -> None:
    hub.change("UPDATE audit_entry SET outcome = 'denied' WHERE leaf_index = 1")
    code, said = bridge()
    assert (code, "does not hold, so nothing is bridged: entry 1" in said) == (2, True)
    assert log_origin(hub.settings) == OLD


@pytest.mark.parametrize("name", [OLD, "a b", "a+b"])
def test_the_new_name_is_another_one_that_a_note_can_bear(hub: Hub, bridge: Bridge, name: str) -> None:
    code, said = bridge("--origin", name)
    assert (code, "--origin" in said) == (2, True)
    assert log_origin(hub.settings) == OLD


@pytest.mark.parametrize(
    ("statement", "what"),
    [
        ("UPDATE audit_bridge SET note = replace(note, 'the disk burnt', 'all is well')", "no known key signed it"),
        ("UPDATE audit_bridge SET note = replace(note, 'v1', 'v2')", "this is not the notice of a bridge"),
        ("UPDATE audit_bridge SET note = ''", "this is not a signed note"),
        ("UPDATE audit_bridge SET size = 2", "it is one of another size"),
        ("DELETE FROM audit_bridge", "entry 3: the notice of this bridge is gone"),
        ("INSERT INTO audit_bridge SELECT 2, note FROM audit_bridge", "it is one of another size"),
        ("UPDATE audit_checkpoint SET note = replace(note, '/log/2', '/log')", "wrong|another log"),
    ],
)  # fmt: skip
def test_a_changed_notice_is_found(bridged: Path, tmp_path: Path, statement: str, what: str) -> None:
    hub = Hub(Path(shutil.copytree(bridged, tmp_path / "hub")))
    hub.change(statement)
    assert any(one in problem for problem in hub.problems() for one in what.split("|"))


def test_a_changed_notice_is_found_without_any_key(hub: Hub, bridge: Bridge) -> None:
    bridge()
    hub.change("UPDATE audit_bridge SET note = replace(note, 'the disk burnt', 'all is well')")
    (problem,) = hub.verified(lambda engine: verify(engine).problems)
    assert (problem.index, problem.what) == (3, "entry 3: it does not commit to the notice of the bridge")


def _fail(*_: object, **__: object) -> None:
    raise RuntimeError("broken off")
