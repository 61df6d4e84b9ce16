"""Whatever a stranger sends as a token, a page, an error or an OpenAPI, what we answer is one of the errors that are declared."""

import asyncio
import json
from contextlib import suppress
from copy import deepcopy
from pathlib import Path
from typing import Any

import yaml
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from yarl import URL

from connectors import ContractBroken, SourceError, check_against_contract, read_declaration
from connectors.access.rule import OAuth
from connectors.access.tokens import Token, Tokens
from connectors.guard.memory import Measure, Share
from connectors.http import Answer, Outgoing, Wire
from connectors.json_reply import compile_path
from connectors.page_rule import PageRule
from connectors.pages import gather
from connectors.rest_errors import codes_in
from tests.connectors.conftest import NOW, REST, changed
from tests.connectors.test_openapi_check import CONTRACT, GET, POST

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["x", "?n=2", "#/a"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["items", "next", "error", "code", "type", "$ref", "x"]) | st.text(max_size=5),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)
STATUSES = st.sampled_from([200, 200, 200, 204, 400, 401, 404, 429, 500])
KINDS = st.sampled_from(["application/json", "application/problem+json", "text/html", ""])


def answer(status: int, body: bytes, kind: str = "application/json", **headers: str) -> Answer:
    return Answer(status, kind, None, None, body, headers)


@given(
    STATUSES,
    st.binary(max_size=60)
    | JSON.map(
        lambda value: json.dumps({"access_token": value, "expires_in": value, "token_type": value}).encode()
    ),
)
@example(200, b'{"access_token": "a", "expires_in": 1e999}')
@example(200, b'{"access_token": "a", "expires_in": ' + b"9" * 5000 + b"}")
@example(200, b'{"access_token": "\\ud800"}')
def test_any_answer_of_a_token_endpoint_is_a_token_or_an_error(status: int, body: bytes) -> None:
    rule = OAuth("http://127.0.0.1/t", "c", "client_secret_post", "s", None, "a", {}, {}, tls=False)
    tokens = Tokens(
        "source", rule, {"s": "w"}.__getitem__, Wire("source", connections=1, body_bytes=100),
        deadline=1.0, clock=lambda: NOW, monotonic=lambda: 0.0, uuid=lambda: "u",
    )  # fmt: skip
    try:
        found: Token | SourceError = tokens._read(answer(status, body))
    except SourceError as error:
        found = error
    if isinstance(found, SourceError):
        assert "token endpoint" in str(found)
    else:
        assert found.value.isascii()
        assert 0 <= found.until <= 86_400


PAGES = [
    PageRule(("items",), kind, compile_path("next"), "after", 1, 5)
    for kind in ("link", "number", "cursor", "linkHeader")
]


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(PAGES),
    st.lists(st.tuples(STATUSES, KINDS, st.binary(max_size=20) | JSON.map(lambda v: json.dumps({"items": [], "next": v}).encode()) | JSON.map(lambda v: json.dumps(v).encode()), st.text(max_size=20)), min_size=1, max_size=8),
)  # fmt: skip
def test_any_pages_are_an_answer_or_an_error(
    rule: PageRule, given_: list[tuple[int, str, bytes, str]]
) -> None:
    left = iter(given_)
    asked: list[URL] = []

    async def exchange(request: Outgoing) -> Answer:
        asked.append(request.url)
        status, kind, body, link = next(left, (200, "application/json", b'{"items": []}', ""))
        return answer(status, body, kind, Link=f"<{link}>; rel=next")

    request = Outgoing("GET", URL("http://127.0.0.1/list"), {}, None)
    with suppress(ContractBroken):
        asyncio.run(
            gather(
                "source",
                rule,
                request,
                exchange,
                exchange,
                bound=200,
                secret="x" * 50,
                hold=lambda: Share(Measure(1000)),
            )
        )
    assert len(asked) <= rule.most
    assert {url.origin() for url in asked} == {URL("http://127.0.0.1")}
    assert len(set(map(str, asked))) == len(asked)


@given(st.sampled_from(["problem", "errors", "error"]), JSON)
def test_any_error_has_its_codes_or_none(shape: str, document: Any) -> None:
    assert "" not in codes_in(shape, document)


def places(node: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Where something stands in an OpenAPI."""
    found = [path] if path else []
    for key, value in (
        node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    ):
        found += places(value, (*path, key))
    return found


SOUND: dict[str, Any] = yaml.safe_load(CONTRACT)
PLACES = places(SOUND)
REFERENCES = [
    {"$ref": target}
    for target in (
        "#/components/schemas/Answer",
        "#",
        "#/paths",
        "api.json",
        "../x.json",
        "http://127.0.0.1:1/x",
    )
]


@settings(
    max_examples=150,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    deadline=None,
)
@given(
    st.lists(st.tuples(st.sampled_from(PLACES), JSON | st.sampled_from(REFERENCES)), min_size=1, max_size=3)
)
@example([(("components", "schemas", "Answer"), {"$ref": "#/components/schemas/Answer"})])
@example(
    [(("components", "schemas", "Enterprise"), {"allOf": [{"$ref": "#/components/schemas/Enterprise"}]})]
)
@example([(("components", "parameters", "Purpose"), {"$ref": "#/components/parameters/Purpose"})])
@example([(("paths", "/enterprises/{id}"), {"$ref": "#/paths/~1enterprises~1{id}"})])
@example([(("servers",), [{"url": "http://["}])])
def test_any_openapi_fits_or_has_problems_with_places(
    tmp_path: Path, changes: list[tuple[tuple[Any, ...], Any]]
) -> None:
    contract = deepcopy(SOUND)
    for path, value in changes:
        at: Any = contract
        for step in path[:-1]:
            at = (
                at[step]
                if (isinstance(at, dict) and step in at)
                or (isinstance(at, list) and isinstance(step, int) and step < len(at))
                else {}
            )
        if isinstance(at, dict):
            at[path[-1]] = deepcopy(value)
    (tmp_path / "api.json").write_text(json.dumps(contract), "utf-8")
    for request in (GET, POST):
        base = {"contract": "api.json", "request": request, "reply": {"answer": "enterprise"}}
        declaration = read_declaration("source", changed(REST, base), folder=tmp_path)
        assert all(problem.path for problem in check_against_contract(declaration))
