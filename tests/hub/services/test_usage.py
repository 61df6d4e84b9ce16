import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519

from audit import CheckpointSigner, Choice
from audit.checkpoints.kept import Guard
from audit.checkpoints.signing import sign_head
from connectors import Identifier
from hub.identity import Person
from hub.services.errors import NotPermitted, NotRecorded
from tests.hub.services.conftest import CITIZEN, COMPANY, OTHER, House

PREFILLS = Choice(kind=frozenset({"prefill"}))


def person(number: str = CITIZEN, *, may_act_for: frozenset[str] = frozenset({COMPANY})) -> Person:
    return Person(
        ssin=number, assurance_level=450, enterprises=may_act_for, expires_at=datetime(2030, 1, 1, tzinfo=UTC)
    )


async def test_a_citizen_reads_their_lines_newest_first_and_the_reading_is_a_line(house: House) -> None:
    for _ in range(3):
        await house.ask("study-grant", "lastName")
    page = await house.usage.read(person(), representing=None, before=None, size=10)
    assert [item.line.index for item in page.lines] == [2, 1, 0]
    again = await house.usage.read(person(), representing=None, before=None, size=10)
    assert [item.line.kind for item in again.lines] == ["usageRead", "prefill", "prefill", "prefill"]


async def test_a_line_names_organisation_purpose_and_until_when_it_is_kept(house: House) -> None:
    await house.ask("study-grant", "lastName")
    (item,) = (await house.usage.read(person(), representing=None, before=None, size=10)).lines
    assert item.controller == house.catalogue.controllers["grants-office"]
    assert item.activity == house.catalogue.activities["study-grant-decision"]
    assert item.retention_until == datetime(2036, 3, 3, 10, 0, tzinfo=UTC)


async def test_pages_follow_one_another_without_gap_or_repetition(house: House) -> None:
    await asyncio.gather(*(house.ask("study-grant", "lastName") for _ in range(7)))
    seen: list[int] = []
    before = None
    while True:
        page = await house.usage.read(person(), representing=None, before=before, size=3, choice=PREFILLS)
        seen += [item.line.index for item in page.lines]
        before = page.before
        if before is None:
            break
    assert seen == sorted(seen, reverse=True)
    assert len(seen) == 7


async def test_the_total_counts_what_the_filter_lets_through(house: House) -> None:
    await house.ask("study-grant", "lastName")
    await house.usage.read(person(), representing=None, before=None, size=3)
    page = await house.usage.read(person(), representing=None, before=None, size=3, choice=PREFILLS)
    assert page.total == 1


async def test_somebody_without_lines_gets_an_empty_page(house: House) -> None:
    page = await house.usage.read(person(OTHER), representing=None, before=None, size=10)
    assert (page.lines, page.total, page.before) == ((), 0, None)


async def test_the_lines_of_an_enterprise_are_for_who_may_act_for_it(house: House) -> None:
    await house.ask("company-subsidy", "legalName", role="representative", basis="enterpriseRole")
    page = await house.usage.read(person(), representing=COMPANY, before=None, size=10)
    assert len(page.lines) == 1
    with pytest.raises(NotPermitted):
        await house.usage.read(person(may_act_for=frozenset()), representing=COMPANY, before=None, size=10)


async def test_a_reading_for_an_enterprise_says_who_read(house: House) -> None:
    await house.usage.read(person(), representing=COMPANY, before=None, size=10)
    (line,) = house.lines(COMPANY, "enterpriseNumber")
    assert line.details is not None
    assert line.details["role"] == "representative"
    assert line.details["actor"] == house.journal.subject(Identifier("ssin", CITIZEN))


async def test_nothing_is_shown_when_the_reading_cannot_be_recorded(house: House) -> None:
    await house.ask("study-grant", "lastName")
    await house.log.close()
    with pytest.raises(NotRecorded):
        await house.usage.read(person(), representing=None, before=None, size=10)


async def test_lines_are_chosen_by_purpose_controller_outcome_and_time(house: House) -> None:
    await house.ask("study-grant", "lastName")
    house.clock.pass_by(seconds=3600)
    await house.ask("sports-discount", "lastName")
    moment = house.clock.now

    async def found(**names: str) -> list[int]:
        wanted: dict[str, Any] = {name: frozenset({one}) for name, one in names.items()}
        choice = Choice(kind=PREFILLS.kind, **wanted)
        page = await house.usage.read(person(), representing=None, before=None, size=10, choice=choice)
        assert page.total == len(page.lines)
        return [item.line.index for item in page.lines]

    assert await found(activity="study-grant-decision") == [0]
    assert await found(controller="municipality") == [1]
    assert await found(outcome="refused") == [1]
    assert await found(outcome="refused", controller="grants-office") == []
    later = Choice(kind=frozenset({"prefill"}), since=moment)
    page = await house.usage.read(person(), representing=None, before=None, size=10, choice=later)
    assert [item.line.index for item in page.lines] == [1]


async def test_a_total_that_would_take_long_to_count_is_left_out(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hub.services.usage.MOST_COUNTED", 2)
    for _ in range(3):
        await house.ask("study-grant", "lastName")
    page = await house.usage.read(person(), representing=None, before=None, size=1, choice=PREFILLS)
    assert (page.total, len(page.lines)) == (None, 1)
    page = await house.usage.read(person(), representing=None, before=None, size=1)
    assert page.total == 4


@pytest.mark.parametrize(
    ("reason", "is_open"), [("His claim of May", True), ("Ask jan@example.org, +32 470 12 34 56", False)]
)
async def test_a_proof_keeps_closed_what_an_official_wrote_where_it_may_name_somebody_else(
    house: House, reason: str, is_open: bool
) -> None:
    answer = await house.ask("study-grant", "lastName", reason=reason)
    signer = CheckpointSigner("hub.example/log", ed25519.Ed25519PrivateKey.generate())
    sign_head(house.engine, signer, Guard())
    for fields in (None, ["reason"]):
        proof = (await house.usage.prove(person(), answer.log_index, representing=None, fields=fields)).what
        opened = {one["name"] for one in proof["sealedFields"] if "value" in one}
        assert ("reason" in opened) is is_open
