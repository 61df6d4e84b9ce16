"""An OpenAPI is read as operations and trees."""

from pathlib import Path

from connectors.onboarding import Contract, Node, inspect_contract

CONTRACT = """
openapi: 3.0.3
info: {title: People, version: 2}
servers: [{url: "https://{host}/api", variables: {host: {default: example.org}}}]
paths:
  /people/{id}:
    parameters:
      - {name: id, in: path, required: true, schema: {type: string}}
      - {name: lang, in: query, schema: {type: string, enum: [no, en]}}
    get:
      operationId: person
      summary: One person
      parameters:
        - {name: lang, in: query, required: true, schema: {type: string, enum: [nb, en]}}
        - {name: X-Purpose, in: header, schema: {$ref: "more.json#/Purpose"}}
      responses:
        200: {content: {application/hal+json: {schema: {$ref: "#/components/schemas/Person"}}}}
        "404": {description: unknown}
        default: {description: other}
    delete: {responses: {"204": {description: gone}}}
  /search:
    post:
      requestBody: {required: true, content: {application/json: {schema: {$ref: "#/components/schemas/Person"}}}}
      responses: {"200": {content: {text/csv: {}}}}
  /upload:
    post:
      operationId: upload
      requestBody: {content: {multipart/form-data: {schema: {type: object}}}}
      responses: {"200": {description: fine}}
components:
  schemas:
    Base: {type: object, required: [id], properties: {id: {type: string, readOnly: true}}}
    Person:
      description: A person
      allOf:
        - {$ref: "#/components/schemas/Base"}
        - type: object
          required: [names]
          properties:
            names: {type: array, minItems: 1, items: {type: string}}
            born: {type: string, format: date, nullable: true}
            mother: {$ref: "#/components/schemas/Person"}
            secret: {type: string, writeOnly: true}
            country: {type: string, enum: [NO, SE]}
            contact:
              oneOf:
                - {type: object, properties: {mail: {type: string}, checked: {type: boolean}}}
                - {type: object, properties: {phone: {type: string}}}
            code: {anyOf: [{type: string}, {type: integer}]}
            grid: {type: array, items: {type: array, items: {type: number}}}
            tags: {type: object, additionalProperties: {type: string}}
"""


def read(tmp_path: Path, text: str = CONTRACT, name: str = "people.yaml") -> Contract:
    (tmp_path / "more.json").write_text('{"Purpose": {"type": "string", "description": "Why"}}')
    (tmp_path / name).write_text(text)
    return inspect_contract(tmp_path / name, folder=tmp_path)


def children(node: Node | None) -> dict[str, Node]:
    assert node is not None
    return {child.name: child for child in node.children}


def test_operations_have_their_parameters_statuses_and_address(tmp_path: Path) -> None:
    contract = read(tmp_path)
    assert (contract.kind, contract.title, contract.version) == ("openapi", "People", "2")
    person = contract.operations[0]
    assert (person.name, person.method, person.path) == ("person", "GET", "/people/{id}")
    assert person.address == "https://example.org/api"
    assert person.statuses == (200, 404)
    assert person.documentation == "One person"
    found = {p.name: (p.place, p.type, p.least, p.values, p.documentation) for p in person.parameters}
    assert found == {
        "id": ("path", "string", 1, (), ""),
        "lang": ("query", "string", 1, ("nb", "en"), ""),
        "X-Purpose": ("header", "string", 0, (), "Why"),
    }


def test_a_reply_is_a_tree_with_references_and_all_of_looked_through(tmp_path: Path) -> None:
    reply = read(tmp_path).operations[0].reply
    assert reply is not None
    assert (reply.type, reply.documentation) == ("Person", "A person")
    found = children(reply)
    assert "secret" not in found
    shapes = {name: (n.type, n.least, n.most, n.nillable) for name, n in found.items()}
    assert shapes == {
        "id": ("string", 1, 1, False),
        "names": ("string", 1, None, False),
        "born": ("string(date)", 0, 1, True),
        "mother": ("Person", 0, 1, False),
        "country": ("string", 0, 1, False),
        "contact": ("object", 0, 1, False),
        "code": ("string | integer", 0, 1, False),
        "grid": ("array", 0, None, False),
        "tags": ("object", 0, 1, False),
    }
    assert found["mother"].recursive
    assert found["country"].values == ("NO", "SE")
    assert [(n.name, n.type, n.most) for n in found["grid"].children] == [("[]", "number", None)]
    assert [(n.name, n.type) for n in found["tags"].children] == [("*", "string")]


def test_alternatives_are_branches_of_one_choice(tmp_path: Path) -> None:
    contact = children(read(tmp_path).operations[0].reply)["contact"]
    assert len({n.choice for n in contact.children}) == 1
    assert [(n.name, n.branch) for n in contact.children] == [("mail", 0), ("checked", 0), ("phone", 1)]


def test_a_request_leaves_out_what_only_the_source_may_send(tmp_path: Path) -> None:
    search = next(o for o in read(tmp_path).operations if o.path == "/search")
    assert "id" not in children(search.request)
    assert "secret" in children(search.request)


