import logging
from dataclasses import replace
from typing import Any

import pytest
import structlog
from sqlalchemy import text

from connectors import Identifier
from hub.identity import LoginUnavailable
from hub.services.emergencies import Declaration
from hub.services.errors import ActorRefused, NotPermitted, NotRecorded, RequestInvalid
from hub.services.prefill import PrefillAnswer
from hub.services.seals import Order
from tests.hub.services.conftest import CITIZEN, COMPANY, OTHER, House

ME = Identifier("ssin", CITIZEN)
FLOOD = Declaration("adapted-transport", ME, "rescuer", "case-7", "The street is under water")


async def declare(house: House, client: str = "municipal-forms", **changes: object) -> str:
    return (await house.emergencies.declare(client, replace(FLOOD, **changes))).id  # type: ignore[arg-type]


async def under(house: House, emergency: str | None, *fields: str, **changes: Any) -> PrefillAnswer:
    given: dict[str, Any] = {
        "role": "agent", "actor_token": "rescuer", "case": "case-7", "reason": FLOOD.reason, "emergency": emergency,
    }  # fmt: skip
    return await house.ask("adapted-transport", *(fields or ("address",)), **(given | changes))


def reasons(answer: PrefillAnswer) -> set[str | None]:
    return {outcome.reason for _, outcome in answer.fields.values()}


def told(house: House) -> dict[str, object]:
    question = house.decisions.questions[-1]
    assert isinstance(question, dict)
    facts: dict[str, object] = question["emergency"]
    return facts


async def notices(house: House) -> list[tuple[str, str | None]]:
    return [(one.kind, one.emergency) for one in await house.notices.listed()]


async def test_an_emergency_is_in_the_subjects_log_and_the_dpo_has_a_notice(house: House) -> None:
    opened = await declare(house)
    (line,) = house.lines()
    assert (line.kind, line.outcome, line.controller) == ("emergency", "emergencyOpened", "municipality")
    assert line.details is not None
    assert line.details["reason"] == FLOOD.reason
    assert line.details["caseId"] == "case-7"
    assert line.details["emergencyId"] == opened
    assert line.details["validUntil"] == "2026-03-03T10:30:00+00:00"
    assert "actor" not in line.details
    assert house.agents() == {"actor": house.journal.actor(OTHER)}
    (notice,) = await house.notices.listed()
    assert (notice.kind, notice.entry, notice.emergency) == ("emergencyOpened", line.id, opened)
    assert (notice.controller, notice.client) == ("municipality", "municipal-forms")


async def test_nothing_that_is_stored_of_it_names_anybody_or_the_case(house: House) -> None:
    await under(house, await declare(house))
    with house.engine.connect() as connection:
        rows = [
            repr(connection.execute(text(query)).all())
            for query in ("SELECT * FROM hub_oversight_emergency", "SELECT * FROM hub_oversight_notice")
        ]
    for what in (CITIZEN, OTHER, "case-7", "water"):
        assert what not in "".join(rows)


async def test_an_emergency_opens_what_is_sealed_and_each_use_is_told_to_the_dpo(house: House) -> None:
    await house.orders.seal(ME, ["person.address"], Order("a court", "an order"), until=None)
    await house.seals.refresh()
    assert reasons(await under(house, None)) == {"subjectSealed"}
    opened = await declare(house)
    answer = await under(house, opened)
    assert answer.fields["address"][1].status == "filled"
    assert await notices(house) == [("emergencyOpened", opened), ("emergencyUsed", opened)]
    used = (await house.notices.listed())[1]
    line = house.lines()[0]
    assert used.entry == line.id
    assert line.details is not None
    assert line.details["emergencyId"] == opened


async def test_an_emergency_stands_in_for_the_second_pair_of_eyes(house: House) -> None:
    assert reasons(await under(house, None, "disabilityRecognised")) == {"approvalRequired"}
    assert reasons(await under(house, await declare(house), "disabilityRecognised")) == {"noValueAtSource"}


async def test_no_notice_is_given_where_nothing_was_permitted(house: House) -> None:
    opened = await declare(house)
    assert (await under(house, opened, reason=None)).fields["address"][1].status == "denied"
    assert await notices(house) == [("emergencyOpened", opened)]


