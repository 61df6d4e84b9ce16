"""The page of a receipt: plain, accessible, in four languages, and nothing that was put into a text does anything in it."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.async_api import Browser, Page, Route
from sqlalchemy import create_engine

from consent import ConsentStore, Guardian, metadata
from hub.services.consent_views import ConsentView
from hub.services.reasons import LANGUAGES
from hub.web.receipt import POLICY, receipt_page
from tests.consent.conftest import ANNE, BRUNO, KEY, Time, notice
from tests.consent.test_documents import TERMS
from tests.support.browser import chromium

ADDRESS = "https://hub.example/receipt"
EVIL = "<script>document.title = 'taken'</script><img src=x onerror=\"document.title='taken'\">"


def view(text: str = "Puis-je ?", *, over: bool = False, **other: object) -> ConsentView:
    time, engine = Time(), create_engine("sqlite://")
    metadata.create_all(engine)
    store = ConsentStore(KEY, "https://hub.example", time, lambda: "consent-1")
    with engine.begin() as connection:
        record = store.give(
            connection, subject=ANNE, activity="study-grant", controller="grants",
            attributes={"person.income", "person.address"}, notice=notice(text=text), method="m",
            valid_until=time() + timedelta(days=9), terms=replace(TERMS, **other),  # type: ignore[arg-type]
            guardian=Guardian(BRUNO, "parent"),
        )  # fmt: skip
        if over:
            record = store.withdraw(connection, record.id, subject=ANNE)
        matter = store.matter(connection, record)
    return ConsentView(matter, None, None, False, store.receipt, store.open_receipt)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_says_everything_in_its_language(language: str) -> None:
    page = receipt_page(view(), language).decode()
    assert f'<html lang="{language}">' in page
    assert {"fr": "parent a répondu", "nl": "Een ouder", "de": "Ein Elternteil", "en": "A parent"}[
        language
    ] in page
    for said in ("0000100067", "privacy@grants.example", "Calculer la bourse.", "Puis-je ?", "consent-1"):
        assert said in page
    assert '<blockquote lang="fr">' in page
    assert "<script" not in page


def test_what_stands_in_a_text_is_text() -> None:
    page = receipt_page(view(EVIL, purpose={"fr": EVIL}), "fr").decode()
    assert "<script" not in page
    assert "<img" not in page
    assert page.count("&lt;script&gt;") == 2


def test_who_withdrew_is_not_told_how_to_withdraw() -> None:
    page = receipt_page(view(over=True), "en").decode()
    assert "You withdrew your consent" in page
    assert "Withdrawing your consent" not in page


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as browser:
        yield browser


async def opened(browser: Browser, content: bytes, width: int) -> Page:
    page = await browser.new_page(viewport={"width": width, "height": 800})

    async def fulfil(route: Route) -> None:
        headers = {"Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": POLICY}
        await route.fulfill(body=content, headers=headers)

    await page.route("**", fulfil)
    await page.goto(ADDRESS)
    return page


async def test_the_page_has_no_accessibility_fault_that_axe_knows_and_fits_a_phone(browser: Browser) -> None:
    for language in LANGUAGES:
        page = await opened(browser, receipt_page(view(over=language == "de"), language), 320)
        session = await page.context.new_cdp_session(page)
        await session.send("Runtime.evaluate", {"expression": AXE_SCRIPT})
        asked = "axe.run().then((found) => [found.passes.length > 9, found.violations.map((one) => one.id)])"
        answer = await session.send(
            "Runtime.evaluate", {"expression": asked, "awaitPromise": True, "returnByValue": True}
        )
        assert answer["result"]["value"] == [True, []]
        assert await page.evaluate("document.documentElement.scrollWidth") <= 320
        assert await page.evaluate("getComputedStyle(document.querySelector('.state')).fontWeight") == "600"
        await page.close()


async def test_nothing_in_the_page_runs(browser: Browser) -> None:
    page = await opened(browser, receipt_page(view(EVIL), "en"), 800)
    assert await page.title() == "Consent receipt"
    await page.close()