def test_what_cannot_be_called_says_why(tmp_path: Path) -> None:
    found = {o.name: o.unsupported for o in read(tmp_path).operations}
    assert found["person"] is None
    assert "DELETE" in str(found["DELETE /people/{id}"])
    assert "text/csv" in str(found["POST /search"])
    assert "multipart/form-data" in str(found["upload"])


def test_version_3_1_says_null_by_a_list_of_types(tmp_path: Path) -> None:
    text = """{"openapi": "3.1.0", "paths": {"/a": {"get": {"responses": {"2XX": {"content": {"application/json": {"schema":
      {"properties": {"a": {"type": ["string", "null"]}, "b": {"const": 7}, "c": {"anyOf": [{"type": "null"}, {"$ref": "#/x"}]},
      "d": true, "e": {"$ref": "#/x", "description": "mine"}}}}}}}}}}, "x": {"type": "integer", "description": "theirs"}}"""
    found = children(read(tmp_path, text, "a.json").operations[0].reply)
    assert found["a"].nillable
    assert found["a"].type == "string"
    assert found["b"].values == ("7",)
    assert found["c"].nillable
    assert found["c"].type == found["e"].type == "integer"
    assert (found["c"].documentation, found["e"].documentation) == ("theirs", "mine")
    assert found["d"].type == "any"


def test_a_discriminator_tells_alternatives_apart(tmp_path: Path) -> None:
    text = """
openapi: 3.0.0
paths: {/a: {get: {responses: {"200": {content: {application/json: {schema: {$ref: "#/components/schemas/Date"}}}}}}}}
components: {schemas: {
  Date: {type: object, required: [type], properties: {type: {type: string}},
    discriminator: {propertyName: type, mapping: {full: "#/components/schemas/Full", year: Year}}},
  Full: {allOf: [{$ref: "#/components/schemas/Date"}, {properties: {date: {type: string, format: date}}}]},
  Year: {allOf: [{$ref: "#/components/schemas/Date"}, {properties: {year: {type: integer}}}]}}}
"""
    reply = read(tmp_path, text).operations[0].reply
    assert reply is not None
    assert [(n.name, n.branch) for n in reply.children] == [("type", None), ("date", 0), ("year", 1)]
    assert reply.children[0].values == ("full", "year")


def test_swagger_2_is_read_too(tmp_path: Path) -> None:
    text = """
swagger: "2.0"
host: example.org
basePath: /v1
schemes: [https]
paths:
  /a:
    post:
      parameters:
        - {name: q, in: query, type: string, format: date, required: true}
        - {name: body, in: body, schema: {$ref: "#/definitions/A"}}
      responses: {200: {schema: {type: array, items: {$ref: "#/definitions/A"}}}}
definitions: {A: {type: object, properties: {x: {type: integer}}}}
"""
    (found,) = read(tmp_path, text).operations
    assert found.address == "https://example.org/v1"
    assert [(p.name, p.type, p.least) for p in found.parameters] == [("q", "string(date)", 1)]
    assert list(children(found.request)) == ["x"]
    assert found.reply is not None
    assert (found.reply.most, list(children(found.reply))) == (None, ["x"])
    assert found.unsupported is None


def test_a_form_is_a_request_too(tmp_path: Path) -> None:
    text = """
openapi: 3.0.0
paths: {/a: {post: {responses: {"200": {description: fine}}, requestBody: {content: {
  application/x-www-form-urlencoded: {schema: {type: object, required: [ssin], properties: {ssin: {type: string}}}}}}}}}
"""
    (found,) = read(tmp_path, text).operations
    assert (found.media, found.unsupported, list(children(found.request))) == (
        "application/x-www-form-urlencoded", None, ["ssin"],
    )  # fmt: skip


def test_a_form_of_swagger_2_is_a_body(tmp_path: Path) -> None:
    (tmp_path / "api.yaml").write_text("""
swagger: "2.0"
info: {title: t, version: "1"}
paths:
  /plain:
    post:
      parameters:
        - {name: number, in: formData, type: string, required: true, description: whose}
        - {name: year, in: formData, type: integer}
      responses: {"200": {description: "", schema: {type: object}}}
  /file:
    post:
      consumes: [application/x-www-form-urlencoded, multipart/form-data]
      parameters: [{name: number, in: formData, type: file}]
      responses: {"200": {description: "", schema: {type: object}}}
  /parts:
    post:
      consumes: [multipart/form-data]
      parameters: [{name: number, in: formData, type: string}]
      responses: {"200": {description: "", schema: {type: object}}}
""")
    plain, file, parts = inspect_contract(tmp_path / "api.yaml", folder=tmp_path).operations
    assert plain.request is not None
    assert plain.media == "application/x-www-form-urlencoded"
    assert [(n.name, n.type, n.least, n.documentation) for n in plain.request.children] == [
        ("number", "string", 1, "whose"),
        ("year", "integer", 0, ""),
    ]
    assert plain.unsupported is None
    assert "multipart/form-data" in str(file.unsupported)
    assert "multipart/form-data" in str(parts.unsupported)
