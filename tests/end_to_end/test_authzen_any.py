"""Whatever fits the working group's schema of a request is answered with a boolean; whatever does not is refused."""

import http.client
import json
import os
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import pytest_asyncio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from tests.end_to_end.house import House

ROUNDS = 3_000 if os.environ.get("ONLYONCE_SOAK") else 80
KNOWN: dict[str, list[Any]] = {
    "type": ["citizen", "representative", "agent", "system", "form", "attribute"],
    "name": ["prefill"],
    "id": ["study-grant", "sports-discount", "person.familyName", "person.taxableIncome"],
    "form": ["study-grant", "library-card"],
    "fields": [["lastName"], [], ["no"], "lastName"],
    "isSubject": [True, 1],
    "token": ["a.b.c", ""],
    "basis": ["self", "mandate"],
    "channel": ["web", "", 1],
    "caseId": [True, "a case", ""],
    "consents": [[], [{"status": "given", "validFrom": 10**30}], [{}]],
    "dataSubject": [{"age": 18}, {"age": -1}, {"enterpriseNumber": "0001000004"}, []],
}
text = st.text(max_size=12)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text, inner, max_size=3),
    max_leaves=12,
)


def member(name: str) -> st.SearchStrategy[Any]:
    return st.sampled_from(KNOWN[name]) | json_values


def named(*names: str) -> st.SearchStrategy[dict[str, Any]]:
    """An object with any members, and perhaps some that the hub knows."""
    known = st.fixed_dictionaries({}, optional={name: member(name) for name in names})
    return st.builds(lambda other, ours: other | ours, st.dictionaries(text, json_values, max_size=2), known)


def entity(*names: str, required: tuple[str, ...]) -> st.SearchStrategy[dict[str, Any]]:
    needed = {name: st.sampled_from(KNOWN[name]) | text for name in required}
    return st.fixed_dictionaries(needed, optional={"properties": named(*names), "other": json_values})


requests = st.fixed_dictionaries(
    {
        "subject": entity("token", "isSubject", "basis", required=("type", "id")),
        "action": entity(required=("name",)),
        "resource": entity("form", "fields", required=("type", "id")),
    },
    optional={"context": named("channel", "caseId", "consents", "dataSubject"), "options": json_values},
)
parts = st.dictionaries(
    st.sampled_from(["subject", "action", "resource", "context", "other"]),
    entity(required=("type",)) | json_values,
)


@pytest_asyncio.fixture(loop_scope="session")
async def token(house: House) -> str:
    return await house.client_token(scope="evaluate")


class Asker:
    """Asks over one connection."""

    def __init__(self, house: House, token: str) -> None:
        self._line = http.client.HTTPConnection(urlsplit(house.hub).netloc, timeout=30)
        self._head = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}

    def __call__(self, path: str, body: Any) -> tuple[int, Any]:
        self._line.request("POST", f"/access/v1/{path}", json.dumps(body), self._head)
        reply = self._line.getresponse()
        return reply.status, json.loads(reply.read())


@pytest.fixture(scope="module")
def schemas(realworld: Path) -> dict[str, Draft202012Validator]:
    folder = realworld / "vectors" / "authzen"
    return {
        kind: Draft202012Validator(json.loads((folder / f"evaluation-{kind}.schema.json").read_text()))
        for kind in ("request", "response")
    }


def check_answer(answer: Any, schemas: dict[str, Draft202012Validator]) -> None:
    schemas["response"].validate(answer)
    assert type(answer["decision"]) is bool
    if not answer["decision"]:
        assert answer["context"].get("reason_user") or answer["context"].get("error")


@pytest.mark.soak
def test_a_request_that_fits_the_schema_gets_a_boolean(
    house: House, token: str, schemas: dict[str, Draft202012Validator]
) -> None:
    ask = Asker(house, token)

    @given(requests)
    @settings(max_examples=ROUNDS, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    def answered(body: dict[str, Any]) -> None:
        schemas["request"].validate(body)
        status, answer = ask("evaluation", body)
        assert status == 200, answer
        check_answer(answer, schemas)

    answered()


@pytest.mark.soak
def test_what_does_not_fit_the_schema_is_refused(
    small: House, schemas: dict[str, Draft202012Validator]
) -> None:
    ask = Asker(small, small.forged_client_token(scopes=("evaluate",)))

    @given(parts | json_values)
    @settings(max_examples=ROUNDS, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    def refused(body: Any) -> None:
        status, _ = ask("evaluation", body)
        assert status == (200 if schemas["request"].is_valid(body) else 400)

    refused()


@pytest.mark.soak
def test_every_item_of_several_has_its_answer_in_its_place(
    small: House, schemas: dict[str, Draft202012Validator]
) -> None:
    ask = Asker(small, small.forged_client_token(scopes=("evaluate",)))

    @given(requests, st.lists(parts | requests | json_values, min_size=1, max_size=6))
    @settings(max_examples=ROUNDS, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    def answered(top: dict[str, Any], items: list[Any]) -> None:
        status, answer = ask("evaluations", {**top, "evaluations": items, "options": {}})
        assert status == 200, answer
        assert len(answer["evaluations"]) == len(items)
        for item, one in zip(items, answer["evaluations"], strict=True):
            check_answer(one, schemas)
            whole = isinstance(item, dict) and schemas["request"].is_valid(item)
            assert not (whole and "error" in one.get("context", {}))

    answered()
