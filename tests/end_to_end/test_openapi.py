"""The OpenAPI documents are valid, and tell the whole truth about what the hub answers."""

import os
from typing import Any

import pytest
import pytest_asyncio
import schemathesis
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openapi_spec_validator import OpenAPIV30SpecValidator
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.end_to_end.house import MUNICIPALITY, House
from tests.end_to_end.people import MINOR, SHARED, ssin

ROUNDS = 2_000 if os.environ.get("ONLYONCE_SOAK") else 60
AUDIENCES = ("prefill", "citizen", "dpo", "log", "access")
SERVERS = {
    "prefill": "/api/prefill/v1",
    "citizen": "/api/citizen/v1",
    "dpo": "/api/dpo/v1",
    "log": "/api/log/v1",
    "access": "/access/v1",
}


@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.parametrize("audience", AUDIENCES)
async def test_a_document_is_valid_openapi_3_0(small: House, audience: str) -> None:
    as_json = (await small.call("GET", f"{SERVERS[audience]}/doc/openapi.json")).json
    as_yaml = yaml.safe_load((await small.call("GET", f"{SERVERS[audience]}/doc/openapi.yaml")).body)
    assert as_json == as_yaml
    assert as_json["openapi"].startswith("3.0.")
    assert list(OpenAPIV30SpecValidator(as_json).iter_errors()) == []
    operations = [one for path in as_json["paths"].values() for one in path.values()]
    assert operations
    for operation in operations:
        assert operation["operationId"]
        assert operation["summary"]
        assert bool(operation["security"]) is (audience != "log")  # anyone may read the log's tree
        assert "application/problem+json" in operation["responses"]["default"]["content"]
        assert "422" not in operation["responses"]
        assert operation.get("requestBody", {"required": True})["required"] is True
    assert len({operation["operationId"] for operation in operations}) == len(operations)


@pytest_asyncio.fixture(loop_scope="session")
async def tokens(small: House) -> dict[str, str]:
    """A rightful caller's token for each door."""
    return {
        "prefill": await small.client_token("municipality", "prefill consents"),
        "access": await small.client_token(scope="evaluate"),
        "citizen": await small.login(0),
        "dpo": await small.login(0, "dpo", officer_of=MUNICIPALITY),
        "log": "nobody's",
        "actor": await small.login(0, "prefill"),
        "agent": await small.login(5, "prefill", office=MUNICIPALITY),
    }


CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
NO_MAP_YET = {"GET /usage/completeness"}
"""Its answers are held to the document where there is a map: see `test_completeness`."""
NOTHING_TO_GET_WRONG = {"GET /consents", "GET /representations"}
KNOWN: dict[str, list[Any]] = {
    "formId": ["study-grant", "company-subsidy", "library-card"],
    "subject": [*({"ssin": ssin(place)} for place in SHARED), {"enterpriseNumber": "0001000004"}],
    "channel": ["web", "counter"],
    "activityId": ["sports-discount", "adapted-transport"],
    "ssin": [ssin(MINOR)],
}
MANDATE: dict[str, Any] = {
    "holder": {"ssin": ssin(SHARED[1]), "name": "x"},
    "giverName": "x",
    "usage": True,
    "endless": True,
}


def plausible(case: Case[Any], draw: st.DataObject, tokens: dict[str, str]) -> None:
    """Put what the hub knows in some places, so that more than the first check is reached."""
    if isinstance(case.body, dict):
        known = draw.draw(st.booleans())  # all of it in every other question, or few would get through
        for name, values in KNOWN.items():
            if name in case.body and (known or draw.draw(st.booleans())):
                case.body[name] = draw.draw(st.sampled_from(values))
        if isinstance(case.body.get("actor"), dict) and (known or draw.draw(st.booleans())):
            alone = "activityId" in case.body  # an emergency is for agents
            case.body["actor"] = (
                {"token": tokens["agent"]} if alone else {"role": "citizen", "token": tokens["actor"]}
            )
        case.body = dict(MANDATE) if "giverName" in case.body and known else case.body
        if draw.draw(st.booleans()):
            case.body.pop("fields", None)
    if "index" in case.path_parameters and draw.draw(st.booleans()):
        case.path_parameters["index"] = draw.draw(st.integers(0, 100))
    if "activityId" in case.path_parameters and draw.draw(st.booleans()):
        case.path_parameters["activityId"] = draw.draw(st.sampled_from(KNOWN["activityId"]))


@pytest.mark.soak
@pytest.mark.parametrize("mode", list(GenerationMode))
@pytest.mark.parametrize("audience", AUDIENCES)
def test_every_answer_is_as_documented(
    small: House, tokens: dict[str, str], audience: str, mode: GenerationMode
) -> None:
    schema = schemathesis.openapi.from_url(f"{small.hub}{SERVERS[audience]}/doc/openapi.json")
    headers = {"Authorization": f"Bearer {tokens[audience]}"}
    seen: dict[str, set[int]] = {}
    for found in schema.get_all_operations():
        assert isinstance(found, Ok)
        operation = found.ok()
        if mode is GenerationMode.NEGATIVE and audience == "log" and not list(operation.iter_parameters()):
            continue  # without parameters, body and token no request is a wrong one
        statuses = seen.setdefault(operation.label, set())

        @given(case=operation.as_strategy(generation_mode=mode), draw=st.data())
        @settings(max_examples=ROUNDS, deadline=None, database=None, suppress_health_check=list(HealthCheck))
        def answer(case: Case[Any], draw: st.DataObject) -> None:
            if mode is GenerationMode.POSITIVE:
                plausible(case, draw, tokens)
            reply = case.call_and_validate(headers=headers, checks=CHECKS, timeout=10)
            statuses.add(reply.status_code)  # noqa: B023 - it is called in this very turn

        answer()
    assert seen
    expected = {200, 201, 404} if mode is GenerationMode.POSITIVE else {400}
    assert {
        name for name, statuses in seen.items() if not statuses & expected
    } <= NOTHING_TO_GET_WRONG | NO_MAP_YET, seen
