"""Who comes too often, or guesses, is told when to come back."""

from pathlib import Path
from typing import Any

from hub.main import create_app
from hub.settings import read_settings
from tests.hub.api.test_client_cert import ELSEWHERE, OTHER, OWN, PROXY, brought, environment, post, token

MANY = 1_000
"""More than any machine is too slow for."""


async def test_a_client_past_its_rate_and_whoever_guesses_get_429(tmp_path: Path) -> None:
    app = create_app(read_settings(environment(tmp_path, TLS_PROXIES=PROXY, CLIENT_RATE="1")))
    bearer = (await token(app, brought(OWN)))[1]["access_token"]
    headers = [(b"authorization", f"Bearer {bearer}".encode()), *brought(OWN)]
    told: list[tuple[int, Any]] = []
    while len(told) < MANY and (not told or told[-1][0] != 429):
        kind = "application/json"
        told.append(await post(app, "/access/v1/evaluation", b"{}", kind, headers=headers, peer=PROXY))
    assert told[0][0] == 400
    status, refused = told[-1]
    assert (status, refused["type"]) == (429, "urn:problem-type:belgif:tooManyRequests")
    assert (refused["limit"], refused["retryAfterSec"]) == (1, 1)

    guesses: list[int] = []
    while len(guesses) < MANY and 429 not in guesses:
        guesses.append((await token(app, brought(OTHER)))[0])
    assert set(guesses[:100]) == {401}
    assert guesses[-1] == 429
    # From elsewhere nobody waits for them.
    assert (await token(app, brought(OTHER), ELSEWHERE))[0] == 401
