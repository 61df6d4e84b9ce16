"""Every route names who may pass, and lets nobody else through: each route is tried with every kind of caller."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import iter_route_contexts

from hub.api.guards import (
    GUARDS,
    anyone,
    auditor,
    citizen,
    consents_client,
    dpo,
    evaluate_client,
    prefill_client,
)
from hub.api.portal_usage import PREFIX as PORTALS
from hub.cli import roles
from hub.demo.processes import prepare
from hub.main import create_app
from hub.settings import read_settings
from tests.end_to_end.house import MUNICIPALITY, House
from tests.end_to_end.people import ssin

CITIZEN = "/api/citizen/v1"
HASH = "0" * 64
CONSENT = "0" * 32
DPO = "/api/dpo/v1"
NOBODYS = "0000000097"
"""The number of an organisation that the hub does not know."""
OPEN = frozenset({anyone, auditor})
MONTH = {"since": "2026-01-01T00:00:00Z", "until": "2026-02-01T00:00:00Z", "reason": "x"}


@dataclass(frozen=True)
class Route:
    """One route of the application, and the guards it names."""

    method: str
    path: str
    guards: frozenset[Any]

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


def all_routes(app: FastAPI) -> Iterator[Route]:
    """Every route, however deep it was included."""
    for route in iter_route_contexts(app.routes):
        guards = frozenset(_called(route.dependant)) & frozenset(GUARDS)
        for method in route.methods or ():
            yield Route(method, route.path or "", guards)


def _called(dependant: Dependant) -> Iterator[Any]:
    for one in dependant.dependencies:
        yield one.call
        yield from _called(one)


@pytest.fixture(scope="module")
def routes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Route]:
    """The routes of the hub as it is assembled."""
    made = create_app(read_settings(prepare(tmp_path_factory.mktemp("routes"), {}).environment()))
    while not isinstance(made, FastAPI):
        made = made._app  # type: ignore[attr-defined]
    return {str(route): route for route in all_routes(made)}


def test_every_route_names_exactly_one_guard(routes: dict[str, Route]) -> None:
    assert len(routes) >= 13
    assert not [name for name, route in routes.items() if len(route.guards) != 1]


def test_only_what_is_no_persons_business_is_open(routes: dict[str, Route]) -> None:
    assert {name for name, route in routes.items() if route.guards & OPEN} == {
        "GET /health",
        "GET /verify.html",
        "GET /.well-known/authzen-configuration",
        "GET /.well-known/oauth-authorization-server",
        "GET /oauth2/jwks",
        "POST /oauth2/token",
        "GET /login",
        "GET /login/callback",
        "GET /login/jwks",
        "POST /logout/backchannel",
        "GET /api/log/v1/checkpoint",
        "GET /api/log/v1/keys",
        "GET /api/log/v1/tile/{path:path}",
        "GET /api/log/v1/inclusion",
        "GET /api/log/v1/bridges",
        "GET /api/log/v1/consistency",
        *(
            f"GET /{audience}/v1/doc/openapi.{kind}"
            for audience in ("api/prefill", "api/citizen", "api/dpo", "api/log", "access")
            for kind in ("json", "yaml")
        ),
    }


def test_every_guarded_route_is_tried(routes: dict[str, Route]) -> None:
    assert {name for name, route in routes.items() if not route.guards & OPEN} == set(TRIED)


def test_the_table_of_roles_has_the_routes_of_the_hub_as_it_is_assembled(routes: dict[str, Route]) -> None:
    listed = [name for name, _, _ in roles.routes() if not name.startswith(f"GET {PORTALS}/")]
    assert sorted(listed) == sorted(routes)


@dataclass(frozen=True)
class Try:
    """A request that a rightful caller gets through with, and the status that they get."""

    guard: Any
    path: str
    status: int
    body: Any = None


def _prefill(place: int) -> dict[str, Any]:
    return {"formId": "study-grant", "subject": {"ssin": ssin(place)}, "fields": ["lastName"]}


QUESTION = {name: {"type": "x", "id": "x", "name": "x"} for name in ("subject", "action", "resource")}
ANSWER = {"language": "fr", "noticeHash": HASH}
TRIED = {
    "POST /access/v1/evaluation": Try(evaluate_client, "/access/v1/evaluation", 200, QUESTION),
    "POST /access/v1/evaluations": Try(evaluate_client, "/access/v1/evaluations", 200, QUESTION),
    "POST /api/prefill/v1/prefills": Try(prefill_client, "/api/prefill/v1/prefills", 200, _prefill(0)),
    "POST /api/prefill/v1/emergencies": Try(
        prefill_client,
        "/api/prefill/v1/emergencies",
        400,
        {
            "activityId": "study-grant-decision",
            "subject": {"ssin": ssin(0)},
            "actor": {"token": "x"},
            "caseId": "7",
            "reason": "x",
        },
    ),
    "GET /session": Try(citizen, "/session", 200),
    "POST /logout": Try(citizen, "/logout", 204),
    "POST /api/prefill/v1/consents": Try(
        consents_client,
        "/api/prefill/v1/consents",
        400,
        {"activityId": "study-grant-decision", "subject": {"ssin": ssin(0)}, "language": "fr"},
    ),
    "POST /api/prefill/v1/consents/search": Try(
        consents_client, "/api/prefill/v1/consents/search", 200, {"activityId": "library-card"}
    ),
    "GET /api/prefill/v1/consents/{consentId}": Try(
        consents_client, f"/api/prefill/v1/consents/{CONSENT}", 404
    ),
    "POST /api/prefill/v1/consents/{consentId}/invalidate": Try(
        consents_client, f"/api/prefill/v1/consents/{CONSENT}/invalidate", 404, {"reason": "x"}
    ),
    f"GET {CITIZEN}/usage": Try(citizen, f"{CITIZEN}/usage", 200),
    f"GET {CITIZEN}/usage/{{index}}/explanation": Try(citizen, f"{CITIZEN}/usage/999999999/explanation", 404),
    f"GET {CITIZEN}/usage/{{index}}/proof": Try(citizen, f"{CITIZEN}/usage/999999999/proof", 404),
    f"GET {CITIZEN}/usage/completeness": Try(citizen, f"{CITIZEN}/usage/completeness", 409),
    f"POST {DPO}/usage/search": Try(dpo, f"{DPO}/usage/search", 200, {"reason": "x"}),
    f"POST {DPO}/usage/counts": Try(dpo, f"{DPO}/usage/counts", 200, MONTH),
    f"POST {DPO}/usage/export": Try(dpo, f"{DPO}/usage/export", 200, MONTH),
    f"GET {CITIZEN}/mandates": Try(citizen, f"{CITIZEN}/mandates", 200),
    f"POST {CITIZEN}/mandates": Try(
        citizen,
        f"{CITIZEN}/mandates",
        400,
        {"holder": {"ssin": "00000000000", "name": "x"}, "giverName": "x", "usage": True, "endless": True},
    ),
    **{
        f"POST {CITIZEN}/mandates/{{mandateId}}/{deed}": Try(
            citizen, f"{CITIZEN}/mandates/{CONSENT}/{deed}", 404
        )
        for deed in ("sign", "decline", "revoke")
    },
    f"GET {CITIZEN}/representations": Try(citizen, f"{CITIZEN}/representations", 200),
    f"POST {CITIZEN}/representations": Try(
        citizen, f"{CITIZEN}/representations", 400, {"ssin": "00000000000", "name": "x"}
    ),
    f"POST {CITIZEN}/representations/{{representationId}}/forget": Try(
        citizen, f"{CITIZEN}/representations/{CONSENT}/forget", 404
    ),
    f"GET {CITIZEN}/consents": Try(citizen, f"{CITIZEN}/consents", 200),
    f"GET {CITIZEN}/notices/{{activityId}}": Try(citizen, f"{CITIZEN}/notices/sports-discount", 200),
    f"POST {CITIZEN}/consents": Try(
        citizen,
        f"{CITIZEN}/consents",
        400,
        {"activityId": "sports-discount", "language": "fr", "noticeHash": HASH},
    ),
    **{
        f"GET {CITIZEN}/consents/{{consentId}}{what}": Try(
            citizen, f"{CITIZEN}/consents/{CONSENT}{what}", 404
        )
        for what in ("", "/history", "/record", "/receipt")
    },
    **{
        f"POST {CITIZEN}/consents/{{consentId}}/{what}": Try(
            citizen, f"{CITIZEN}/consents/{CONSENT}/{what}", 404, body
        )
        for what, body in (("give", ANSWER), ("renew", ANSWER), ("refuse", None))
    },
    f"POST {CITIZEN}/consents/{{consentId}}/withdraw": Try(
        citizen, f"{CITIZEN}/consents/{CONSENT}/withdraw", 404
    ),
}
CALLERS = (
    "nobody", "client", "evaluator", "asker", "citizen", "actor", "officer", "no officer", "expired client", "expired citizen", "expired officer",
)  # fmt: skip
PASSES = {
    prefill_client: {"client"}, evaluate_client: {"evaluator"}, consents_client: {"asker"}, citizen: {"citizen"}, dpo: {"officer"},
}  # fmt: skip
KINDS = {
    "nobody": "noAccessToken",
    "expired client": "expiredAccessToken",
    "expired citizen": "expiredAccessToken",
    "expired officer": "expiredAccessToken",
}


LOGINS: dict[str, dict[str, Any]] = {
    "citizen": {},
    "actor": {"audience": "prefill"},
    "officer": {"audience": "dpo", "officer_of": MUNICIPALITY},
    "no officer": {"audience": "dpo", "officer_of": NOBODYS, "office": MUNICIPALITY},
    "expired citizen": {"age": 3600},
    "expired officer": {"audience": "dpo", "officer_of": MUNICIPALITY, "age": 3600},
}


async def token_of(house: House, caller: str) -> str | None:
    if caller == "asker":
        return await house.client_token("municipality", "consents")
    if caller in {"client", "evaluator"}:
        return await house.client_token(scope="prefill" if caller == "client" else "evaluate")
    if caller == "expired client":
        return house.forged_client_token(age=timedelta(hours=1))
    return await house.login(0, **LOGINS[caller]) if caller in LOGINS else None


@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.parametrize("caller", CALLERS)
@pytest.mark.parametrize("name", TRIED)
async def test_it_opens_for_whom_it_should_alone(small: House, name: str, caller: str) -> None:
    tried = TRIED[name]
    method = name.split(" ", 1)[0]
    reply = await small.call(method, tried.path, token=await token_of(small, caller), body=tried.body)
    if caller in PASSES[tried.guard]:
        assert reply.status == tried.status, reply.body
        return
    if caller in {"client", "evaluator", "asker"} and tried.guard not in {citizen, dpo}:
        assert (reply.status, reply.problem) == (403, "missingScope")
        return
    if caller == "no officer" and tried.guard is dpo:
        assert (reply.status, reply.problem) == (403, "missingPermission")
        return
    theirs: dict[str, set[Any]] = {
        "expired client": {prefill_client, evaluate_client, consents_client},
        "expired citizen": {citizen, dpo},
        "expired officer": {citizen, dpo},
    }
    kind = (
        KINDS.get(caller, "invalidAccessToken")
        if tried.guard in theirs.get(caller, {tried.guard})
        else "invalidAccessToken"
    )
    assert (reply.status, reply.problem) == (401, kind)
    assert dict(reply.headers)["www-authenticate"].startswith("Bearer")


@pytest.mark.asyncio(loop_scope="session")
async def test_what_is_open_answers_everybody_alike(small: House) -> None:
    paths = [
        "/health",
        "/oauth2/jwks",
        "/.well-known/authzen-configuration",
        "/.well-known/oauth-authorization-server",
        "/access/v1/doc/openapi.yaml",
        "/api/prefill/v1/doc/openapi.json",
    ]
    for path in [*paths, "/api/citizen/v1/doc/openapi.yaml", "/api/log/v1/doc/openapi.yaml"]:
        answers = {(await small.call("GET", path, token=await token_of(small, who))).body for who in CALLERS}
        assert len(answers) == 1, path


@pytest.mark.asyncio(loop_scope="session")
async def test_no_private_key_is_published(small: House) -> None:
    keys = (await small.call("GET", "/oauth2/jwks")).json["keys"]
    assert len(keys) == 3
    for key in keys:
        assert not {"d", "p", "q", "dp", "dq", "qi", "k"} & set(key)


@pytest.mark.asyncio(loop_scope="session")
async def test_one_sees_and_changes_only_what_is_ones_own(small: House) -> None:
    mine, stranger = small.fresh(), small.fresh()
    consent = await small.consent(mine)
    token = await small.login(stranger)
    listed = await small.call("GET", f"{CITIZEN}/consents", token=token)
    assert listed.json == {"items": [], "total": 0}
    refused = await small.call("POST", f"{CITIZEN}/consents/{consent['consentId']}/withdraw", token=token)
    unknown = await small.call("POST", f"{CITIZEN}/consents/{CONSENT}/withdraw", token=token)
    assert (refused.status, refused.json["detail"]) == (unknown.status, unknown.json["detail"])
    kept = await small.call("GET", f"{CITIZEN}/consents", token=await small.login(mine))
    assert [one["status"] for one in kept.json["items"]] == ["given"]


@pytest.mark.asyncio(loop_scope="session")
async def test_a_client_runs_its_own_forms_alone(small: House) -> None:
    reply = await small.prefill("sports-discount", small.fresh(), client="grants")
    assert {one["reason"]["code"] for one in reply.json["fields"].values()} == {"clientNotAuthorised"}


def test_the_folder_of_keys_is_the_hubs_alone(small: House) -> None:
    def mode(path: Path) -> int:
        return path.stat().st_mode & 0o777

    assert mode(small.keys) == 0o700
    assert {mode(file) for file in small.key_files()} == {0o600}
