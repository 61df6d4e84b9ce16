"""The endpoints of API Particulier and API Entreprise, connected from their recorded answers."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.realworld.newcomer import Newcomer
from tests.support.replay import Replay


def openapi_of(cases: list[dict[str, Any]], endpoint: str) -> dict[str, Any]:
    """An OpenAPI as the recorded answers of an endpoint would have it: they come without one."""
    mine = [case for case in cases if case["endpoint"] == endpoint]
    names = dict.fromkeys(name for case in mine for name in case["params"])
    parameters = [
        {
            "name": name, "in": "path" if f"{{{name}}}" in endpoint else "query", "schema": {"type": "string"},
            "required": all(name in case["params"] for case in mine if case["status"] == 200),
        }
        for name in names
    ]  # fmt: skip
    responses: dict[str, Any] = {}
    for status in sorted({case["status"] for case in mine}):
        bodies = [case["body"] for case in mine if case["status"] == status]
        content = {"application/json": {"schema": schema_of(bodies)}}
        responses[str(status)] = {"description": "recorded", "content": content}
    get = {"operationId": "get", "parameters": parameters, "responses": responses}
    return {
        "openapi": "3.0.3",
        "info": {"title": endpoint, "version": "3"},
        "paths": {endpoint: {"get": get}},
    }


def schema_of(values: list[Any]) -> dict[str, Any]:
    values = [value for value in values if value is not None]
    if values and all(isinstance(value, dict) for value in values):
        keys = dict.fromkeys(key for value in values for key in value)
        return {
            "type": "object",
            "properties": {k: schema_of([v[k] for v in values if k in v]) for k in keys},
        }
    if values and all(isinstance(value, list) for value in values):
        return {"type": "array", "items": schema_of([one for value in values for one in value])}
    kinds = {bool: "boolean", int: "integer", float: "number", str: "string"}
    return {"type": kinds.get(type(values[0]), "string") if values else "string", "nullable": True}


FRENCH = {
    "/v3/mesri/statut_etudiant/ine": ("1234567890A", "ine", {"person.familyName": "Dupont", "person.givenNames": "Jean", "person.birthDate": "2002-02-01"}),
    "/v3/france_travail/statut/identifiant": ("123456A", "identifiant", {"person.familyName": "Courtet"}),
    "/v3/insee/sirene/unites_legales/{siren}": ("552049447", "enterpriseNumber", {"organisation.identifier": "552049447"}),
    "/v3/european_commission/unites_legales/{siren}/numero_tva": ("552049447", "enterpriseNumber", {"organisation.identifier": "FR82552049447"}),
    "/v3/dgfip/etablissements/{siret}/chiffres_affaires": ("13002526500001", "enterpriseNumber", {"organisation.turnover": "900001.00"}),
    "/v3/ministere_interieur/rna/associations/{siret_or_rna}": ("W751234567", "enterpriseNumber", {}),
}  # fmt: skip


@pytest.mark.parametrize("endpoint", FRENCH)
def test_the_french_endpoints_are_connected(
    newcomer: Newcomer, replay: Replay, realworld: Path, monkeypatch: pytest.MonkeyPatch, endpoint: str
) -> None:
    number, scheme, expected = FRENCH[endpoint]
    cases = json.loads((realworld / "siade" / "cases.json").read_text("utf-8"))
    contract = newcomer.folder / "contracts" / "french.json"
    contract.write_text(json.dumps(openapi_of(cases, endpoint)), "utf-8")
    monkeypatch.setenv("ONLYONCE_SOURCE_IT_URL", replay.siade)
    text = newcomer.connect("french.json", "get")
    file = newcomer.folder / "it.yaml"
    file.write_text(
        file.read_text("utf-8").replace("{thisYear}", "2022"), "utf-8"
    )  # the year that is recorded
    assert f"subject: [{scheme}]" in text
    found = newcomer.ask(number, "--show-values")
    assert found["ok"], found
    values = {name: one.get("value") for name, one in found["attributes"].items()}
    assert {name: values.get(name) for name in expected} == expected


def test_a_number_that_a_french_endpoint_does_not_know_is_an_error_of_its_own(
    newcomer: Newcomer, replay: Replay, realworld: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cases = json.loads((realworld / "siade" / "cases.json").read_text("utf-8"))
    contract = newcomer.folder / "contracts" / "french.json"
    contract.write_text(json.dumps(openapi_of(cases, "/v3/mesri/statut_etudiant/ine")), "utf-8")
    monkeypatch.setenv("ONLYONCE_SOURCE_IT_URL", replay.siade)
    newcomer.connect("french.json", "get")
    assert newcomer.ask("1234567404G", code=1)["error"]["code"] == "subjectUnknown"
