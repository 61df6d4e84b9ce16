import asyncio
import time
from dataclasses import replace

import pytest

from connectors import Identifier
from hub.services.delivery import CLIENT_WINDOW_S, DELIVERY_WINDOW_S
from hub.services.prefill import PrefillAnswer
from policies import Decision, Permit
from tests.hub.services.conftest import CITIZEN, House, held


def statuses(answer: PrefillAnswer) -> dict[str, str]:
    return {name: outcome.status for name, (_, outcome) in answer.fields.items()}


def reasons(answer: PrefillAnswer) -> set[str | None]:
    return {outcome.reason for _, outcome in answer.fields.values()}


async def test_consent_opens_the_form_and_its_withdrawal_closes_it_at_once(house: House) -> None:
    assert set(statuses(await house.ask("sports-discount")).values()) == {"consentRequired"}
    consent = await house.agree()
    answer = await house.ask("sports-discount", "lastName")
    assert statuses(answer) == {"lastName": "filled"}
    details = house.lines()[0].details
    assert details is not None
    assert details["consentIds"] == [consent]
    await house.consents.withdraw(Identifier("ssin", CITIZEN), consent)
    assert statuses(await house.ask("sports-discount", "lastName")) == {"lastName": "consentRequired"}


async def test_a_consent_past_its_time_is_no_consent(house: House) -> None:
    await house.agree()
    house.clock.pass_by(days=366 * 2)
    assert statuses(await house.ask("sports-discount", "lastName")) == {"lastName": "consentRequired"}


async def test_a_consent_withdrawn_while_sources_are_asked_keeps_the_values_in(house: House) -> None:
    consent = await house.agree()
    register = house.sources["national-register"]
    let_go = held(register)
    asking = asyncio.create_task(house.ask("sports-discount", "lastName", "jobSeeker"))
    async with asyncio.timeout(20):
        while not register.enquiries:  # noqa: ASYNC110 - a source tells nobody
            await asyncio.sleep(0.01)
    await house.consents.withdraw(Identifier("ssin", CITIZEN), consent)
    let_go.set()
    answer = await asking
    assert set(statuses(answer).values()) == {"consentRequired"}
    assert answer.receipt is None
    newest = house.lines()[0]
    assert newest.details is not None
    assert newest.details["disclosed"] == []
    assert "consentIds" not in newest.details
    assert newest.details["grantGone"] == ["person.familyName", "person.jobSeeker"]


async def test_an_answer_that_rests_on_consent_says_until_when_it_may_leave(house: House) -> None:
    await house.agree()
    before = time.monotonic()
    answer = await house.ask("sports-discount", "lastName")
    assert answer.deliver_before is not None
    assert before < answer.deliver_before <= time.monotonic() + 0.25


async def test_any_other_answer_has_the_time_that_a_client_has(house: House) -> None:
    before = time.monotonic()
    answer = await house.ask("study-grant", "lastName")
    assert answer.deliver_before is not None
    assert before + CLIENT_WINDOW_S <= answer.deliver_before <= time.monotonic() + CLIENT_WINDOW_S


async def test_an_answer_without_any_value_may_come_late(house: House) -> None:
    assert (await house.ask("sports-discount")).deliver_before is None


async def test_where_one_of_two_consents_has_gone_the_other_still_opens_what_rests_on_it(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    consent = await house.agree()
    decide = house.decisions.decide

    async def on_two(question: object) -> Decision:
        """As the policies decide, but that one attribute rests on a consent that nobody gave."""
        decision = await decide(question)
        seeker = decision.rulings["person.jobSeeker"]
        assert isinstance(seeker, Permit)
        return replace(
            decision, rulings={**decision.rulings, "person.jobSeeker": replace(seeker, consents=("gone",))}
        )

    monkeypatch.setattr(house.decisions, "decide", on_two)
    answer = await house.ask("sports-discount", "lastName", "jobSeeker")
    assert statuses(answer) == {"lastName": "filled", "jobSeeker": "consentRequired"}
    details = house.lines()[0].details
    assert details is not None
    assert (details["consentIds"], details["grantGone"]) == ([consent], ["person.jobSeeker"])
    assert answer.deliver_before is not None
    assert answer.deliver_before <= time.monotonic() + DELIVERY_WINDOW_S


async def test_a_dropped_answer_is_on_the_record(house: House) -> None:
    answer = await house.ask("study-grant", "lastName")
    leave = house.prefill.leave(answer)
    assert leave is not None
    await leave.drop()
    assert house.lines()[0].outcome == "deliveryDropped"


async def test_an_answer_that_may_have_left_late_is_on_the_record_with_what_the_clock_said(
    house: House,
) -> None:
    answer = await house.ask("study-grant", "lastName")
    leave = house.prefill.leave(answer)
    assert leave is not None
    await leave.late(0.0123, 0.4)
    line = house.lines()[0]
    assert line.outcome == "deliveryLate"
    assert line.details is not None
    assert line.details.items() >= {"prefillId": answer.id, "leftMs": 12, "overMs": 400}.items()
