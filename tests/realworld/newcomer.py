"""Someone who connects a source by commands alone."""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from hub.cli import main
from tests.support.skeletons import filled

PARTS = ("magda", "ksz", "contracts")


@dataclass
class Newcomer:
    """Someone with a catalogue's folder who runs commands."""

    folder: Path
    capsys: pytest.CaptureFixture[str]

    def run(self, *arguments: str, code: int = 0) -> str:
        self.capsys.readouterr()
        given = main(["sources", *arguments] if arguments[0] != "check" else list(arguments))
        shown = self.capsys.readouterr()
        assert given == code, shown.out + shown.err
        return shown.out + shown.err

    def connect(self, contract: str, operation: str, **blanks: str) -> str:
        """Inspect, new, fill in, check; gives what `new` wrote."""
        path = str(self.folder / "contracts" / contract)
        assert operation in self.run("inspect", path, operation)
        catalogue = ("--catalogue", str(self.folder))
        file = self.folder / "it.yaml"
        file.unlink(missing_ok=True)
        self.run("new", path, operation, "--id", "it", *catalogue, "--output", str(file))
        text = file.read_text("utf-8")
        refused = self.run("check", str(self.folder), code=1)
        blank_lines = [
            n for n, line in enumerate(text.splitlines(), 1) if "FILL-IN" in line.partition("  # ")[0]
        ]
        blank_lines = [n for n in blank_lines if not text.splitlines()[n - 1].lstrip().startswith("#")]
        named = [
            int(n) for n in re.findall(r"^it\.yaml:(\d+): .* is still to be filled in", refused, re.MULTILINE)
        ]
        assert named == blank_lines
        file.write_text(filled(text, **blanks), "utf-8")
        assert "The catalogue is sound: 1 controllers, 1 sources" in self.run("check", str(self.folder))
        return text

    def ask(self, number: str, *more: str, code: int = 0) -> dict[str, Any]:
        (self.folder / "subject.txt").write_text(number + "\n")
        told = self.run(
            "try", "it", "--catalogue", str(self.folder), "--subject-from", str(self.folder / "subject.txt"), "--json", *more, code=code
        )  # fmt: skip
        found: dict[str, Any] = json.loads(told)
        return found
