"""What an attribute is declared to be, and what its source reads, must agree; code lists are part of the catalogue."""

from pathlib import Path

import pytest

from hub.catalogue import load
from hub.catalogue.check import check
from tests.hub.catalogue.small import changed, line_of, write

NAME = "person.familyName: {path: name}"
RULE = """\
person.familyName:
        path: address
        type: object
        fields:
          street: {path: street}
          boxes: {path: boxes, many: true}
          since: {path: since, type: date}"""
KIND = "category: identity, subject: person, type: text}"
FIELDS = "{street: text, boxes: {type: text, many: true}, since: date, country: code}"


def told(folder: Path, text: str) -> list[tuple[int, str]]:
    """What `check` says: each line of the file, and the fault there."""
    return [(offender.line, offender.message) for offender in check(write(folder, text)).offenders]


def of_objects(rule: str = RULE, fields: str = FIELDS) -> str:
    """The small catalogue, whose family name is an object for once."""
    kind = KIND.replace("text}", f"object, fields: {fields}}}")
    return changed(KIND, kind, changed(NAME, rule))


def test_a_list_is_declared_as_one(tmp_path: Path) -> None:
    text = changed(KIND, KIND.replace("}", ", many: true}"))
    ((line, message),) = told(tmp_path, text)
    assert line == line_of(NAME, text)
    declared = line_of("  person.familyName: {name", text)
    assert message.endswith(f"is one value here, and declared as a list (all.yaml:{declared})")
    assert told(tmp_path, changed(NAME, NAME.replace("}", ", many: true}"), text)) == []
    one = changed(
        KIND, KIND.replace("}", ", many: false}"), changed(NAME, NAME.replace("}", ", many: true}"))
    )
    ((_, message),) = told(tmp_path, one)
    assert "is a list here, and declared as one value" in message


def test_what_is_not_said_is_left_to_the_source(tmp_path: Path) -> None:
    assert told(tmp_path, changed(NAME, NAME.replace("}", ", many: true}"))) == []
    assert told(tmp_path, changed(KIND, KIND.replace("text}", "object}"), changed(NAME, RULE))) == []


def test_an_object_gives_the_fields_that_are_declared(tmp_path: Path) -> None:
    assert told(tmp_path, of_objects()) == []
    attribute = load(tmp_path).attributes["person.familyName"]
    assert attribute.shape.fields is not None
    assert attribute.shape.fields["boxes"].many is True
    assert attribute.shape.fields["since"].type == "date"


@pytest.mark.parametrize(
    ("old", "new", "at", "says"),
    [
        ("street: {path", "strete: {path", "strete:", "'person.familyName' is declared without a field 'strete'"),
        ("since, type: date", "since", "since: {path", "'person.familyName.since' is read as text here, and declared as date"),
        ("boxes, many: true", "boxes", "boxes: {path", "'person.familyName.boxes' is one value here, and declared as a list"),
    ],
)  # fmt: skip
def test_a_field_that_differs_is_named_where_the_source_reads_it(
    tmp_path: Path, old: str, new: str, at: str, says: str
) -> None:
    text = of_objects(RULE.replace(old, new))
    ((line, message),) = told(tmp_path, text)
    assert line == line_of(at, text)
    assert says in message


@pytest.mark.parametrize(
    ("kind", "says"),
    [
        ("text, fields: {a: text}", "only an object has fields"),
        ("object, fields: {}", "there is no field"),
        ("object, fields: {a: txt}", "did you mean 'text'?"),
        ("object, fields: {a: {type: text, colour: blue}}", "unknown key 'colour'"),
        ("object, fields: {a: 3}", "'a' must be a mapping"),
        ("object, fields: {a: {type: object, fields: {b: {type: object, fields: {c: {type: object, fields: {d: {type: object, fields: {e: {type: object, fields: {f: text}}}}}}}}}}}", "nested too deep"),
        ("text, many: 3", "'many' must be true or false"),
    ],
)  # fmt: skip
def test_a_shape_that_is_none_is_refused(tmp_path: Path, kind: str, says: str) -> None:
    found = told(tmp_path, changed(KIND, KIND.replace("text}", f"{kind}}}")))
    assert any(says in message for _, message in found), found


def test_a_code_list_is_part_of_the_catalogue_and_of_its_revision(tmp_path: Path) -> None:
    rule = "person.familyName: {path: name, type: code, codeList: {file: codelists/names.yaml}}"
    text = changed(KIND, KIND.replace("text}", "code}"), changed(NAME, rule))
    write(tmp_path, b"1: one\n", "codelists/names.yaml")
    write(tmp_path, b"a,b\n1,2\n", "lists/other.csv")
    assert told(tmp_path, text) == []
    revisions = {load(tmp_path).revision}
    write(tmp_path, b"1: two\n", "codelists/names.yaml")
    revisions.add(load(tmp_path).revision)
    write(tmp_path, b"a,b\n1,3\n", "lists/other.csv")
    revisions.add(load(tmp_path).revision)
    assert len(revisions) == 3


def test_a_code_list_that_is_wrong_is_named_with_its_own_line(tmp_path: Path) -> None:
    rule = "person.familyName: {path: name, type: code, codeList: {file: codelists/names.yaml}}"
    text = changed(KIND, KIND.replace("text}", "code}"), changed(NAME, rule))
    write(tmp_path, b"1: one\n1: two\n", "codelists/names.yaml")
    ((line, message),) = told(tmp_path, text)
    assert line == line_of(rule, text)
    assert "codelists/names.yaml:2 has the code 1 again" in message


def test_every_type_of_a_source_can_be_declared(tmp_path: Path) -> None:
    for kind, extra in (
        ("year", ""),
        ("number", ""),
        ("period", ", start: a"),
        ("multilingual", ", language: l"),
    ):
        rule = NAME.replace("}", f", type: {kind}{extra}}}")
        assert told(tmp_path, changed(KIND, KIND.replace("text}", f"{kind}}}"), changed(NAME, rule))) == []
