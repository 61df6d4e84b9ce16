"""What documents and docstrings name is there, and what is there is documented."""

import argparse
import re
from collections.abc import Iterator
from pathlib import Path
from pkgutil import resolve_name

import pytest

from hub.cli import parser
from tests.support.machine import ROOT

ROOMS = ("hub", "audit", "connectors", "policies", "consent", "tests", "benchmarks", "tools", "deploy")
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


def texts() -> Iterator[tuple[Path, str]]:
    code = [
        file for room in ROOMS for kind in ("*.py", "*.rego", "*.sh") for file in (ROOT / room).rglob(kind)
    ]
    for file in [*DOCUMENTS, *code]:
        yield file, file.read_text("utf-8")


def commands(of: argparse.ArgumentParser, name: str) -> Iterator[str]:
    """Every command that can be given, as an operator types it."""
    groups = [one for one in of._actions if isinstance(one, argparse._SubParsersAction)]
    if not groups:
        yield name
    for group in groups:
        for word, below in group.choices.items():
            yield from commands(below, f"{name} {word}")


def anchors(document: Path) -> set[str]:
    """The headings of a document, as a link names them."""
    headings = re.findall(r"^#+ (.+)$", document.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", one).strip().lower().replace(" ", "-") for one in headings}


def test_every_decision_that_is_named_was_written_down() -> None:
    there = {file.name for file in (ROOT / "docs" / "decisions").iterdir()}
    named = {
        (str(file.relative_to(ROOT)), name)
        for file, text in texts()
        for name in re.findall(r"decisions/(\d{4}[a-z0-9-]*)", text)
    }
    assert len(named) > 10
    assert [one for one in named if not any(name.startswith(one[1]) for name in there)] == []


def test_every_file_that_is_named_is_there() -> None:
    path = re.compile(rf"(?<![\w/.-])((?:{'|'.join(ROOMS)}|docs)/[\w/.-]*\w\.(?:py|rego|sh|yaml|html|md))\b")
    named = {(file, name) for file, text in texts() for name in path.findall(text)}
    assert len(named) > 50
    assert [
        one for one in named if not any((place / one[1]).exists() for place in (ROOT, one[0].parent))
    ] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda one: str(one.relative_to(ROOT)))
def test_every_link_to_another_document_leads_somewhere(document: Path) -> None:
    for target in re.findall(r"\]\((?!https?:)([^)\s]+)\)", document.read_text("utf-8")):
        path, _, anchor = target.partition("#")
        file = (document.parent / path).resolve() if path else document
        assert file.exists(), target
        assert not anchor or anchor in anchors(file), target


def test_every_word_of_the_glossary_is_in_the_code_where_it_says() -> None:
    rows = (ROOT / "docs" / "glossary.md").read_text("utf-8").splitlines()
    places = [row.rsplit("|", 2)[1] for row in rows if row.startswith("| ") and row.count("|") == 4]
    named = [name for place in places for name in re.findall(r"`((?:[a-z]+\.)+[A-Za-z_]+)`", place)]
    assert len(named) > 40
    for name in named:
        assert resolve_name(name) is not None, name


def test_an_operator_finds_every_command_on_one_page() -> None:
    page = (ROOT / "docs" / "operate.md").read_text("utf-8").partition("## Every command")[2]
    listed = re.findall(r"^\| `(onlyonce [a-z -]+[a-z])", page, re.MULTILINE)
    assert sorted(listed) == sorted(commands(parser(), "onlyonce"))


def test_what_takes_longer_in_a_soak_is_run_by_it() -> None:
    long = [
        file
        for file in (ROOT / "tests").rglob("test_*.py")
        if "ONLYONCE" + "_SOAK" in file.read_text("utf-8")
    ]
    assert len(long) > 10
    assert [file.name for file in long if "mark.soak" not in file.read_text("utf-8")] == []
