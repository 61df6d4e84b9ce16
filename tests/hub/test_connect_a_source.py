"""docs/connect-a-source.md is followed to the letter, in an empty folder."""

import os
import re
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from hub.settings import PREFIX
from tests.support.machine import ROOT, free_port

PAGE = (ROOT / "docs" / "connect-a-source.md").read_text("utf-8")
BLOCKS = re.findall(r"^```sh( \w+)?\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
PORT = "8780"


@pytest.fixture
def environment(tmp_path: Path) -> Iterator[dict[str, str]]:
    """An empty folder's environment in which `onlyonce` is this one; what was left in the background is stopped."""
    programs = tmp_path / "bin"
    programs.mkdir()
    command = programs / "onlyonce"
    command.write_text(f'#!/bin/sh\necho $$ >> "{tmp_path}/pids"\nexec "{sys.executable}" -m hub.cli "$@"\n')
    command.chmod(0o755)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    yield kept | {"PATH": f"{programs}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT)}
    if (tmp_path / "pids").exists():
        subprocess.run(["kill", (tmp_path / "pids").read_text().split()[0]], check=False)


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=1) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def run(block: str, folder: Path, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["sh", "-e", "-c", block], cwd=folder, env=environment, capture_output=True, text=True, timeout=60, check=False
    )  # fmt: skip


def start(block: str, folder: Path, environment: dict[str, str], port: str) -> None:
    subprocess.run(["sh", "-c", block], cwd=folder, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)  # fmt: skip
    deadline = time.monotonic() + 30
    while not answers(f"http://127.0.0.1:{port}/health"):
        assert time.monotonic() < deadline, "the practice registers do not answer"
        time.sleep(0.05)


def test_every_command_of_the_page_does_what_the_page_says(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    port = (
        PORT if not answers(f"http://127.0.0.1:{PORT}/health") else str(free_port())
    )  # taken by another run
    folder = tmp_path / "new"
    folder.mkdir()
    outputs: list[str] = []
    for kind, written in BLOCKS:
        block = written.replace(PORT, port)
        if kind == " background":
            start(block, folder, environment, port)
            continue
        done = run(block, folder, environment)
        assert done.returncode == (1 if kind == " fails" else 0), (block, done.stdout, done.stderr)
        outputs.append(done.stdout + done.stderr)
    assert len(outputs) >= 12
    whole = "\n".join(outputs)
    for seen in (
        "catalogue/contracts/vat/checkVatService.wsdl  from http://127.0.0.1:8780/vat/checkVatService.wsdl",
        "checkVat  SOAP 1.1 document",
        ": sources.vat.request.countryCode is still to be filled in (FILL-IN)",
        "The catalogue is sound: 1 controllers, 1 sources",
        'organisation.legalName = "Xxxxxxxxxxx xx Xxxxxxx"',
        'organisation.legalName = "Boulangerie du Clocher"',
        "ERROR  sourceRefused: it answered with its error code INVALID_INPUT",
        "The catalogue is sound: 1 controllers, 2 sources",
        'organisation.startDate = "1998-10-15"',
        "ERROR  subjectUnknown",
        "the live contract is the stored one",
    ):
        assert seen.replace(PORT, port) in whole, (seen, whole)


def test_the_page_shows_every_action_on_sources() -> None:
    for action in ("practice", "vendor", "inspect", "new", "try", "verify"):
        assert f"onlyonce sources {action} " in PAGE


def test_the_page_is_read_by_who_connects_a_source() -> None:
    assert "connect-a-source.md" in (ROOT / "README.md").read_text("utf-8")
    assert "connect-a-source.md" in (ROOT / "docs" / "connectors.md").read_text("utf-8")
