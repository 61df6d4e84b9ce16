"""A declaration is checked whole: every problem at once, each at its path."""

from pathlib import Path
from typing import Any

import pytest

from connectors import DeclarationInvalid, Problem, read_declaration
from tests.connectors.conftest import CONTRACTS, REST, SOAP, changed, rest_declaration, soap_declaration


def problems(mapping: dict[str, Any], folder: Path = CONTRACTS, **changes: Any) -> dict[str, str]:
    """Dotted path → message."""
    with pytest.raises(DeclarationInvalid) as caught:
        read_declaration("source", changed(mapping, changes), folder=folder)
    assert caught.value.problems
    return {".".join(map(str, p.path)): p.message for p in caught.value.problems}


def test_a_sound_declaration_is_read() -> None:
    found = soap_declaration()
    assert found.protocol == "soap"
    assert found.attributes.keys() == {"person.givenNames", "person.birthDate", "person.income"}
    assert found.schemes == {"ssin"}
    assert found.contract == CONTRACTS / "persons.wsdl"
    assert found.limits.deadline == 2.0
    assert rest_declaration().protocol == "rest"


def test_all_problems_are_named_at_once_with_their_paths() -> None:
    found = problems(
        SOAP,
        operation=None,
        colour="blue",
        reply__answer="//[",
        reply__errors__meanings={"E1": "gone"},
        attributes__extra={"path": "p:Name", "type": "texts", "form": "x"},
        limits__deadlineMs=1,
        request={"Number": "{subject}", "Case": "{nothing}"},
    )
    assert found.keys() == {
        "",
        "colour",
        "reply.answer",
        "reply.errors.meanings.E1",
        "attributes.extra.type",
        "attributes.extra.form",
        "limits.deadlineMs",
        "request.Case",
    }
    assert "`operation` is missing" in found[""]
    assert "known here: " in found["colour"]


def test_a_problem_reads_as_path_and_message() -> None:
    assert str(Problem(("reply", "answer"), "not an XPath")) == "reply.answer: not an XPath"
    assert str(Problem((), "empty")) == "(top): empty"


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("//[", "XPath"),
        ("q:Name", "prefix q"),
        ("p:Name/child::q:Other", "prefix q"),
        ("matches(p:Name, 'x')", "matches"),
        ("re:test(p:Name, 'x')", "re"),
        ("$who/p:Name", "variables"),
        ("p:Name[", "XPath"),
        ("", "text"),
    ],
)
def test_a_bad_xpath_is_found_when_the_declaration_is_read(path: str, says: str) -> None:
    found = problems(SOAP, attributes__bad={"path": path})
    assert says in found["attributes.bad.path"]


def test_a_prefix_inside_a_literal_and_an_axis_are_no_prefixes() -> None:
    paths = ["p:Name[.='q:x']", "ancestor::p:Person", "p:Name[contains(., 'f(') and not(self::p:Born)]"]
    for path in paths:
        assert "good" in soap_declaration(attributes__good={"path": path}).attributes


@pytest.mark.parametrize("path", ["a.", "a[", "nosuch(a)", "a | nosuch(@)", "length(nosuch(a))"])
def test_a_bad_jmespath_is_found_when_the_declaration_is_read(path: str) -> None:
    assert "attributes.bad.path" in problems(REST, attributes__bad={"path": path})


@pytest.mark.parametrize(
    "request_",
    [
        {"method": "GET", "path": "/people/{subject}"},
        {"method": "GET", "path": "/people", "query": {"n": "x{subject}"}},
        {
            "method": "POST",
            "path": "/people",
            "headers": {"X-Number": "{subject}"},
            "body": {"n": "{subject}"},
        },
    ],
)
def test_a_national_number_may_not_stand_in_a_url_or_header(request_: dict[str, Any]) -> None:
    found = problems(REST, subject=["enterpriseNumber", "ssin"], request=request_)
    assert any("national number" in message for message in found.values())


def test_a_national_number_may_stand_in_a_body() -> None:
    body = {"method": "POST", "path": "/people", "body": {"who": [{"number": "{subject}"}]}}
    assert rest_declaration(subject=["ssin"], request=body).schemes == {"ssin"}


