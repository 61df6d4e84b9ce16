"""docs/catalogue.md names every key that a record may have."""

import re

from hub.catalogue import activities, clients, reading
from hub.catalogue.documents import Mapped
from hub.catalogue.records import Findings, Record
from tests.support.machine import ROOT

READERS = {
    "controllers": reading.read_controller,
    "attributes": reading.read_attribute,
    "activities": activities.read_activity,
    "forms": lambda record, key: reading.read_form(record, key, ""),
    "clients": clients.read_client,
}


def test_the_reference_lists_exactly_the_keys_that_are_read() -> None:
    text = (ROOT / "docs" / "catalogue.md").read_text("utf-8")
    for section, read in READERS.items():
        part = text.split(f"## {section}\n")[1].split("\n## ")[0]
        documented = {
            key
            for row in re.findall(r"^\| (`.*?) \|", part, re.MULTILINE)
            for key in re.findall(r"`(\w+)`", row)
        }
        for key in documented:
            assert not _is_unknown(read, key), key
        assert _is_unknown(read, "other")
        assert documented == {key for key in _every_word(text) if not _is_unknown(read, key)}


def _every_word(text: str) -> set[str]:
    folder = ROOT / "hub" / "catalogue"
    source = "".join(
        (folder / file).read_text("utf-8") for file in ("reading.py", "activities.py", "clients.py")
    )
    return set(re.findall(r"\w+", text)) | set(re.findall(r'"(\w+)"', source))


def _is_unknown(read: object, key: str) -> bool:
    node = Mapped()
    node[key] = None
    node.lines[key] = 1
    findings = Findings()
    assert callable(read)
    read(Record(findings, "f", 1, "record", node), "id")
    return any(f"unknown key '{key}'" in offender.message for offender in findings.offenders)
