"""Registers of representation in the catalogue: what they may say, and what is wrong with others."""

from pathlib import Path

import pytest

from hub.catalogue import load
from tests.hub.catalogue.small import FOUR, SOUND, changed, offenders, write

ATTRIBUTES = f"""\
  person.parents: {{name: {FOUR}, category: household, subject: person, type: text, many: true}}
  person.mandates:
    name: {FOUR}
    category: household
    subject: person
    type: object
    many: true
    fields: {{holder: text, type: code, validFrom: date, validUntil: date}}
"""
SERVED = """\
      person.parents: {path: parents, type: text, many: true}
      person.mandates:
        type: object
        many: true
        path: mandates
        fields:
          holder: {path: holder, type: text}
          type: {path: type, type: code}
          validFrom: {path: from, type: date}
          validUntil: {path: until, type: date}
"""
REGISTERS = f"""\
representation:
  parents:
    name: {FOUR}
    basis: parent
    attribute: person.parents
  mandates:
    name: {FOUR}
    basis: mandate
    attribute: person.mandates
    types: {{SVC-1: [decision], SVC-2: [decision, discount]}}
"""
DECLARED = (
    changed(
        "activities:\n",
        f"{ATTRIBUTES}activities:\n",
        changed("      person.convictions: {path", f"{SERVED}      person.convictions: {{path"),
    )
    + REGISTERS
)


def test_a_register_of_parents_and_one_of_mandates_are_read(tmp_path: Path) -> None:
    registers = load(write(tmp_path, DECLARED)).representation
    assert (registers["parents"].basis, registers["parents"].attribute) == ("parent", "person.parents")
    assert registers["mandates"].types == {
        "SVC-1": frozenset({"decision"}), "SVC-2": frozenset({"decision", "discount"}),
    }  # fmt: skip
    assert load(write(tmp_path / "none", SOUND)).representation == {}


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("attribute: person.parents", "attribute: person.parent", "unknown attribute 'person.parent'; did you mean"),
        ("attribute: person.parents", "attribute: person.familyName", "must be a list of texts about a person"),
        ("attribute: person.mandates", "attribute: person.parents", "must be a list of objects with holder (text)"),
        ("basis: parent", "basis: guardian", "unknown value of 'basis' 'guardian'"),
        ("SVC-1: [decision]", "SVC-1: [decison]", "unknown activity 'decison'; did you mean 'decision'?"),
        ("attribute: person.parents", "attribute: person.parents\n    types: {A: [decision]}", "only for a register of mandates"),
        ("    types: {SVC-1", "    kinds: {SVC-1", "'types' is missing"),
        ("[person.familyName, person.health, ", "[person.parents, person.familyName, person.health, ", "is for the hub alone"),
        ("fields: {holder: text, type: code,", "fields: {giver: text, type: code,", "must be a list of objects"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_register_is_named(tmp_path: Path, old: str, new: str, message: str) -> None:
    said = "\n".join(str(one) for one in offenders(tmp_path, changed(old, new, DECLARED)))
    assert message in said
