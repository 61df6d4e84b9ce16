"""A direct route answers as FastAPI's own would."""

import json
from typing import Annotated, Any

import pytest
from fastapi import APIRouter, Depends, FastAPI, Request, Response

from hub.api import problems
from hub.api.direct import DirectRoute
from hub.api.wire import PrefillBody
from hub.identity import TokenMissing

GOOD = {"formId": "study-grant", "subject": {"ssin": "00000000097"}, "actor": {"role": "citizen"}}


async def who(request: Request) -> str:
    if "authorization" not in request.headers:
        raise TokenMissing
    return "a-client"


async def silent(request: Request) -> None:
    assert request.url.path


def served(route: type[Any] | None) -> FastAPI:
    router = APIRouter(route_class=route) if route else APIRouter()

    @router.post("/x", dependencies=[Depends(silent)])
    async def endpoint(body: PrefillBody, client: Annotated[str, Depends(who)], request: Request) -> Response:
        return Response(json.dumps([client, body.form_id, body.subject.ssin, body.channel, request.url.path]))

    app = FastAPI()
    problems.install(app)
    app.include_router(router)
    return app


async def asked(app: FastAPI, body: bytes, headers: dict[str, str]) -> tuple[int, Any]:
    """The status and the JSON of an answer, over bare ASGI."""
    sent: list[Any] = []
    given = {"content-type": "application/json", **headers}
    scope = {
        "type": "http", "method": "POST", "path": "/x", "raw_path": b"/x", "query_string": b"", "root_path": "", "scheme": "http",
        "http_version": "1.1", "server": ("x", 80), "headers": [(k.encode(), v.encode()) for k, v in given.items()],
    }  # fmt: skip

    async def receive() -> Any:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    await app(scope, receive, send)
    return sent[0]["status"], json.loads(sent[1]["body"])


@pytest.mark.parametrize(
    "body",
    [
        json.dumps(GOOD).encode(),
        b"",
        b"{",
        b"\xff\xfe{}",
        b"[]",
        b'"text"',
        b"{}",
        json.dumps(GOOD | {"unknown": 1}).encode(),
        json.dumps(GOOD | {"formId": 5, "subject": {"ssin": "12"}}).encode(),
        json.dumps(GOOD | {"subject": {}}).encode(),
        json.dumps(GOOD | {"fields": [], "channel": None}).encode(),
        json.dumps(GOOD | {"actor": {"role": "king"}}).encode(),
    ],
    ids=str,
)
async def test_it_answers_a_client_as_a_route_of_fastapi_does(body: bytes) -> None:
    answers = []
    for route in (DirectRoute, None):
        status, said = await asked(served(route), body, {"authorization": "Bearer t"})
        if isinstance(said, dict):
            said.pop("instance", None)
        answers.append((status, said))
    assert answers[0] == answers[1]


@pytest.mark.parametrize("body", [json.dumps(GOOD).encode(), b"{", b""])
async def test_a_stranger_hears_nothing_of_the_body(body: bytes) -> None:
    status, said = await asked(served(DirectRoute), body, {})
    assert (status, said["type"]) == (401, "urn:problem-type:belgif:noAccessToken")


async def test_null_is_no_body() -> None:
    status, said = await asked(served(DirectRoute), b"null", {"authorization": "Bearer t"})
    assert (status, said["issues"][0]["detail"]) == (400, "must be an object")
