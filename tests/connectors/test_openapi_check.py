"""A REST declaration is held to its OpenAPI: each misfit is a problem at its place."""

from pathlib import Path
from typing import Any

import pytest

from connectors import check_against_contract, read_declaration
from connectors.errors import DeclarationInvalid
from connectors.rest import RestSource
from tests.connectors.conftest import REST, SECRETS, changed

CONTRACT = """
openapi: 3.0.3
info: {title: Enterprises, version: "1"}
servers: [{url: "https://example.org/api/v2"}]
paths:
  /enterprises/{id}:
    parameters:
      - {name: id, in: path, required: true, schema: {type: string}}
    get:
      parameters:
        - {name: lang, in: query, schema: {type: string, enum: [nl, fr]}}
        - {name: field, in: query, schema: {type: array, items: {type: string}}}
        - {name: year, in: query, schema: {type: integer}}
        - {name: filter, in: query, style: deepObject, schema: {type: object, properties: {a: {type: string}}}}
        - {$ref: "#/components/parameters/Purpose"}
      responses:
        200: {content: {application/json: {schema: {$ref: "#/components/schemas/Answer"}}}}
    put: {responses: {}}
  /enterprises/search:
    post:
      parameters: [{name: session, in: cookie, required: true, schema: {type: string}}]
      requestBody: {content: {application/json: {schema: {$ref: "#/components/schemas/Search"}}}}
      responses:
        200: {content: {application/json: {schema: {$ref: "#/components/schemas/Answer"}}}}
  /upload:
    post:
      requestBody: {required: true, content: {text/csv: {}}}
      responses: {200: {content: {application/json: {schema: {type: object}}}}}
  /open/{id}:
    get: {responses: {200: {content: {application/json: {}}}}}
components:
  parameters:
    Purpose: {name: X-Purpose, in: header, required: true, schema: {type: string}}
  schemas:
    Search:
      type: object
      required: [number, kind]
      properties:
        number: {type: string}
        kind: {type: string, enum: [legal, natural]}
        year: {type: integer}
        numbers: {type: array, items: {type: object, required: [n], properties: {n: {type: string}}}}
        place: {type: object, properties: {zip: {type: string}}, additionalProperties: {type: string}}
      oneOf:
        - {type: object, required: [name], properties: {name: {type: string}}}
        - {type: object, required: [town, street], properties: {town: {type: string}, street: {type: string}}}
    Answer:
      type: object
      properties:
        enterprise: {$ref: "#/components/schemas/Enterprise"}
        links: {type: object, additionalProperties: {type: string}}
        free: {}
    Enterprise:
      type: object
      properties:
        name: {type: string}
        seats: {type: array, items: {$ref: "#/components/schemas/Seat"}}
        grid: {type: array, items: {type: array, items: {type: object, properties: {x: {type: number}}}}}
        parent: {$ref: "#/components/schemas/Enterprise"}
    Seat:
      oneOf:
        - {type: object, properties: {town: {type: string}}}
        - {type: object, properties: {country: {type: string}}}
"""
GET: dict[str, Any] = {"path": "/enterprises/{subject}", "headers": {"x-purpose": "{purpose}"}}
SEARCH: dict[str, Any] = {"number": "{subject}", "kind": "legal", "name": "x"}
POST: dict[str, Any] = {"method": "POST", "path": "/enterprises/search", "body": SEARCH}
NAME = {"organisation.legalName": {"path": "name"}}


@pytest.fixture
def found(tmp_path: Path) -> Any:
    (tmp_path / "api.yaml").write_text(CONTRACT, "utf-8")

    def check(**changes: Any) -> dict[str, str]:
        base = {"contract": "api.yaml", "request": GET, "attributes": NAME, "reply": {"answer": "enterprise"}}
        declaration = read_declaration("source", changed(changed(REST, base), changes), folder=tmp_path)
        return {".".join(map(str, p.path)): p.message for p in check_against_contract(declaration)}

    return check


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"address": "https://example.org/api/v2"},
        {"address": "https://example.org", "request__path": "/api/v2/enterprises/{subject}"},
        {"address": "https://example.org/api", "request__path": "/v2/enterprises/{subject}"},
        {"subject": ["n"], "request__path": "/enterprises/search", "request__query": {"lang?": "{subject}"}},
        {"request__query": {"lang": "nl", "field": ["a", "b"], "year": "2026", "filter[a]": "x"}},
        {"request__query": {"lang?": "{purpose}", "year": "{thisYear}", "a": "spread"}},
        {"request__headers": {"X-PURPOSE": "{purpose}", "X-Road-Client": "a/b", "Authorization": "x"}},
        {"attributes": {"a": {"path": "seats[].town"}, "b": {"path": "seats[?country=='BE'].country | [0]"}}},
        {"attributes": {"a": {"path": "grid[].x"}, "b": {"path": "parent.parent.parent.name"}}},
        {"attributes": {"a": {"path": "sort_by(seats, &town)[0].town"}, "b": {"path": "length(nothing)"}}},
        {
            "attributes": {
                "a": {"type": "object", "path": "sort_by(seats, &town)", "fields": {"t": {"path": "town"}}},
                "b": {
                    "type": "object",
                    "path": "parent",
                    "fields": {"t": {"path": "seats[?town=='X'] | [0].town"}},
                },
                "c": {
                    "type": "object",
                    "path": "to_array(seats)",
                    "fields": {"d": {"type": "object", "fields": {"t": {"path": "town"}}}},
                },
            }
        },
        {"reply": {"answer": "links"}, "attributes": {"a": {"path": "anything"}}},
        {"reply": {"answer": "free"}, "attributes": {"a": {"path": "any.thing"}}},
        {"reply": {"answer": "enterprise", "errors": {"code": "errors[].code"}}},
        {"request": {"path": "/open/{subject}"}, "reply": {"answer": "any"}},
    ],
)
def test_what_fits_has_no_problem(found: Any, changes: dict[str, Any]) -> None:
    assert found(**changes) == {}


