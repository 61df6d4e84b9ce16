"""`onlyonce log witness` is a process of its own, which remembers before it answers."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest

from audit.checkpoints.checkpoint import read_checkpoint
from audit.witnesses.cosignature import cosignatures_in
from audit.witnesses.witnessing import SIZE, origin_hash
from hub.cli import main
from hub.witness import FollowedLogs, SqliteMemory, WitnessFolder, WitnessUnusable
from tests.support.witnessed import ORIGIN, Tree, WitnessProcess


@pytest.fixture(scope="module")
def witness(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WitnessProcess]:
    """One that runs, and follows what each test adds to its list."""
    witness = WitnessProcess(tmp_path_factory.mktemp("witness"))
    witness.start()
    yield witness
    witness.stop()


@pytest.fixture
def tree(witness: WitnessProcess) -> Tree:
    """A log of the test's own, which the witness follows."""
    tree = Tree(origin=f"example.org/{uuid4()}")
    witness.follow(tree.verifier)
    return tree


def test_it_cosigns_over_http_and_goes_on_where_it_was_killed(tree: Tree, witness: WitnessProcess) -> None:
    key, origin = witness.key(), tree.signer.origin
    assert witness.ask("/") == (200, key.text() + "\n", "text/plain; charset=utf-8")
    for old, size in ((0, 3), (3, 8)):
        given = tree.submission(old, size)
        status, lines, _ = witness.add(given)
        assert (status, len(cosignatures_in(given.note + lines, [key]))) == (200, 1)
    witness.stop(kill=True)
    witness.start()
    fork = Tree(tree.key, origin=origin, salt="fork")
    assert witness.add(fork.submission(3, 9)) == (409, "8\n", SIZE)
    assert witness.add(fork.submission(8, 9))[0] == 422
    assert witness.add(tree.submission(8, 9))[0] == 200
    status, note, _ = witness.ask(f"/{origin_hash(origin)}/checkpoint")
    assert (status, note.startswith(f"{origin}\n9\n")) == (200, True)


def test_what_is_no_request_for_it_is_told_so(tree: Tree, witness: WitnessProcess) -> None:
    assert witness.ask("/add-checkpoint")[0] == 405
    assert witness.ask("/", b"x")[0] == 405
    assert witness.ask("/nothing")[0] == 404
    assert witness.ask(f"/{origin_hash(tree.signer.origin)}/checkpoint")[0] == 404
    assert witness.ask("/add-checkpoint", b"x")[0] == 400
    given = tree.submission(0, 3)
    assert witness.add(replace(given, note=given.note + "— a AAAAAAAA\n" * 20_000))[0] == 413
    assert witness.add(Tree(origin="example.org/other").submission(0, 3))[0] == 404


def test_a_log_is_followed_from_when_it_is_on_the_list_without_a_restart(
    tree: Tree, witness: WitnessProcess
) -> None:
    bridged = Tree(origin=f"{tree.signer.origin}/2")
    assert witness.add(bridged.submission(0, 3))[0] == 404
    witness.follow(tree.verifier, bridged.verifier)
    assert witness.add(bridged.submission(0, 3))[0] == 200
    witness.logs.write_text("nonsense\n", "utf-8")
    assert witness.add(bridged.submission(3, 4))[0] == 200


def test_a_list_with_a_bad_line_is_refused_at_the_start_naming_the_line(tmp_path: Path) -> None:
    tree = Tree()
    file = tmp_path / "logs"
    file.write_text(f"# one\n{tree.verifier}\n{tree.verifier[:-4]}\n", "utf-8")
    with pytest.raises(WitnessUnusable, match="logs:3: "):
        FollowedLogs(file)
    with pytest.raises(WitnessUnusable, match="cannot be read"):
        FollowedLogs(tmp_path / "absent")


def test_a_witness_that_lost_its_memory_is_not_run_again_with_its_key(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    WitnessFolder(tmp_path / "state").memory.close()
    WitnessFolder(tmp_path / "state").memory.close()
    for file in (tmp_path / "state").glob("witness.sqlite3*"):
        file.unlink()
    with pytest.raises(WitnessUnusable, match="is missing"):
        WitnessFolder(tmp_path / "state")
    assert main(["log", "witness", str(tmp_path / "state"), "--name", "w.example", "--show-key"]) == 2
    assert "is missing" in capsys.readouterr().err


def test_its_key_is_for_its_own_account_alone(tmp_path: Path) -> None:
    WitnessFolder(tmp_path / "state").memory.close()
    (key,) = (tmp_path / "state").glob("*.pem")
    assert key.stat().st_mode & 0o077 == 0
    key.chmod(0o640)
    with pytest.raises(WitnessUnusable, match="others may read it"):
        WitnessFolder(tmp_path / "state")
    key.chmod(0o600)
    key.write_text("no key")
    with pytest.raises(WitnessUnusable, match="is not an Ed25519"):
        WitnessFolder(tmp_path / "state")


def test_its_memory_moves_only_from_the_size_that_was_seen(tmp_path: Path) -> None:
    tree, memory = Tree(), SqliteMemory(tmp_path / "memory")
    first, second = tree.note(3), tree.note(8)
    assert memory.advance(read_checkpoint(first), first, old_size=0)
    assert not memory.advance(read_checkpoint(second), second, old_size=0)
    assert memory.advance(read_checkpoint(second), second, old_size=3)
    memory.close()
    again = SqliteMemory(tmp_path / "memory")
    assert again.latest(ORIGIN) == again.latest_by_hash(origin_hash(ORIGIN)) == second
    assert again.latest("example.org/other") is None
    again.close()


@pytest.mark.parametrize("arguments", [("--name", "a b"), ("--name", "a+b"), ("--name", "w.example")])
def test_it_is_not_run_without_a_name_and_logs(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    assert main(["log", "witness", str(tmp_path / "state"), *arguments]) == 2
