"""The live contract is compared with the stored one, by element and with what breaks."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from connectors import DeclarationInvalid, read_declaration
from connectors.onboarding import ContractUnreadable, inspect_contract
from connectors.onboarding.drift import Drift, compare, render_drift
from connectors.onboarding.paths import Steps, json_steps, xpath_steps
from connectors.onboarding.watch import verify
from tests.connectors.conftest import CONTRACTS, REST, SOAP, changed
from tests.connectors.web import serving

STORED = inspect_contract(CONTRACTS / "persons.wsdl", folder=CONTRACTS)
OPENAPI = """
openapi: 3.0.3
paths:
  /enterprises/{id}:
    get:
      parameters:
        - {name: id, in: path, required: true, schema: {type: string}}
        - {name: full, in: query, schema: {type: boolean}}
        - {name: X-Purpose, in: header, required: true, schema: {type: string, enum: [a, b]}}
      responses:
        "200": {content: {application/json: {schema: {type: object, required: [enterprise], properties: {
          reference: {type: string},
          enterprise: {type: object, required: [name], properties: {
            name: {type: string}, founded: {type: string, format: date}, active: {type: boolean},
            seats: {type: array, items: {type: string}}}}}}}}}
"""


def soap_drift(tmp_path: Path, old: str, new: str, **changes: Any) -> Drift:
    shutil.copytree(CONTRACTS, tmp_path / "live")
    for file in ("persons.wsdl", "xsd/persons.xsd"):
        path = tmp_path / "live" / file
        path.write_text(path.read_text().replace(old, new))
    live = inspect_contract(tmp_path / "live" / "persons.wsdl", folder=tmp_path / "live")
    return compare(changed(SOAP, changes), STORED, live)


def rest_drift(tmp_path: Path, old: str, new: str, **changes: Any) -> Drift:
    assert old in OPENAPI
    found = []
    for name, text in (("a", OPENAPI), ("b", OPENAPI.replace(old, new))):
        (tmp_path / name).write_text(text)
        found.append(inspect_contract(tmp_path / name, folder=tmp_path))
    return compare(changed(REST, changes), *found)


def test_the_same_contract_has_no_drift() -> None:
    drift = compare(SOAP, STORED, STORED)
    assert drift.changes == ()
    assert not drift.breaking
    assert render_drift(drift) == "GetPerson: the live contract is the stored one.\n"


@pytest.mark.parametrize(
    ("old", "new", "kinds", "breaks"),
    [
        ('name="Born"', 'name="BirthDate"', {"removed", "added"}, {"attributes.person.birthDate"}),
        ('name="Income" type="xsd:decimal"', 'name="Income" type="xsd:string"', {"type"}, {"attributes.person.income"}),
        ('name="Income"', 'maxOccurs="3" name="Income"', {"cardinality"}, {"attributes.person.income"}),
        ('"Person" minOccurs="0"', '"Person" minOccurs="0" maxOccurs="9"', {"cardinality"},
         {"reply.answer", "reply.subject", "attributes.person.birthDate", "attributes.person.income"}),
        ('name="Person"', 'name="Subject"', {"removed", "added"},
         {"reply.answer", "reply.subject", "attributes.person.birthDate", "attributes.person.income", "attributes.person.givenNames"}),
        ('name="Code" type="xsd:string"', 'name="Kode" type="xsd:string"', {"removed", "added"}, {"reply.errors.code"}),
        ('name="Number" type="xsd:string"/>\n        <', 'name="Number" type="xsd:integer"/>\n        <', {"type"}, {"request.Number"}),
        ('name="On" type="xsd:date" minOccurs="0"', 'name="On" type="xsd:date"', {"cardinality"},
         {"request: On is needed now, and is not sent"}),
        ('name="On" type="xsd:date" minOccurs="0"', 'name="On" type="xsd:dateTime" minOccurs="0"', {"type"}, set()),
        ('name="Born" type="xsd:string" minOccurs="0"', 'name="Born" type="xsd:string"', {"cardinality"}, set()),
        ('<xsd:element name="Born"', '<xsd:element name="New" type="xsd:string"/><xsd:element name="Born"', {"added"}, set()),
        ('soapAction="urn:test:persons#GetPerson"', 'soapAction="urn:new"', {"operation"}, {"operation"}),
        ('location="http://127.0.0.1:9/persons"', 'location="https://new.example/"', {"operation"}, set()),
        ('name="Number" type="xsd:string"/>\n        <xsd:element name="On"',
         'name="Number"><xsd:simpleType><xsd:restriction base="xsd:string"><xsd:length value="11"/></xsd:restriction></xsd:simpleType>'
         '</xsd:element><xsd:element name="On"', {"facets"}, {"request.Number"}),
        ('elementFormDefault="qualified"', "", {"namespace"}, {"request.Number", "reply.answer"}),
        ('operation name="GetPerson"', 'operation name="GetPersons"', {"operation"}, {"operation"}),
    ],
)  # fmt: skip
def test_drift_of_a_wsdl_is_told_by_element_with_what_it_breaks(
    tmp_path: Path, old: str, new: str, kinds: set[str], breaks: set[str]
) -> None:
    drift = soap_drift(tmp_path, old, new)
    assert {change.kind for change in drift.changes} == kinds
    found = {key for change in drift.changes for key in change.breaks}
    assert found >= breaks
    assert drift.breaking == bool(breaks)
    if "namespace" not in kinds:
        assert found == breaks
    assert all(key in render_drift(drift) for key in breaks)


def test_what_is_not_used_breaks_nothing(tmp_path: Path) -> None:
    drift = soap_drift(tmp_path, 'name="Income"', 'name="Revenue"', **{"attributes__person.income": None})
    assert [(c.kind, c.path) for c in drift.changes] == [
        ("removed", ("GetPersonResponse", "Person", "Income")),
        ("added", ("GetPersonResponse", "Person", "Revenue")),
    ]
    assert not drift.breaking


@pytest.mark.parametrize(
    ("old", "new", "breaks"),
    [
        ("founded: {type: string, format: date}", "founded: {type: string, format: date-time}", {"attributes.organisation.foundingDate"}),
        ("name: {type: string},", "", {"attributes.organisation.legalName"}),
        ("name: {type: string}", "name: {type: array, items: {type: string}}", {"attributes.organisation.legalName"}),
        ("required: [enterprise]", "required: []", {"reply.answer"}),
        ("seats: {", "chairs: {", set()),
        ("{name: full, in: query,", "{name: full, in: query, required: true,", {"query: full is needed now, and is not sent"}),
        ("enum: [a, b]", "enum: [b, c]", {"request.headers.X-Purpose"}),
        ("enum: [a, b]", "enum: [a, b, c]", set()),
        ("name: X-Purpose", "name: X-Goal", {"request.headers.X-Purpose", "header: X-Goal is needed now, and is not sent"}),
        ("/enterprises/{id}", "/companies/{id}", {"operation"}),
        ("get:", "post:", {"operation"}),
    ],
)  # fmt: skip
def test_drift_of_an_openapi_is_told_too(tmp_path: Path, old: str, new: str, breaks: set[str]) -> None:
    drift = rest_drift(tmp_path, old, new, request__headers={"X-Purpose": "a"})
    assert {key for change in drift.changes for key in change.breaks} == breaks
    assert drift.changes
    assert drift.as_json()["breaking"] is bool(breaks)


def test_an_operation_is_found_whoever_says_the_beginning_of_its_path(tmp_path: Path) -> None:
    there = OPENAPI.replace("paths:", "servers: [{url: 'https://example.org/v1'}]\npaths:")
    for text, address, path in (
        (there, "http://127.0.0.1:9", "/v1/enterprises/{subject}"),
        (there, "http://127.0.0.1:9/v1", "/enterprises/{subject}"),
        (
            OPENAPI.replace("/enterprises", "/v1/enterprises"),
            "http://127.0.0.1:9/v1/",
            "/enterprises/{subject}",
        ),
    ):
        (tmp_path / "a.yaml").write_text(text)
        contract = inspect_contract(tmp_path / "a.yaml", folder=tmp_path)
        assert (
            compare(changed(REST, {"address": address, "request__path": path}), contract, contract).changes
            == ()
        )


def test_a_code_that_is_not_mapped_breaks_the_attribute_that_maps(tmp_path: Path) -> None:
    rule = {"path": "active", "type": "code", "mapping": {"y": "yes", "n": "no"}}
    old = "active: {type: boolean}"
    new = "active: {type: boolean, enum: [y, n, u]}"
    drift = rest_drift(tmp_path, old, new, attributes__x=rule, request__headers={"X-Purpose": "a"})
    assert {key for change in drift.changes for key in change.breaks} == {"attributes.x"}


def test_paths_within_an_attribute_break_with_what_they_read(tmp_path: Path) -> None:
    rule = {"type": "period", "start": "founded", "end": "name"}
    nested = {"type": "object", "fields": {"since": {"path": "founded"}}}
    drift = rest_drift(tmp_path, "founded: {", "begun: {", attributes={"p": rule, "o": nested})
    assert {key for c in drift.changes for key in c.breaks} == {"attributes.p.start", "attributes.o.since"}


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("p:A[@t='x/y' and p:M]/p:B", [("A", "t"), ("A", "M"), ("A", "B")]),
        ("a | b/c", [("a",), ("b", "c")]),
        ("concat(a/b, ' ', c)", [("a", "b"), ("c",)]),
        ("string(a [1] / b)", [("a", "b")]),
        ("/s:E/s:B/p:Root/x/y", [("x", "y")]),
        ("./a/text()", [("a",)]),
        ("a/../b", [("b",)]),
        (".", []),
    ],
)
def test_the_ways_of_an_xpath_are_told_from_its_text(path: str, found: list[tuple[str, ...]]) -> None:
    assert [steps.names for steps in xpath_steps(path)] == found


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("a[?t.u==`1` && v == 'w.x'].b | [0]", [("a", "t", "u"), ("a", "v"), ("a", "b")]),
        ("a[*].b[].c[0]", [("a", "b", "c")]),
        ("join(' ', [a, b.c])", [("a",), ("b", "c")]),
        ('"a-b".c', [("a-b", "c")]),
        ("{x: a.b, y: c}", [("a", "b"), ("c",)]),
        ("@", []),
    ],
)
def test_the_ways_of_a_jmespath_are_told_from_its_text(path: str, found: list[tuple[str, ...]]) -> None:
    assert [steps.names for steps in json_steps(path)] == found


def test_a_path_that_may_start_anywhere_meets_an_element_anywhere() -> None:
    (steps,) = xpath_steps("//p:Error/p:Code")
    assert steps.meets(("A", "Error", "Code"))
    assert steps.meets(("A", "Error"))
    assert not steps.meets(("A", "Code", "Error", "Other"))
    assert not Steps(("A", "B")).meets(("A", "C"))
    assert Steps(("A", "*")).meets(("A", "C"))


def test_the_live_contract_is_fetched_and_compared(tmp_path: Path) -> None:
    shutil.copytree(CONTRACTS, tmp_path / "stored")
    with serving() as web:
        web.pages["/persons?wsdl"] = (CONTRACTS / "persons.wsdl").read_text().replace("#GetPerson", "#Get")
        web.pages["/xsd/persons.xsd"] = (CONTRACTS / "xsd" / "persons.xsd").read_bytes()
        declaration = changed(SOAP, {"address": f"{web.url}/persons"})
        drift = verify(declaration, folder=tmp_path / "stored")
        assert [(c.path, c.breaks) for c in drift.changes] == [(("action",), ("operation",))]
        declaration["contractUrl"] = f"{web.url}/elsewhere"
        with pytest.raises(ContractUnreadable, match="HTTP status 404"):
            verify(declaration, folder=tmp_path / "stored")
        assert web.asked[-1] == "/elsewhere"


def test_without_an_address_of_the_live_contract_it_says_so(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(OPENAPI)
    with pytest.raises(ContractUnreadable, match="contractUrl"):
        verify(changed(REST, {"contract": "a.yaml"}), folder=tmp_path)
    with pytest.raises(ContractUnreadable, match="none is declared"):
        verify(REST, folder=tmp_path)


def test_where_the_live_contract_is_can_be_declared(tmp_path: Path) -> None:
    def read(url: str) -> str | None:
        return read_declaration("a", changed(REST, {"contractUrl": url}), folder=tmp_path).contract_url

    assert read("https://example.org/v1?format=yaml") == "https://example.org/v1?format=yaml"
    for wrong in ("file:///etc/passwd", "ftp://x", "https://me:word@example.org/"):
        with pytest.raises(DeclarationInvalid, match="contractUrl"):
            read(wrong)
