"""Every simple type of XML Schema takes a fixed value and, where one can fit, a variable; what does not fit is told at its place."""

import html
from datetime import UTC, date, datetime, time
from typing import Any

import pytest
from lxml import etree

from connectors import check_against_contract
from connectors.contract import read_contract
from connectors.template import as_xml
from tests.connectors.conftest import soap_declaration

VALUES: dict[str, list[tuple[object, str]]] = {
    "string": [("a<b & 'c'", "a&lt;b &amp; 'c'"), (12, "12"), ("", "")],
    "token": [("a", "a")],
    "boolean": [(True, "true"), (False, "false"), ("0", "0")],
    "decimal": [(1.5, "1.5"), ("1.50", "1.50"), (2, "2"), (1e-7, "0.0000001")],
    "integer": [(12, "12"), ("-12", "-12")],
    "int": [(12, "12")],
    "long": [(12, "12")],
    "positiveInteger": [(1, "1")],
    "double": [(1.5, "1.5"), ("INF", "INF")],
    "date": [("2026-01-31", "2026-01-31"), (date(2026, 1, 31), "2026-01-31")],
    "dateTime": [
        ("2026-01-31T01:02:03Z", "2026-01-31T01:02:03Z"),
        (datetime(2026, 1, 31, 1, 2, 3, tzinfo=UTC), "2026-01-31T01:02:03+00:00"),
    ],
    "time": [("01:02:03", "01:02:03"), (time(1, 2, 3), "01:02:03")],
    "gYear": [("2026", "2026"), (2026, "2026")],
    "gYearMonth": [("2026-01", "2026-01")],
    "duration": [("P1Y2M", "P1Y2M")],
    "base64Binary": [("b25jZQ==", "b25jZQ==")],
    "hexBinary": [("00FF", "00FF")],
    "anyURI": [("urn:x", "urn:x")],
    "id": [("a1", "a1")],
    "language": [("nl-BE", "nl-BE")],
    "purpose": [("GRANT", "GRANT")],
    "words": [("a b", "a b"), (["a", "b"], "a b")],
    "numbers": [([1, 2], "1 2")],
    "yearOrDate": [("2026", "2026"), ("2026-01-31", "2026-01-31")],
    "anything": [("x", "x")],
    "anySimple": [(3, "3")],
}


def kinds(**request: object) -> dict[str, Any]:
    return {
        "contract": "kinds.wsdl",
        "operation": "Send",
        "request": {"Number": "{subject}"} | request,
        "reply": {"answer": "."},
        "attributes": {"sent": {"path": "."}},
    }


def found(request: dict[str, object], **more: object) -> dict[str, str]:
    declaration = soap_declaration(**kinds(**request) | more)
    return {".".join(map(str, p.path)): p.message for p in check_against_contract(declaration)}


def sent(**request: object) -> str:
    template = read_contract(soap_declaration(**kinds(**request))).template
    return template.fill({name: f"[{name}]" for name in template.variables}, as_xml).decode()


@pytest.mark.parametrize(("name", "value", "text"), [(n, v, t) for n, vs in VALUES.items() for v, t in vs])
def test_a_fixed_value_of_any_type_is_written_as_the_type_has_it(name: str, value: object, text: str) -> None:
    root = etree.fromstring(sent(**{name: value}).encode())
    written = root.find(f".//{{urn:test:kinds}}{name}")
    assert written is not None
    assert (written.text or "") == html.unescape(text)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("boolean", "maybe"),
        ("int", "twelve"),
        ("int", 1 << 40),
        ("positiveInteger", 0),
        ("date", "31/12/2026"),
        ("date", "2026-02-30"),
        ("dateTime", "2026-01-31"),
        ("gYear", "26"),
        ("duration", "a year"),
        ("hexBinary", "0"),
        ("id", "1a"),
        ("purpose", "NONSENSE"),
        ("numbers", ["a"]),
        ("yearOrDate", "soon"),
        ("Number", "12"),
        ("string", {"deep": "x"}),
        ("string", [["x"]]),
    ],
)
def test_a_fixed_value_that_is_not_of_its_type_is_named_at_its_place(name: str, value: object) -> None:
    problems = found({name: value, "token": "{subject}"})
    assert [path for path in problems if path.startswith(f"request.{name}")] == list(problems)
    assert problems


@pytest.mark.parametrize("name", VALUES)
def test_a_parameter_may_stand_in_any_type(name: str) -> None:
    parameters: dict[str, object] = {"given": None}
    assert found({name: "{given}"}, parameters=parameters) == {}


@pytest.mark.parametrize(
    ("name", "variable"),
    [
        ("string", "now"),
        ("dateTime", "now"),
        ("date", "today"),
        ("time", "time"),
        ("gYear", "thisYear"),
        ("gYear", "lastYear"),
        ("int", "thisYear"),
        ("yearOrDate", "today"),
        ("token", "purpose"),
        ("purpose", "purpose"),
        ("decimal", "caseId"),
    ],
)
def test_a_built_in_variable_stands_where_its_form_fits(name: str, variable: str) -> None:
    assert found({name: f"{{{variable}}}"}) == {}
    assert f"<ns0:{name}>[{variable}]</ns0:{name}>" in sent(**{name: f"{{{variable}}}"})


@pytest.mark.parametrize(
    ("name", "variable"),
    [
        ("date", "now"),
        ("dateTime", "today"),
        ("int", "today"),
        ("id", "uuid"),
        ("gYear", "caseId"),
        ("boolean", "purpose"),
        ("date", "client"),
    ],
)
def test_a_built_in_variable_that_cannot_fit_is_named_at_its_place(name: str, variable: str) -> None:
    assert found({name: f"{{{variable}}}"}).keys() == {f"request.{name}"}


def test_the_default_of_a_parameter_must_fit() -> None:
    assert found({"purpose": "{why}"}, parameters={"why": "TAX"}) == {}
    assert found({"purpose": "{why}"}, parameters={"why": "tax"}).keys() == {"request.purpose"}


def test_each_value_of_a_parameters_table_must_fit() -> None:
    table = {"by": "purpose", "values": {"grant": "GRANT", "tax": "Taxes", "other": "TAX"}}
    problems = found({"purpose": "{why}"}, parameters={"why": table})
    assert problems.keys() == {"parameters.why.values.tax"}
    assert "'GRANT', 'TAX'" in problems["parameters.why.values.tax"]


def test_a_text_with_attributes_takes_both() -> None:
    coded = {"_value_1": "{caseId}", "list": "GRANT", "since": "{today}"}
    assert found({"coded": coded}) == {}
    assert '<ns0:coded list="GRANT" since="[today]">[caseId]</ns0:coded>' in sent(coded=coded)
    assert found({"coded": "x"}) == {"request.coded": "the attribute `list` is missing"}
    assert "attribute `since`" in found({"coded": {**coded, "since": "{now}"}})["request.coded"]
    assert found({"coded": {**coded, "until": "x"}}).keys() == {"request.coded.until"}


def test_attributes_of_the_request_itself_are_checked() -> None:
    assert found({"version": "1.0", "mode": "{caseId}"}) == {}
    assert found({"version": "2.0"}).keys() == {"request"}
    assert "attribute `mode`" in found({"@mode": "SLOW"})["request"]


def test_more_than_the_contract_admits_is_named() -> None:
    coded = {"_value_1": "a", "list": "TAX"}
    assert found({"coded": [coded] * 3}) == {}
    assert found({"coded": [coded] * 5}).keys() == {"request.coded.3"}
    assert found({"token": ["a", "b"]}).keys() == {"request.token.1"}
