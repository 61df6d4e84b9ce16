"""A client is revoked while a hub runs: nothing more opens for it, at any door, by any token; restored, it is let in again."""

import asyncio

import pytest

from hub.demo.processes import DemoFailed
from tests.end_to_end.house import House

CLIENT = "grants-portal"
QUESTION = {name: {"type": "x", "id": "x", "name": "x"} for name in ("subject", "action", "resource")}


@pytest.mark.asyncio(loop_scope="session")
async def test_no_token_of_a_revoked_client_opens_any_door_until_it_is_restored(small: House) -> None:
    place, evaluator = small.fresh(), await small.client_token(scope="evaluate")
    assert (await small.prefill("study-grant", place)).status == 200
    done = await small.command("clients", "revoke", CLIENT, "--reason", "its key was stolen")
    assert (done.returncode, done.stdout) == (
        0, f"{CLIENT}: revoked; nothing leaves to it any more\n",
    ), done.stderr  # fmt: skip
    try:
        refused = await small.prefill("study-grant", place)
        assert (refused.status, refused.problem) == (401, "invalidAccessToken")
        assert "revoked" in refused.json["detail"]
        asked = await small.call("POST", "/access/v1/evaluation", token=evaluator, body=QUESTION)
        assert (asked.status, asked.problem) == (401, "invalidAccessToken")
        with pytest.raises(DemoFailed, match="invalid_client"):
            await small.new_client_token()
        assert (await small.prefill("library-card", place, client="municipality")).status == 200
    finally:
        restored = await small.command("clients", "restore", CLIENT, "--reason", "it has another key")
    assert (restored.returncode, restored.stdout) == (0, f"{CLIENT}: in force again\n"), restored.stderr
    async with asyncio.timeout(20):
        while (await small.prefill("study-grant", place)).status != 200:  # noqa: ASYNC110 - a client hears of it by asking
            await asyncio.sleep(0.05)
    assert await small.new_client_token()
