"""`onlyonce policies test`: is a policy set well written, does it pass its own tests, and do the tests reach all of it?"""

import argparse
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from hub.cli.common import CannotAsk

COVERAGE: Final = 95
"""Per cent of a set's lines that its tests must reach."""


@dataclass(frozen=True, slots=True)
class _Finding:
    """What one tool said: what was looked at, whether it is as it should be, and what it is told by."""

    about: str
    good: bool
    said: str


def add_test(actions: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `test` to the actions on policies."""
    test = actions.add_parser(
        "test", help="check a folder of policies with OPA and Regal, and run its tests (_test.rego)"
    )
    test.add_argument(
        "--policies",
        type=Path,
        metavar="DIR",
        help="a folder with the tests beside the rules (default: that of the hub)",
    )
    test.set_defaults(run=test_policies)


def test_policies(given: argparse.Namespace) -> int:
    """Tell what each tool says; 1 if anything is not as it should be."""
    from policies import load_policies  # noqa: PLC0415
    from policies.policy_set import BUILT_IN  # noqa: PLC0415

    folder: Path = given.policies or BUILT_IN
    if not folder.is_dir():
        raise CannotAsk(f"{folder}: there is no such folder")
    opa = find_tool("opa")
    if opa is None:
        raise CannotAsk(
            "OPA is not on this machine (looked for $OPA, .tools/opa and opa on the PATH); `make setup` gets it"
        )
    load_policies(folder)
    good = True
    for finding in _findings(opa, folder):
        good = good and finding.good
        print(f"{finding.about}: {finding.said}")
    return 0 if good else 1


def find_tool(name: str) -> Path | None:
    """A tool that the environment names (`OPA`, `REGAL`), that `make setup` made, or that is on the PATH."""
    for candidate in (os.environ.get(name.upper()), f".tools/{name}", shutil.which(name)):
        if candidate and os.access(candidate, os.X_OK) and Path(candidate).is_file():
            return Path(candidate).absolute()
    return None


def _findings(opa: Path, folder: Path) -> Iterator[_Finding]:
    import policies  # noqa: PLC0415

    capabilities = str(Path(policies.__file__).with_name("capabilities.json"))
    place = str(folder)
    yield _ran("format", opa, "fmt", "--fail", "--list", place)
    yield _ran("strict check", opa, "check", "--strict", place)
    yield _ran(
        "capabilities", opa, "check", "--strict", "--capabilities", capabilities, "--ignore", "*_test.rego", place
    )  # fmt: skip
    yield _ran("tests", opa, "test", place)
    yield _coverage(opa, place)
    regal = find_tool("regal")
    if regal is None:
        yield _Finding("regal", True, "is not on this machine: left out")
    else:
        yield _ran("regal", regal, "lint", place)


def _ran(about: str, *command: str | Path) -> _Finding:
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - no shell, the tool that was found
    said = (done.stdout + done.stderr).strip()
    if done.returncode == 0:
        return _Finding(about, True, said.rsplit("\n", 1)[-1] or "good")
    return _Finding(about, False, f"not as it should be\n{said}")


def _coverage(opa: Path, place: str) -> _Finding:
    command = (opa, "test", "--coverage", "--format", "json", place)
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - as above
    try:
        report = json.loads(done.stdout)
        reached = float(report["coverage"])
    except (ValueError, KeyError, TypeError):
        return _Finding("coverage", False, "cannot be told, for the tests do not run")
    missed = [
        f"\n{file}:{part['start']['row']}: no test gets here"
        for file, found in sorted(report["files"].items())
        for part in found.get("not_covered", ())
    ]
    good = reached >= COVERAGE
    told = "" if good else "".join(missed)
    return _Finding("coverage", good, f"{reached:.1f} % of the lines, at least {COVERAGE} %{told}")
