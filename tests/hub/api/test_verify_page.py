"""The page `verify.html` in a real browser, from a file and without a network: what it proves, and what it does not let pass."""

import json
from base64 import b64decode
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from axe_playwright_python.base import AXE_SCRIPT
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from playwright.async_api import Browser, FilePayload, Page

from audit import (
    CheckpointSigner,
    ProofInvalid,
    Trust,
    check_signatures,
    checkpoint,
    read_bundle,
)
from audit.proving.bundle import write_fields
from audit.proving.form import encoded
from hub.api import verifier
from hub.services.proofs import SHOWN_OPEN, SHOWN_SEALED
from tests.audit.proofs import EXAMPLE_KEY, Json, alterations, example, text_of
from tests.hub.api.page_proofs import (
    HANDLES,
    HANDLES_KEY,
    LOG,
    ORIGIN,
    continued,
    cosigned,
    keys,
    kinds_of_tampering,
    with_keys,
)
from tests.support.browser import chromium

pytestmark = pytest.mark.asyncio(loop_scope="module")
NUMBER = "00000000097"
LANGUAGES = ("fr", "nl", "de", "en")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as browser:
        yield browser


class Visitor:
    """Somebody with the page open, from a file; everything that it asks of a network is noted, and refused."""

    def __init__(self, page: Page, folder: Path) -> None:
        self.page, self._folder = page, folder
        self.asked: list[str] = []
        self.errors: list[str] = []
        page.on("request", lambda request: self.asked.append(request.url))
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", lambda said: self.errors.append(said.text) if said.type == "error" else None)

    async def open(self, trusted: Json) -> None:
        file = self._folder / "verify.html"
        file.write_bytes(verifier.page(trusted))
        await self.page.goto(file.as_uri())

    async def drop(self, content: str) -> tuple[str, str]:
        """Choose a file; the kind of the result, and its words."""
        await self.page.evaluate("at('result').className = 'waiting'")
        payload = FilePayload(name="line.proof.json", mimeType="application/json", buffer=content.encode())
        await self.page.set_input_files("#file", files=payload)
        await self.page.wait_for_selector("#result:not(.waiting)", timeout=20_000)
        result = self.page.locator("#result")
        return await result.get_attribute("class") or "", await result.inner_text()


@pytest_asyncio.fixture(loop_scope="module")
async def visitor(browser: Browser, tmp_path: Path) -> AsyncIterator[Visitor]:
    context = await browser.new_context(locale="en-GB")
    visitor = Visitor(await context.new_page(), tmp_path)
    yield visitor
    assert visitor.errors == []
    assert [url for url in visitor.asked if not url.startswith("file:")] == []
    await context.close()


async def test_a_proof_is_shown_with_what_it_proves(visitor: Visitor) -> None:
    await visitor.open(keys(witnesses=True))
    kind, words = await visitor.drop(
        text_of(continued(example()) | {"inclusion": cosigned(example())["inclusion"]})
    )
    # The later checkpoint is the one that has to be cosigned.
    assert (kind, "Of the 1 witnesses that are needed, 0 cosigned" in words) == ("warn", True), words
    assert "This was altered" not in words
    kind, words = await visitor.drop(text_of(cosigned(example())))
    assert kind == "good", words
    for expected in (
        "This line is proven",
        "line 0",
        "first 2 lines",
        "witness.example",
        "13 pieces",
        "disclosed",
        "c-1",
    ):
        assert expected in words, expected
    assert "person.familyName" not in words


async def test_a_later_state_of_the_log_is_followed(visitor: Visitor) -> None:
    await visitor.open(keys())
    proof = continued(example())
    kind, words = await visitor.drop(text_of(proof))
    assert (kind, "went on from there to 5 lines" in words) == ("good", True)
    proof["later"]["path"][-1] = proof["leaf"]
    kind, words = await visitor.drop(text_of(proof))
    assert (kind, "does not go on" in words) == ("bad", True)


async def test_a_key_that_only_the_file_names_proves_nothing_until_it_is_trusted(visitor: Visitor) -> None:
    await visitor.open(keys(log=False))
    kind, words = await visitor.drop(text_of(with_keys(example())))
    assert (kind, LOG in words) == ("warn", True)
    assert "This line is proven" not in words
    await visitor.page.click("#trust summary")
    await visitor.page.fill("#keys", LOG)
    await visitor.page.wait_for_selector("#result.good", timeout=20_000)
    forged = with_keys(example())
    forger = Ed25519PrivateKey.generate()
    forged["keys"]["log"] = [checkpoint.verifier_key(ORIGIN, forger.public_key())]
    root = read_bundle(text_of(forged)).checkpoint.root
    forged["inclusion"]["checkpoint"] = CheckpointSigner(ORIGIN, forger).sign(2, root)
    kind, words = await visitor.drop(text_of(forged))
    assert (kind, "did not sign" in words) == ("bad", True)


async def test_a_name_that_a_file_gives_is_shown_as_it_stands_there(visitor: Visitor) -> None:
    odd, proof = "$&{count}/log", with_keys(example())
    proof["keys"]["log"] = [checkpoint.verifier_key(odd, EXAMPLE_KEY.public_key())]
    root = read_bundle(text_of(proof)).checkpoint.root
    proof["inclusion"]["checkpoint"] = CheckpointSigner(odd, EXAMPLE_KEY).sign(2, root)
    await visitor.open(keys(log=False))
    kind, words = await visitor.drop(text_of(proof))
    assert (kind, words.count(odd)) == ("warn", 3)


