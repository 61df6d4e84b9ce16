"""A skeleton sends numbers as numbers where JSON wants them, and texts where a type leaves the choice."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from connectors import check_against_contract, read_declaration
from connectors.onboarding import inspect_contract
from connectors.onboarding.skeleton import Surroundings, write_skeleton
from tests.support.skeletons import filled


def body(folder: Path, **members: Any) -> dict[str, Any]:
    """The body of a skeleton for an operation that wants these members, once it is accepted."""
    schema = {"type": "object", "required": list(members), "properties": members}
    reply = {"type": "object", "properties": {"familyName": {"type": "string"}}}
    ask = {
        "operationId": "Ask",
        "requestBody": {"required": True, "content": {"application/json": {"schema": schema}}},
        "responses": {"200": {"description": "", "content": {"application/json": {"schema": reply}}}},
    }
    contract = {
        "openapi": "3.1.0",
        "info": {"title": "t", "version": "1"},
        "servers": [{"url": "https://api.example"}],
        "paths": {"/p": {"post": ask}},
    }
    (folder / "c.json").write_text(json.dumps(contract))
    found = inspect_contract(folder / "c.json", folder=folder)
    made = write_skeleton(
        found, found.operations[0], source_id="it", location="c.json", surroundings=Surroundings()
    )
    source: dict[str, Any] = yaml.safe_load(filled(made.text))["sources"]["it"]
    assert check_against_contract(read_declaration("it", source, folder=folder)) == ()
    written: dict[str, Any] = source["request"]["body"]
    return written


@pytest.mark.parametrize(
    ("schema", "sent"),
    [
        ({"type": "string"}, "{subject}"),
        ({"type": "integer"}, "{number:subject}"),
        ({"type": ["string", "integer"]}, "{subject}"),
        ({"type": ["integer", "string", "null"]}, "{subject}"),
        ({"oneOf": [{"type": "integer"}, {"type": "string", "pattern": "^[0-9]{11}$"}]}, "{subject}"),
    ],
)
def test_the_number_of_the_subject(tmp_path: Path, schema: Any, sent: str) -> None:
    assert body(tmp_path, nationalNumber=schema) == {"nationalNumber": sent}


@pytest.mark.parametrize(
    ("schema", "sent"), [({"type": "integer"}, "{number:thisYear}"), ({"type": "string"}, "{thisYear}")]
)
def test_a_year(tmp_path: Path, schema: Any, sent: str) -> None:
    assert body(tmp_path, nationalNumber={"type": "string"}, year=schema)["year"] == sent
