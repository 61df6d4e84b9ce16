"""The declarations of `docs/ecosystems.md`."""

import re
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from connectors import SourceDeclaration, read_declaration
from tests.connectors.conftest import changed
from tests.support.machine import ROOT

QUESTION = {
    "purpose": "study-grant", "legalBasis": "6(1)(e)", "client": "forms", "controller": "grants",
    "controllerNumber": "0316380841", "form": "grant", "channel": "web", "role": "agent", "caseId": "case-7",
    "actor": "0123456789abcdef0123456789abcdef",
}  # fmt: skip
"""What the hub tells of a question."""


@cache
def declared() -> dict[str, dict[str, Any]]:
    """Each example by its source's id."""
    found: dict[str, dict[str, Any]] = {}
    for block in re.findall(
        r"```yaml\n(.*?)```", (ROOT / "docs" / "ecosystems.md").read_text("utf8"), re.DOTALL
    ):
        found |= yaml.safe_load(block)["sources"]
    return found


def declaration(name: str, folder: Path, **changes: Any) -> SourceDeclaration:
    """One of them, with some keys changed."""
    return read_declaration(name, changed(declared()[name], changes), folder=folder)
