"""The threat model names tests, so that nobody has to believe it."""

import re

from tests.support.machine import ROOT


def test_every_test_that_the_threat_model_names_is_there() -> None:
    named = set(re.findall(r"`(test_[a-z0-9_]+)`", (ROOT / "docs" / "threat-model.md").read_text("utf-8")))
    there = {
        name
        for file in (ROOT / "tests").rglob("test_*.py")
        for name in re.findall(r"^(?:async )?def (test_[a-z0-9_]+)\(", file.read_text("utf-8"), re.MULTILINE)
    }
    assert len(named) > 50
    assert named - there == set()
