"""What the tests of commands about recorded decisions share."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from audit import History
from hub.cli import main
from hub.keys import KeyFolder
from policies import PolicySet, load_policies
from tests.support.decisions import Log

SOMEBODY, ANOTHER = f"{1:064x}", f"{2:064x}"
FAX = {"channel": "fax"}


def written(policies: PolicySet, folder: Path) -> Path:
    for name, text in policies.modules.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8")
    return folder


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Log]:
    made = Log(tmp_path, f"sqlite:///{tmp_path / 'hub.sqlite3'}", load_policies())
    yield made
    made.engine.dispose()


@dataclass(frozen=True)
class Done:
    returncode: int
    stdout: str
    stderr: str


Run = Callable[..., Done]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], log: Log) -> Run:
    """The command over the log, in this process: starting one takes longer than all that it does."""
    for name, value in log.settings.items():
        monkeypatch.setenv(f"ONLYONCE_{name}", str(value))

    def run(*arguments: str | Path) -> Done:
        capsys.readouterr()
        try:
            code = main([str(one) for one in arguments])
        except SystemExit as error:  # how argparse refuses
            code = int(str(error.code))
        said = capsys.readouterr()
        return Done(code, said.out, said.err)

    return run


def readings(log: Log, kind: str) -> list[Any]:
    """Every entry of a kind, oldest first."""
    history = History(log.engine, KeyFolder(log.keys).epochs)
    until = datetime.now(UTC) + timedelta(days=365 * 20)
    extent = history.extent({kind}, since=datetime(1970, 1, 1, tzinfo=UTC), until=until)
    return [line for batch in history.read(extent) for line in batch]
