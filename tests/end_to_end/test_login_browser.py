"""A real browser logs in to the demo and out again, with the headers and cookies that it sends by itself."""

import pytest

from tests.end_to_end.house import House
from tests.support.browser import chromium


@pytest.mark.asyncio(loop_scope="session")
async def test_somebody_logs_in_and_out_with_a_real_browser(small: House) -> None:
    async with chromium() as browser:
        context = await browser.new_context(locale="nl")
        page = await context.new_page()
        await page.goto(f"{small.hub}/session")
        assert await page.inner_text("h1") == "U bent niet aangemeld"
        await page.click("text=Aanmelden")
        await page.select_option("select[name=person]", str(small.fresh()))
        await page.click("text=Log in")
        assert page.url == f"{small.hub}/session"
        assert await page.inner_text("h1") == "U bent aangemeld."
        kept = {one["name"]: one for one in await context.cookies(small.hub)}
        assert (kept["onlyonce"]["httpOnly"], kept["onlyonce"]["sameSite"]) == (True, "Lax")
        assert "onlyonce-login" not in kept
        await page.click("text=Afmelden")
        await page.wait_for_url(f"{small.hub}/session")
        assert await page.inner_text("h1") == "U bent niet aangemeld"
        assert "onlyonce" not in {one["name"] for one in await context.cookies(small.hub)}
