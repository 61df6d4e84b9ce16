"""Who may ask, how strongly they must have logged in, on which channel, and to which words they agreed: over the wire."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.end_to_end.house import House
from tests.end_to_end.people import MINOR
from tests.end_to_end.replies import Json, reasons, statuses, values

pytestmark = pytest.mark.asyncio(loop_scope="session")

TRANSPORT = {"lastName", "firstNames", "address", "disabilityRecognised"}


def _rewritten(folder: Path, target: Path, *accepted: str) -> Path:
    """The catalogue of a house after the municipality wrote its notice anew, and the grants portal was held to the web."""
    shutil.copytree(folder / "catalogue", target)
    _replace(target / "activities.yaml", "Vous pouvez refuser", "Vous pouvez dire non")
    _replace(target / "clients.yaml", "company-subsidy]\n", "company-subsidy]\n    channels: [web]\n")
    if accepted:
        validity = "    consentValidity: P1Y\n"
        _replace(target / "activities.yaml", validity, f"{validity}    acceptedNotices: {list(accepted)}\n")
    return target


def _replace(file: Path, old: str, new: str) -> None:
    text = file.read_text("utf-8")
    assert text.count(old) == 1
    file.write_text(text.replace(old, new), "utf-8")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def rewritten(small: House, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    """A hub on the same data whose catalogue was changed meanwhile."""
    catalogue = _rewritten(small.at.folder, tmp_path_factory.mktemp("rewritten") / "catalogue")
    async with small.replica({"CATALOGUE": str(catalogue)}) as hub:
        yield hub


async def test_a_minor_alone_is_refused_where_an_adult_is_not(house: House) -> None:
    calls = await house.source("national-register", "GET", "/_calls")
    refused = await house.prefill("study-grant", MINOR, fields=["lastName", "birthDate"])
    assert {name: one["code"] for name, one in reasons(refused).items()} == {
        "lastName": "minorNotAlone", "birthDate": "minorNotAlone",
    }  # fmt: skip
    assert await house.source("national-register", "GET", "/_calls") == calls, "no source was asked"
    adult = await house.prefill("study-grant", house.fresh(), fields=["lastName", "birthDate"])
    assert set(statuses(adult).values()) == {"filled"}


async def test_a_minor_acts_alone_from_the_age_that_the_activity_names(house: House) -> None:
    reply = await house.prefill("library-card", MINOR, client="municipality")
    assert set(statuses(reply).values()) == {"filled"}


async def test_a_minor_reads_in_their_log_why_they_were_refused(house: House) -> None:
    await house.prefill("study-grant", MINOR, fields=["lastName"])
    line = (await house.lines(MINOR, "?kind=prefill"))[0]
    assert (line["outcome"], line["withheld"]) == ("refused", {"person.familyName": "minorNotAlone"})


async def test_a_weak_login_is_told_which_one_would_do_and_then_gets_it(house: House) -> None:
    place = house.fresh()
    weak = await house.prefill("adapted-transport", place, client="municipality", level=200)
    assert statuses(weak) == {**dict.fromkeys(TRANSPORT, "filled"), "disabilityRecognised": "denied"}
    told = reasons(weak)["disabilityRecognised"]
    assert told["code"] == "assuranceTooLow"
    assert told["remedy"] == {"action": "raiseAssurance", "level": 400}
    level = told["remedy"]["level"]
    strong = await house.prefill("adapted-transport", place, client="municipality", level=level)
    assert set(statuses(strong).values()) == {"filled"}
    assert "disabilityRecognised" in values(strong)


async def test_a_client_is_held_to_its_own_channels(small: House, rewritten: str) -> None:
    asked: Json = {"form": "study-grant", "place": small.fresh(), "fields": ["lastName"]}
    assert statuses(await small.prefill(**asked, channel="counter")) == {"lastName": "filled"}
    assert statuses(await small.prefill(**asked, channel="web", hub=rewritten)) == {"lastName": "filled"}
    counter = reasons(await small.prefill(**asked, channel="counter", hub=rewritten))["lastName"]
    assert counter["code"] == "channelNotAllowed"
    assert "remedy" not in counter, "nothing that the caller can do would help"


async def test_a_form_is_told_where_consent_is_given(house: House) -> None:
    reply = await house.prefill("sports-discount", house.fresh(), client="municipality")
    remedies = [one["remedy"] for one in reasons(reply).values()]
    assert remedies
    assert all(one == {"action": "giveConsent", "activityId": "sports-discount"} for one in remedies)


async def test_a_reason_is_told_in_each_language(small: House) -> None:
    texts = set()
    for language in ("fr", "nl", "de", "en"):
        spoken = {"Accept-Language": language}
        reply = await small.prefill("study-grant", MINOR, fields=["lastName"], headers=spoken)
        texts.add(reasons(reply)["lastName"]["text"])
    assert len(texts) == 4


async def test_consent_to_other_words_is_no_consent_unless_they_are_still_accepted(
    small: House, rewritten: str, tmp_path: Path
) -> None:
    place = small.fresh()
    consent = await small.consent(place)
    ask: Json = {"form": "sports-discount", "place": place, "client": "municipality", "fields": ["lastName"]}
    assert statuses(await small.prefill(**ask)) == {"lastName": "filled"}
    assert statuses(await small.prefill(**ask, hub=rewritten)) == {"lastName": "consentRequired"}
    accepting = _rewritten(small.at.folder, tmp_path / "accepting", consent["noticeHash"])
    async with small.replica({"CATALOGUE": str(accepting)}) as hub:
        assert statuses(await small.prefill(**ask, hub=hub)) == {"lastName": "filled"}