@pytest.mark.parametrize(
    ("changes", "at", "says"),
    [
        (
            {"request__path": "/enterprise/{subject}"},
            "request.path",
            "no such path; it has: /enterprises/{id}",
        ),
        ({"request__path": "/enterprises/{subject}/x"}, "request.path", "no such path"),
        (
            {"request": {**POST, "path": "/enterprises/{subject}"}},
            "request.method",
            "no POST there; it has: GET, PUT",
        ),
        (
            {"request__query": {"langue": "nl"}},
            "request.query.langue",
            "no such query parameter; it has: a, field",
        ),
        ({"request__query": {"langue?": "{purpose}"}}, "request.query.langue?", "no such query parameter"),
        ({"request__query": {"lang": "de"}}, "request.query.lang", "admits: nl, fr"),
        ({"request__query": {"lang": ["nl", "fr"]}}, "request.query.lang", "single value"),
        ({"request__query": {"year": "this"}}, "request.query.year", "integer"),
        ({"request": {"path": "/enterprises/{subject}"}}, "request.headers", "requires `X-Purpose`"),
        (
            {"request__headers": {"x-purpose?": "{purpose}"}},
            "request.headers.x-purpose?",
            "cannot be left out",
        ),
        (
            {"reply": {"answer": "enterprises"}},
            "reply.answer",
            "no `enterprises` there; it has: enterprise, links, free",
        ),
        ({"reply": {"answer": "enterprise", "subject": "numbr"}}, "reply.subject", "no `numbr`"),
        (
            {"attributes": {"a": {"path": "nam"}}},
            "attributes.a.path",
            "no `nam` there; it has: name, seats, grid",
        ),
        ({"attributes": {"a": {"path": "name.first"}}}, "attributes.a.path", "it has: no members"),
        ({"attributes": {"a": {"path": "seats[].zip"}}}, "attributes.a.path", "it has: town, country"),
        (
            {"attributes": {"a.b": {"type": "object", "path": "seats[0]", "fields": {"t": {"path": "twn"}}}}},
            "attributes.a.b.fields.t.path",
            "no `twn`",
        ),
        ({"pages": {"items": "enterprise.seat", "by": "linkHeader"}}, "pages.items", "no `seat`"),
        ({"contract": "none.yaml"}, "contract", "cannot be read"),
    ],
)
def test_what_does_not_fit_is_named_at_its_place(
    found: Any, changes: dict[str, Any], at: str, says: str
) -> None:
    problems = found(**changes)
    assert says in problems[at]
    assert len(problems) == 1


BODIES = [
    ({"kind": "x"}, "kind", "admits: legal, natural"),
    ({"kind": None}, "", "requires `kind`"),
    ({"kind": None, "kind?": "{purpose}"}, "kind?", "cannot be left out"),
    ({"colour": "red"}, "colour", "no such member here; it has: number, kind"),
    ({"year": "{thisYear}"}, "year", "a string is sent"),
    ({"year": True}, "year", "a boolean is sent"),
    ({"year": ["x"]}, "year", "no list"),
    ({"numbers": "{subject}"}, "numbers", "a list"),
    ({"numbers": [{"m": "x"}]}, "numbers.0.m", "no such member here; it has: n"),
    ({"place": "x"}, "place", "an object"),
    ({"number": {"a": "{subject}"}}, "number", "single value"),
    ({"name": None}, "", "one of: name or street and town"),
    ({"name": None, "town": "x"}, "", "one of"),
]


@pytest.mark.parametrize(("body", "at", "says"), BODIES)
def test_a_body_that_does_not_fit_is_named_at_its_place(
    found: Any, body: dict[str, Any], at: str, says: str
) -> None:
    given = {name: value for name, value in (SEARCH | body).items() if value is not None}
    problems = found(request=POST | {"body": given})
    assert says in problems[f"request.body.{at}".rstrip(".")]


def test_a_body_that_fits_has_no_problem_but_the_cookie(found: Any) -> None:
    for more in (
        {},
        {"year": 2026},
        {"year": "{number:thisYear}"},
        {"numbers": [{"n": "x"}]},
        {"place": {"zip": "1", "any": "x"}},
    ):
        assert found(request=POST | {"body": SEARCH | more}) == {
            "request": "the contract requires the cookie session, and cookies are not sent"
        }


def test_an_operation_that_takes_no_json_is_named(found: Any) -> None:
    problems = found(
        request={"method": "POST", "path": "/upload", "body": {"n": "{subject}"}}, reply={"answer": "x"}
    )
    assert "text/csv" in problems["request"]


async def test_a_source_that_does_not_fit_does_not_start(tmp_path: Path) -> None:
    (tmp_path / "api.yaml").write_text(CONTRACT, "utf-8")
    wrong = changed(REST, {"contract": "api.yaml", "request": GET, "reply": {"answer": "nothing"}})
    source = RestSource(
        read_declaration("source", wrong, folder=tmp_path), address=None, secrets=SECRETS.__getitem__
    )
    with pytest.raises(DeclarationInvalid, match="nothing"):
        await source.start()
