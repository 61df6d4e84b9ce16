"""The commands of keys: from an order to its receipt, with two people's keys, beside the hub's settings."""

import asyncio
import io
import json
import re
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from joserfc.jwk import ECKey, OKPKey

from audit import Entry, History, UsageLog
from hub.cli import main
from hub.database import migrate, open_engine
from hub.demo.catalogues import DEMO_CATALOGUE
from hub.demo.people import population
from hub.identity import Handles
from hub.keys import KeyFolder
from hub.oversight import defer, read_draft

SOMEBODY, ANOTHER = (one.ssin for one in population().persons[:2])
SEAL = [
    "--attribute",
    "person.address",
    "--ordered-by",
    "a court",
    "--ground",
    "an order",
    "--subject-from",
    "-",
]
ORDER = [
    "--ground",
    "no basis",
    "--advice",
    "erase",
    "--advised-by",
    "dpo@example.org",
]


class Done(NamedTuple):
    """What came of a command."""

    returncode: int
    stdout: str
    stderr: str


Run = Callable[..., Done]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command over a catalogue in which two people may sign for each controller."""
    keys: dict[str, Any] = {
        "legal-1": ec.generate_private_key(ec.SECP256R1()),
        "legal-2": ed25519.Ed25519PrivateKey.generate(),
    }
    approvers = {}
    for name, key in keys.items():
        pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        (tmp_path / f"{name}.pem").write_bytes(pem)
        jwk = (ECKey if name == "legal-1" else OKPKey).import_key(pem)
        approvers[name] = {"keys": [jwk.as_dict(private=False)]}
    catalogue = tmp_path / "catalogue"
    shutil.copytree(DEMO_CATALOGUE, catalogue)
    declared = yaml.safe_load((catalogue / "controllers.yaml").read_text())
    for controller in declared["controllers"].values():
        controller["approvers"] = approvers
    (catalogue / "controllers.yaml").write_text(json.dumps(declared))
    database = f"sqlite:///{tmp_path / 'hub.sqlite3'}"
    migrate(database)
    KeyFolder(tmp_path / "keys")
    settings: dict[str, Any] = {
        "DATABASE_URL": database, "KEYS": tmp_path / "keys", "CATALOGUE": catalogue, "ADMIT_TEST_NUMBERS": "true",
    }  # fmt: skip
    for name, value in settings.items():
        monkeypatch.setenv(f"ONLYONCE_{name}", str(value))

    def run(*arguments: str, stdin: str = "") -> Done:
        monkeypatch.setattr("sys.stdin", io.StringIO(stdin))
        code = main(arguments)
        return Done(code, *capsys.readouterr())

    return run


def used(folder: Path) -> None:
    """Let the municipality have used somebody's data."""

    async def record() -> None:
        keys, engine = KeyFolder(folder / "keys"), open_engine(f"sqlite:///{folder / 'hub.sqlite3'}")
        log = UsageLog(engine, keys=keys.epochs, grants=lambda _connection, references: references)
        await log.start()
        subject = Handles(keys.handles).of("audit", "ssin", SOMEBODY)
        await log.append(
            Entry(
                "e-1",
                "prefill",
                "municipality",
                "c",
                "adapted-transport",
                "disclosed",
                subject,
                "P10Y",
                {"asked": []},
            )
        )
        await log.close()
        engine.dispose()

    asyncio.run(record())


def waits(folder: Path, until: datetime) -> None:
    """Let there be a line of the municipality that its subject is shown then."""

    async def record() -> None:
        keys, engine = KeyFolder(folder / "keys"), open_engine(f"sqlite:///{folder / 'hub.sqlite3'}")
        log = UsageLog(engine, keys=keys.epochs, grants=lambda _connection, references: references)
        await log.start()
        details = {"deferredUntil": until.isoformat(), "deferralBasis": {"en": "a law"}, "concerns": "a" * 64}
        await log.append(
            Entry("d-1", "prefill", "municipality", "c", "a", "disclosed", "b" * 64, "P10Y", details),
            write=lambda connection: defer(connection, "d-1", until),
        )
        await log.close()
        engine.dispose()

    asyncio.run(record())


def is_readable(folder: Path) -> bool:
    keys, engine = KeyFolder(folder / "keys"), open_engine(f"sqlite:///{folder / 'hub.sqlite3'}")
    line = History(engine, keys.epochs).entry("e-1")
    engine.dispose()
    return line is not None and line.state == "readable"


