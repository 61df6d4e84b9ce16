"""The page as the hub serves it: with its own keys, and with a policy under which it runs and asks nobody anything."""

import json
import re

import pytest

from hub.api import verifier
from tests.end_to_end.house import House


@pytest.mark.asyncio(loop_scope="session")
async def test_the_hub_serves_the_page_with_its_keys(house: House) -> None:
    reply = await house.call("GET", "/verify.html")
    headers = [value for name, value in reply.headers if name.lower() == "content-security-policy"]
    assert (reply.status, reply.type) == (200, "text/html; charset=utf-8")
    assert headers == [f"{verifier.policy()}; frame-ancestors 'none'"]
    found = re.search(r'<script type="application/json" id="pinned">(.*?)</script>', reply.body.decode())
    assert found is not None
    pinned = json.loads(found[1])
    public = await house.command("log", "public-key", "--keys", str(house.keys))
    assert public.stdout.strip() in pinned["log"]
    assert pinned["handles"]
    assert (await house.call("GET", "/verify.html?x=1")).status == 400