@pytest.mark.parametrize(
    ("changes", "facts"),
    [
        ({"actor_token": "colleague"}, {"isActor": False, "isCase": True}),
        ({"actor_token": None}, {"isActor": False, "isCase": True}),
        ({"case": "case-8"}, {"isActor": True, "isCase": False}),
        ({"case": None}, {"isActor": True, "isCase": False}),
        (
            {"subject": Identifier("ssin", OTHER), "actor_token": "colleague"},
            {"isActor": False, "isCase": False},
        ),
    ],
)
async def test_it_holds_for_its_actor_its_case_and_its_subject_alone(
    house: House, changes: dict[str, Any], facts: dict[str, bool]
) -> None:
    answer = await under(house, await declare(house), **changes)
    assert {name: told(house)[name] for name in facts} == facts
    assert answer.fields["address"][1].status == "denied"


async def test_it_holds_for_its_activity_and_its_client_alone(house: House) -> None:
    opened = await declare(house)
    await house.ask(
        "library-card",
        "lastName",
        role="agent",
        actor_token="rescuer",
        case="case-7",
        reason="x",
        emergency=opened,
    )
    assert told(house)["isCase"] is False
    await under(house, opened, client="grants-portal")
    assert told(house)["isCase"] is False


async def test_it_is_over_at_its_time_to_the_millisecond(house: House) -> None:
    house.clock.pass_by(milliseconds=500)
    opened = await declare(house)
    house.clock.pass_by(minutes=30, milliseconds=-1)
    assert (await under(house, opened)).fields["address"][1].status == "filled"
    house.clock.pass_by(milliseconds=1)
    assert reasons(await under(house, opened)) == {"emergencyNotAllowed"}


async def test_an_emergency_that_nobody_declared_is_an_error_of_the_caller(house: House) -> None:
    with pytest.raises(RequestInvalid, match="emergencyId: the hub knows no such emergency"):
        await under(house, "0" * 32)


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"activity": "library-membership"}, "activityId"),
        ({"activity": "nothing"}, "activityId"),
        ({"subject": Identifier("ssin", "00000000000")}, "subject.ssin"),
    ],
)
async def test_what_does_not_fit_the_catalogue_is_named(
    house: House, changes: dict[str, Any], place: str
) -> None:
    with pytest.raises(RequestInvalid) as refused:
        await declare(house, **changes)
    assert [fault.name for fault in refused.value.faults] == [place]
    assert house.lines() == ()


async def test_a_client_declares_none_in_what_it_has_no_form_of(house: House) -> None:
    with pytest.raises(NotPermitted):
        await declare(house, client="grants-portal", actor_token="agent")
    assert house.lines() == ()


@pytest.mark.parametrize(
    ("token", "error", "reason"),
    [
        ("expired", ActorRefused, "actorTokenRefused"),
        ("forged", ActorRefused, "actorTokenRefused"),
        ("other", NotPermitted, "emergencyNotAllowed"),
        ("insider", NotPermitted, "emergencyNotAllowed"),
    ],
)
async def test_who_is_no_agent_or_the_subject_declares_none_and_is_on_the_record(
    house: House, token: str, error: type[Exception], reason: str
) -> None:
    with pytest.raises(error):
        await declare(house, actor_token=token)
    (line,) = house.lines()
    assert line.details is not None
    assert (line.kind, line.outcome, line.details["refusedBecause"]) == ("emergency", "refused", reason)
    assert await notices(house) == []


async def test_a_login_that_cannot_be_reached_opens_nothing(house: House) -> None:
    with pytest.raises(LoginUnavailable):
        await declare(house, actor_token="down")
    assert house.lines() == ()


async def test_without_the_notice_there_is_no_emergency_and_no_value(house: House) -> None:
    opened = await declare(house)
    before = len(house.lines())
    with house.engine.begin() as connection:
        connection.execute(text("ALTER TABLE hub_oversight_notice RENAME TO elsewhere"))
    with pytest.raises(NotRecorded):
        await under(house, opened)
    with pytest.raises(NotRecorded):
        await declare(house)
    assert len(house.lines()) == before


async def test_an_organisation_can_be_the_subject(house: House) -> None:
    await declare(house, subject=Identifier("enterpriseNumber", COMPANY))
    assert house.lines(COMPANY, "enterpriseNumber")[0].kind == "emergency"


async def test_the_operators_log_warns_without_a_word_of_anybody(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    with structlog.testing.capture_logs() as said, caplog.at_level(logging.DEBUG):
        await under(house, await declare(house))
    warned = [one for one in said if one["log_level"] == "warning"]
    assert [one["what"] for one in warned] == ["emergencyOpened", "emergencyUsed"]
    for what in (CITIZEN, OTHER, "case-7", "water", house.journal.subject(ME)):
        assert what not in repr(said) + caplog.text
