"""The page as the hub serves it: with its own keys, and with a policy under which it runs and asks nobody anything."""

import json
import re

import pytest
from playwright.async_api import FilePayload

from hub.api import verifier
from tests.end_to_end.house import House
from tests.end_to_end.people import ssin
from tests.end_to_end.test_line_proofs import proof
from tests.support.browser import chromium


@pytest.mark.asyncio(loop_scope="session")
async def test_the_hub_serves_the_page_with_its_keys(small: House) -> None:
    reply = await small.call("GET", "/verify.html")
    headers = [value for name, value in reply.headers if name.lower() == "content-security-policy"]
    assert (reply.status, reply.type) == (200, "text/html; charset=utf-8")
    assert headers == [f"{verifier.policy()}; frame-ancestors 'none'"]
    found = re.search(r'<script type="application/json" id="pinned">(.*?)</script>', reply.body.decode())
    assert found is not None
    pinned = json.loads(found[1])
    public = await small.command("log", "public-key", "--keys", str(small.keys))
    assert public.stdout.strip() in pinned["log"]
    assert pinned["handles"]
    assert (await small.call("GET", "/verify.html?x=1")).status == 400


@pytest.mark.asyncio(loop_scope="session")
async def test_a_citizen_checks_their_own_proof_on_the_hubs_page(small: House) -> None:
    place, stranger = small.fresh(), small.fresh()
    index = (await small.prefill("study-grant", place, caseId="case-in-the-browser")).json["logIndex"]
    taken = await proof(small, place, index)
    async with chromium() as browser:
        page = await browser.new_page(locale="en-GB")
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        await page.goto(f"{small.hub}/verify.html")
        file = FilePayload(name="line.proof.json", mimeType="application/json", buffer=taken.body)
        await page.set_input_files("#file", files=file)
        await page.wait_for_selector("#result.good", timeout=20_000)
        words = await page.inner_text("#result")
        assert "This line is proven" in words
        assert "case-in-the-browser" in words
        for number, answer in ((ssin(place), "Yes:"), (ssin(stranger), "No:")):
            await page.evaluate("at('answer').textContent = ''")
            await page.fill("#number", number)
            await page.click("#compare")
            await page.wait_for_function("at('answer').textContent !== ''", timeout=20_000)
            assert answer in await page.inner_text("#answer")
        forged = FilePayload(
            name="x.json",
            mimeType="application/json",
            buffer=taken.body.replace(b"case-in-the-browser", b"case-in-the-newspaper"),
        )
        await page.set_input_files("#file", files=forged)
        await page.wait_for_selector("#result.bad", timeout=20_000)
        assert "“Case” is not what was recorded" in await page.inner_text("#result")
        assert asked == [f"{small.hub}/verify.html"]
