import json
import time
from types import SimpleNamespace
from typing import Any
from unittest.mock import AsyncMock

import pytest
from fastapi import FastAPI

from hub.api import prefill, problems
from hub.api.door import Door
from hub.services.delivery import DELIVERY_WINDOW_S, Leave
from hub.services.outcomes import Outcome
from hub.services.prefill import PrefillAnswer
from tests.hub.api.conftest import Serve, read_all, until

VALUE = "a-value-of-a-person"
MUCH = 16_000_000


class Prefills:
    """Stands in the place of the service: answers at once, with what a test says."""

    def __init__(self, *, value: str = VALUE, left: float | None = None) -> None:
        self.value, self.left = value, left
        self.dropped: list[str] = []

    async def __call__(self, client: str, request: object) -> PrefillAnswer:
        asked: Any = SimpleNamespace(
            form=SimpleNamespace(id="a-form", version="1"), activity=SimpleNamespace(id="an-activity")
        )
        fields = {"name": ("person.familyName", Outcome("filled", self.value))}
        before = None if self.left is None else time.monotonic() + self.left
        return PrefillAnswer("an-id", asked, "a-handle", fields, 7, None, before)

    def leave(self, answer: PrefillAnswer) -> Leave | None:
        async def drop() -> None:
            self.dropped.append(answer.id)

        async def late(left: float, over: float) -> None:
            raise AssertionError("it left in time")

        return None if answer.deliver_before is None else Leave(answer.deliver_before, drop, late)


def app(prefills: Prefills) -> Door:
    made = FastAPI()
    problems.install(made)
    made.router.routes.extend(prefill.router.routes)
    token = SimpleNamespace(client_id="a-client", bound_to=None)
    made.state.parts = SimpleNamespace(
        prefill=prefills, callers=SimpleNamespace(verify=AsyncMock(return_value=token)), revoked=SimpleNamespace(check=AsyncMock()),
        rates=SimpleNamespace(admit=lambda _: None), settings=SimpleNamespace(prefill_audience="an-audience"),
    )  # fmt: skip
    return Door(made, max_body_bytes=1000)


def request() -> bytes:
    body = json.dumps({"formId": "a-form", "subject": {"ssin": "85010112345"}}).encode()
    head = f"POST /api/prefill/v1/prefills HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer a-token\r\nContent-Type: application/json\r\nContent-Length: {len(body)}"
    return head.encode() + b"\r\n\r\n" + body


@pytest.mark.parametrize("left", [None, 5.0])
def test_an_answer_arrives(serve: Serve, left: float | None) -> None:
    prefills = Prefills(left=left)
    with serve(app(prefills)) as served, served.connect() as line:
        line.sendall(request())
        got = read_all(line)
    assert got.startswith(b"HTTP/1.1 200")
    assert VALUE.encode() in got
    assert not prefills.dropped


def test_an_answer_whose_window_is_over_is_dropped_and_recorded(serve: Serve) -> None:
    prefills = Prefills(left=-0.001)
    with serve(app(prefills)) as served, served.connect() as line:
        line.sendall(request())
        got = read_all(line)
    assert got.startswith(b"HTTP/1.1 503")
    assert VALUE.encode() not in got
    assert prefills.dropped == ["an-id"]


def test_an_answer_that_is_not_read_within_its_window_is_cut_and_recorded(serve: Serve) -> None:
    prefills = Prefills(value="." * MUCH + VALUE, left=DELIVERY_WINDOW_S)
    with serve(app(prefills)) as served, served.connect(receive_buffer=4096) as line:
        line.sendall(request())
        until(lambda: bool(prefills.dropped))
        got = read_all(line)
    assert VALUE.encode() not in got
    assert prefills.dropped == ["an-id"]