async def test_each_kind_of_tampering_is_named(visitor: Visitor) -> None:
    await visitor.open(keys())
    for what, proof, words in kinds_of_tampering():
        kind, shown = await visitor.drop(text_of(proof))
        assert words in shown, what
        assert kind == ("warn" if what == "a part" else "bad"), what
        assert ("This was altered" in shown) == (kind == "bad"), what
    await visitor.open(keys(witnesses=True))
    stranger = cosigned(example(), Ed25519PrivateKey.generate())
    assert (await visitor.drop(text_of(stranger)))[0] == "warn"
    moved = cosigned(example())
    *lines, last, end = moved["inclusion"]["checkpoint"].split("\n")
    head, signed = last.rsplit(" ", 1)
    late = bytearray(b64decode(signed))
    late[11] ^= 1  # the last byte of its time
    moved["inclusion"]["checkpoint"] = "\n".join((*lines, f"{head} {encoded(bytes(late))}", end))
    kind, shown = await visitor.drop(text_of(moved))
    assert (kind, "witness.example is wrong" in shown) == ("bad", True)


async def test_the_page_refuses_what_the_command_refuses_and_nothing_else(visitor: Visitor) -> None:
    """Every text of a proof altered at three places, each part left out and each doubled: both judge alike."""
    await visitor.open(keys())
    tried = [(what, text_of(one)) for what, one in alterations(with_keys(continued(example())))]
    script = """async (texts) => Promise.all(texts.map((text) => checkProof(text, {log: [LOG], witnesses: [], quorum: 0})
        .then((found) => found.vouched, (error) => { if (!(error instanceof Altered)) throw error; return false; })))"""
    passed: list[bool] = await visitor.page.evaluate(
        script.replace("LOG", json.dumps(LOG)), [text for _, text in tried]
    )
    assert len(passed) == len(tried) > 200
    differing = [what for (what, text), page in zip(tried, passed, strict=True) if page != holds(text)]
    assert differing == []
    assert sum(passed) < 20


def holds(text: str) -> bool:
    try:
        check_signatures(read_bundle(text), Trust(log=(LOG,)))
    except ProofInvalid:
        return False
    return True


async def test_whose_line_it_is_shows_by_their_number_alone(visitor: Visitor) -> None:
    proof = with_keys(example())
    salt, value = bytes(16), HANDLES.of("audit", "ssin", NUMBER).encode()
    await visitor.open(keys())
    about: Any = await visitor.page.evaluate(
        """async ([field, handle, numbers, key]) => { const fields = await readFields([field]);
        return Promise.all(numbers.map((number) => isAbout({fields, handle}, number, key))); }""",
        [
            write_fields([b"subject"], [value], salt, {"subject"})[0],
            {"room": "audit", "scheme": "ssin", "proof": encoded(HANDLES.proof("audit", "ssin", NUMBER))},
            [NUMBER, "00000000196", ""],
            HANDLES_KEY,
        ],
    )
    assert about == [True, False, False]
    handle = {"room": "audit", "scheme": "ssin", "proof": encoded(HANDLES.proof("audit", "ssin", NUMBER))}
    await visitor.drop(text_of({**proof, "handle": handle}))
    await visitor.page.fill("#number", NUMBER)
    await visitor.page.press("#number", "Enter")
    await visitor.page.wait_for_function("at('answer').textContent !== ''", timeout=20_000)
    assert "No:" in await visitor.page.inner_text("#answer")  # the example's handle is nobody's
    assert await visitor.page.input_value("#number") == ""


async def test_the_page_speaks_four_languages_and_has_all_texts_in_each(visitor: Visitor) -> None:
    await visitor.open(keys())
    texts: dict[str, dict[str, str]] = await visitor.page.evaluate("TEXTS")
    assert set(texts) == set(LANGUAGES)
    assert len({tuple(sorted(one)) for one in texts.values()}) == 1
    fields: dict[str, list[str]] = await visitor.page.evaluate("FIELDS")
    assert set(fields) == SHOWN_OPEN | SHOWN_SEALED
    assert all(len(words) == len(LANGUAGES) and all(words) for words in fields.values())
    await visitor.drop(text_of(example()))
    for language in LANGUAGES:
        await visitor.page.click(f"[data-language={language}]")
        assert await visitor.page.get_attribute("html", "lang") == language
        assert texts[language]["proven"] in await visitor.page.inner_text("#result")


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_the_page_has_no_accessibility_fault_that_axe_knows(visitor: Visitor, scheme: Any) -> None:
    await visitor.page.emulate_media(color_scheme=scheme)
    await visitor.open(keys(log=False))
    handle = {"room": "audit", "scheme": "ssin", "proof": encoded(bytes(256))}
    for proof in (
        None,
        {**with_keys(example()), "handle": handle},
        {**example(), "leaf": encoded(bytes(32))},
    ):
        if proof is not None:
            await visitor.drop(text_of(proof))
        found = await axe(visitor)
        assert found == []


async def axe(visitor: Visitor) -> list[str]:
    """What axe-core finds. Its code goes in by the debugger, past the page's policy."""
    session = await visitor.page.context.new_cdp_session(visitor.page)
    await session.send("Runtime.evaluate", {"expression": AXE_SCRIPT})
    asked = {
        "expression": "axe.run().then((found) => [found.passes.length > 9, found.violations.map((one) => one.id)])"
    }
    answer = await session.send("Runtime.evaluate", {**asked, "awaitPromise": True, "returnByValue": True})
    has_run, violations = answer["result"]["value"]
    assert has_run
    return list(violations)


async def test_the_page_is_what_its_parts_make() -> None:
    assert verifier.build() == (Path(verifier.__file__).parent / "verify.html").read_text("utf-8")