def test_an_order_goes_from_its_draft_to_its_receipt_and_a_restored_backup_changes_nothing(
    run: Run, tmp_path: Path
) -> None:
    used(tmp_path)
    shutil.copy(tmp_path / "hub.sqlite3", tmp_path / "backup")
    given = ["--controller", "municipality", *ORDER, "--subject-from", "-"]
    drafted = run("keys", "order", *given, stdin=SOMEBODY)
    assert drafted.returncode == 0, drafted.stderr
    assert SOMEBODY not in drafted.stdout
    later = run("keys", "order", *given, "--shown-later", stdin=SOMEBODY)
    handles = Handles(KeyFolder(tmp_path / "keys").handles)
    for room, draft in (("audit", drafted), ("audit-deferred", later)):
        what = read_draft(draft.stdout.encode())["what"]
        assert what["subject"] == handles.of(room, "ssin", SOMEBODY)
    order = tmp_path / "order.json"
    order.write_text(drafted.stdout)
    told = json.loads(run("keys", "show", str(order)).stdout)
    assert (told["order"], told["controller"], told["what"]["ground"]) == (
        "shred",
        "municipality",
        "no basis",
    )
    assert datetime.fromisoformat(told["until"]) - datetime.fromisoformat(told["from"]) == timedelta(days=14)
    for name in ("legal-1", "legal-2"):
        refused = run("keys", "shred", str(order))
        assert (refused.returncode, "2 different approvers" in refused.stderr) == (2, True)
        signed = run("keys", "approve", str(order), "--as", name, "--key", str(tmp_path / f"{name}.pem"))
        assert signed.returncode == 0, signed.stderr
    assert is_readable(tmp_path)
    done = run("keys", "shred", str(order))
    assert done.returncode == 0, done.stderr
    assert not is_readable(tmp_path)
    receipt = json.loads(done.stdout)["receipt"]
    assert receipt in run("keys", "receipts").stdout
    again = run("keys", "shred", str(order))
    assert (again.returncode, "carried out already" in again.stderr) == (2, True)

    for name in ("hub.sqlite3-wal", "hub.sqlite3-shm"):
        (tmp_path / name).unlink(missing_ok=True)
    shutil.copy(tmp_path / "backup", tmp_path / "hub.sqlite3")
    assert is_readable(tmp_path)
    explained = run("policies", "explain", "e-1")
    assert (explained.returncode, "destroyed" in explained.stderr) == (2, True)
    assert run("subjects", "list", "--subject-from", "-", stdin=SOMEBODY).returncode == 0
    assert not is_readable(tmp_path)


def test_a_line_is_put_off_on_an_order_that_a_command_wrote_and_two_people_signed(
    run: Run, tmp_path: Path
) -> None:
    due = datetime.now(UTC) + timedelta(days=30)
    waits(tmp_path, due)
    day = (due + timedelta(days=60)).date()
    for entry, until, why in (
        ("d-2", day, "no such line waits"),
        ("d-1", due.date() - timedelta(days=9), "anyway"),
    ):
        refused = run("log", "put-off-order", entry, "--until", str(until))
        assert (refused.returncode, why in refused.stderr) == (2, True), refused.stderr
    drafted = run("log", "put-off-order", "d-1", "--until", str(day))
    assert drafted.returncode == 0, drafted.stderr
    order = tmp_path / "order.json"
    order.write_text(drafted.stdout)
    for name in ("legal-1", "legal-2"):
        refused = run("log", "put-off", str(order))
        assert (refused.returncode, "2 different approvers" in refused.stderr) == (2, True)
        signed = run("keys", "approve", str(order), "--as", name, "--key", str(tmp_path / f"{name}.pem"))
        assert signed.returncode == 0, signed.stderr
    done = run("log", "put-off", str(order))
    assert done.returncode == 0, done.stderr
    waiting = json.loads(run("log", "deferred", "--json").stdout)["deferred"]
    assert {one["kind"]: one["dueAt"] for one in waiting} == dict.fromkeys(
        ("prefill", "deferralExtended"), f"{day + timedelta(days=1)}T00:00:00+00:00"
    )


def test_epochs_and_retention_by_command(run: Run, tmp_path: Path) -> None:
    assert run("subjects", "seal", *SEAL, stdin=SOMEBODY).returncode == 0
    rotated = run("keys", "rotate")
    assert rotated.returncode == 0, rotated.stderr
    assert re.search(r"epoch 0002 began; [1-9][0-9]* keys re-wrapped", rotated.stdout)
    assert "epochs destroyed: 0001" in rotated.stdout
    assert not (tmp_path / "keys" / "epoch-0001.key").exists()
    assert run("keys", "retire").stdout == "0 keys past their retention were destroyed\n"
    assert run("keys", "receipts").stdout == ""
    verified = run("log", "verify", "--keys", str(tmp_path / "keys"))
    assert "the log holds (every entry was opened)" in verified.stdout


@pytest.mark.parametrize("content", ["", "{}", '{"payload": "e30", "signatures": []}'])
def test_what_is_no_order_is_not_shown_as_one(run: Run, tmp_path: Path, content: str) -> None:
    (tmp_path / "order.json").write_text(content)
    shown = run("keys", "show", str(tmp_path / "order.json"))
    assert (shown.returncode, shown.stdout, "the order is not good" in shown.stderr) == (2, "", True)


@pytest.mark.parametrize(
    ("content", "said"),
    [("no key", "is not a private key in PEM"), (None, "cannot be read")],
)
def test_a_file_that_is_no_key_signs_nothing(
    run: Run, tmp_path: Path, content: str | None, said: str
) -> None:
    given = ["--controller", "municipality", *ORDER, "--subject-from", "-"]
    (tmp_path / "order.json").write_text(run("keys", "order", *given, stdin=SOMEBODY).stdout)
    if content is not None:
        (tmp_path / "k").write_text(content)
    done = run(
        "keys", "approve", str(tmp_path / "order.json"), "--as", "legal-1", "--key", str(tmp_path / "k")
    )
    assert (done.returncode, said in done.stderr) == (2, True)


def test_an_order_is_about_one_subject_and_repeats_no_number(run: Run) -> None:
    given = ["--controller", "municipality", *ORDER, "--subject-from", "-"]
    unknown = run("keys", "order", "--controller", "nobody", *given[2:], stdin=SOMEBODY)
    assert (unknown.returncode, "has no controller nobody" in unknown.stderr) == (2, True)
    done = run("keys", "order", *given, stdin=f"{SOMEBODY}\n{ANOTHER}\n")
    assert (done.returncode, "about one subject" in done.stderr) == (2, True), done.stderr
    assert SOMEBODY not in done.stderr