@pytest.mark.parametrize(
    ("changes", "at"),
    [
        ({"contract": "../conftest.py"}, "contract"),
        ({"contract": "/etc/passwd"}, "contract"),
        ({"contract": "http://example.org/x.wsdl"}, "contract"),
        ({"address": "ftp://example.org/"}, "address"),
        ({"address": "http://user:word@example.org/"}, "address"),
        ({"address": "http://example.org:99999/"}, "address"),
        ({"address": "http://example.org/?n=1"}, "address"),
        ({"protocol": "graphql"}, "protocol"),
        ({"subject": []}, "subject"),
        ({"subject": "ssin"}, "subject"),
        ({"timeZone": "Mars/Olympus"}, "timeZone"),
        ({"parameters": {"uuid": "x"}}, "parameters.uuid"),
        ({"request": {"Number": "{subject"}}, "request.Number"),
        ({"request": {"Number": "1"}}, "request"),
        ({"request": ["{subject}"]}, "request"),
        ({"attributes": {}}, "attributes"),
        ({"attributes__x": None, "attributes__person.income": "p:Income"}, "attributes.person.income"),
        ({"attributes__x": {"type": "object", "path": "p:Person"}}, "attributes.x"),
        ({"attributes__x": {"type": "text"}}, "attributes.x"),
        ({"attributes__x": {"path": "p:Name", "join": " ", "many": True}}, "attributes.x.join"),
        ({"attributes__x": {"path": "p:Name", "type": "date", "format": "american"}}, "attributes.x.format"),
        ({"attributes__x": {"path": "p:Name", "type": "amount", "decimals": -1}}, "attributes.x.decimals"),
        (
            {"attributes__x": {"path": "p:Name", "type": "code", "mapping": {1: "one"}}},
            "attributes.x.mapping.1",
        ),
        ({"attributes__x": {"path": "p:Name", "many": "yes"}}, "attributes.x.many"),
        ({"reply__errors__code": None}, "reply.errors"),
        ({"reply__errors__status": {"abc": "busy"}}, "reply.errors.status.abc"),
        ({"reply__errors__status": {200: "busy"}}, "reply.errors.status.200"),
        ({"limits": "many"}, "limits"),
        ({"limits__connections": True}, "limits.connections"),
        ({"validateReply": "yes"}, "validateReply"),
    ],
)
def test_what_a_declaration_may_not_hold_is_named_at_its_path(changes: dict[str, Any], at: str) -> None:
    assert at in problems(SOAP, **changes)


@pytest.mark.parametrize(
    ("changes", "at"),
    [
        ({"address": None}, ""),
        ({"request__path": "enterprises/{subject}"}, "request.path"),
        ({"request__path": "/a/../{subject}"}, "request.path"),
        ({"request__path": "/a?n={subject}"}, "request.path"),
        ({"request__method": "DELETE"}, "request.method"),
        ({"request__body": {"n": "x"}}, "request.body"),
        ({"request__path": "/all"}, "request"),
        ({"request__path": "/{subject}/{secret:token}"}, "request.path"),
        ({"request__headers": {"Host": "x"}}, "request.headers.Host"),
        ({"request__headers": {"a b": "x"}}, "request.headers.a b"),
        ({"request__form": "x"}, "request.form"),
        ({"operation": "GetPerson"}, "operation"),
        ({"validateReply": True}, "validateReply"),
    ],
)
def test_what_a_rest_declaration_may_not_hold_is_named_at_its_path(changes: dict[str, Any], at: str) -> None:
    assert at in problems(REST, **changes)


def test_objects_may_be_nested_but_not_without_end() -> None:
    rule: dict[str, Any] = {"path": "p:Name"}
    for _ in range(8):
        rule = {"type": "object", "fields": {"a": rule}}
    assert any("too deep" in message for message in problems(SOAP, attributes__deep=rule).values())


def test_a_link_out_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "persons.wsdl").symlink_to(CONTRACTS / "persons.wsdl")
    assert "contract" in problems(SOAP, folder=tmp_path)


def test_what_is_no_mapping_at_all_is_one_problem() -> None:
    with pytest.raises(DeclarationInvalid):
        read_declaration("source", [], folder=CONTRACTS)  # type: ignore[arg-type]
