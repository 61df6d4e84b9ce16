"""Administrations ask for consents: of one person, for one of their own activities, and each sees its own alone."""

import asyncio
import time

import pytest
from sqlalchemy import Connection

from connectors import Identifier
from hub.identity import Revocation, revoke_client
from hub.services.consent_requests import Request
from hub.services.delivery import WITHDRAWAL_WAIT_S
from hub.services.errors import ClientGone, NotFound, NotPermitted, NotRecorded, RequestInvalid, TooMany
from tests.hub.services.conftest import CITIZEN, OTHER, House

SELF, SOMEBODY = Identifier("ssin", CITIZEN), Identifier("ssin", OTHER)
TOWN, GRANTS = "municipal-forms", "grants-portal"


async def ask(
    house: House, subject: Identifier = SELF, activity: str = "sports-discount", client: str = TOWN
) -> Request:
    return await house.consent_requests.ask(client, subject, activity_id=activity, language="fr")


async def found(house: House, client: str = TOWN, **wanted: object) -> list[str]:
    such: dict[str, object] = {
        "subject": None,
        "activity_id": None,
        "status": None,
        "after": None,
        "size": 20,
    } | wanted
    page = await house.consent_requests.found(client, **such)  # type: ignore[arg-type]
    return [one.id for one in page.records]


async def test_a_request_waits_first_among_the_persons_consents_and_in_their_log(house: House) -> None:
    asked = await ask(house)
    assert (asked.made, asked.record.status, asked.record.controller) == (True, "requested", "municipality")
    (view,) = await house.consents.shown(SELF)
    assert (view.record.id, view.record.status) == (asked.record.id, "requested")
    (line,) = house.lines()
    assert (line.kind, line.client, line.activity) == ("consentRequested", TOWN, "sports-discount")
    assert line.details is not None
    assert line.details["consentIds"] == [asked.record.id]


async def test_nothing_is_disclosed_on_a_request_and_all_of_it_on_its_answer(house: House) -> None:
    asked = await ask(house)
    before = await house.ask("sports-discount")
    assert {outcome.status for _, outcome in before.fields.values()} == {"consentRequired"}
    notice = house.consents.notice("sports-discount", "fr")
    await house.consents.answer(SELF, asked.record.id, language="fr", notice_hash=notice.version_hash)
    after = await house.ask("sports-discount")
    assert "filled" in {outcome.status for _, outcome in after.fields.values()}
    assert (await house.consent_requests.seen(TOWN, asked.record.id)).status == "given"


async def test_who_was_asked_already_is_not_asked_twice(house: House) -> None:
    first, second = await ask(house), await ask(house)
    assert (second.made, second.record.id) == (False, first.record.id)
    assert [line.kind for line in house.lines()] == ["consentRead", "consentRequested"]


async def test_who_agreed_already_is_not_asked(house: House) -> None:
    given = await house.agree()
    asked = await ask(house)
    assert (asked.made, asked.record.id, asked.record.status) == (False, given, "given")


async def test_two_that_ask_at_once_make_one_request(house: House) -> None:
    asked = await asyncio.gather(*(ask(house) for _ in range(8)))
    assert len({one.record.id for one in asked}) == 1
    assert sum(one.made for one in asked) == 1


@pytest.mark.parametrize("no", ["refuse", "withdraw"])
async def test_who_said_no_is_left_in_peace_for_a_while_and_reads_who_asked(house: House, no: str) -> None:
    if no == "refuse":
        await house.consents.refuse(SELF, (await ask(house)).record.id)
    else:
        await house.consents.withdraw(SELF, await house.agree())
    with pytest.raises(TooMany) as refused:
        await ask(house)
    assert 179 * 86_400 < refused.value.retry_after_s <= 180 * 86_400 + 1
    assert (house.lines()[0].kind, house.lines()[0].outcome) == ("consentRequested", "refused")
    house.clock.pass_by(days=181)
    assert (await ask(house)).made


async def test_a_consent_that_time_ended_is_asked_for_anew_and_its_end_is_on_record(house: House) -> None:
    await house.agree()
    house.clock.pass_by(days=400)
    assert (await ask(house)).made
    assert [line.kind for line in house.lines()] == ["consentRequested", "consentExpired", "consentGiven"]


@pytest.mark.parametrize(
    ("activity", "client", "why"),
    [
        ("study-grant-decision", GRANTS, "the law is the basis"),
        ("sports-discount", GRANTS, "another administration"),
        ("nothing-of-the-kind", TOWN, "no such activity"),
    ],
)
async def test_only_ones_own_activity_that_rests_on_consent_can_be_asked_for(
    house: House, activity: str, client: str, why: str
) -> None:
    with pytest.raises(RequestInvalid, match=f"activityId.*{why}"):
        await ask(house, activity=activity, client=client)
    assert house.lines() == ()


async def test_a_number_that_is_none_is_refused_without_repeating_it(house: House) -> None:
    with pytest.raises(RequestInvalid, match=r"subject\.ssin") as refused:
        await ask(house, Identifier("ssin", "12345678901"))
    assert "12345678901" not in str(refused.value)


async def test_a_client_that_is_not_in_the_catalogue_gets_nothing(house: House) -> None:
    with pytest.raises(NotPermitted):
        await ask(house, client="nobody")


async def test_a_client_that_was_revoked_meanwhile_asks_nobody(house: House) -> None:
    def revoke(connection: Connection, entry: str) -> None:
        revoke_client(connection, Revocation(TOWN, house.clock(), "stolen", entry))

    await house.journal.of_the_hub("clientRevoked", {}, write=revoke)
    with pytest.raises(ClientGone):
        await ask(house)
    assert house.lines() == ()
    assert await house.consents.of_subject(SELF) == ()


async def test_an_administration_sees_its_own_consents_alone(house: House) -> None:
    consent = (await ask(house)).record.id
    assert await found(house) == [consent]
    assert await found(house, GRANTS) == []
    for foreign in (consent, "0" * 32):
        with pytest.raises(NotFound, match="no such consent"):
            await house.consent_requests.seen(GRANTS, foreign)
        with pytest.raises(NotFound, match="no such consent"):
            await house.consent_requests.invalidate(GRANTS, foreign, reason="x")


async def test_they_are_found_by_person_activity_and_state(house: House) -> None:
    mine, theirs = (await ask(house)).record.id, (await ask(house, SOMEBODY)).record.id
    await house.consents.refuse(SELF, mine)
    assert await found(house, subject=SELF) == [mine]
    assert await found(house, status="requested") == [theirs]
    assert await found(house, status="refused", activity_id="sports-discount") == [mine]
    assert await found(house, activity_id="library-card") == []


async def test_one_that_time_ended_is_found_as_expired_though_nobody_wrote_it_down(house: House) -> None:
    consent = await house.agree()
    assert await found(house, status="given") == [consent]
    house.clock.pass_by(days=400)
    assert await found(house, status="given") == []
    assert await found(house, status="expired") == [consent]


async def test_pages_follow_each_other_without_a_gap_and_a_foreign_cursor_is_none(house: House) -> None:
    ids = {(await ask(house)).record.id, (await ask(house, SOMEBODY)).record.id}
    first = await house.consent_requests.found(
        TOWN, subject=None, activity_id=None, status=None, after=None, size=1
    )
    assert first.following == first.records[0].id
    second = await house.consent_requests.found(
        TOWN, subject=None, activity_id=None, status=None, after=first.following, size=1
    )
    assert {first.records[0].id, second.records[0].id} == ids
    assert second.following is None
    with pytest.raises(RequestInvalid, match="after"):
        await found(house, GRANTS, after=first.following)


async def test_each_person_reads_that_theirs_was_read_also_where_there_was_none(house: House) -> None:
    await ask(house)
    await found(house)
    assert house.lines()[0].kind == "consentRead"
    assert await found(house, subject=SOMEBODY) == []
    (line,) = house.lines(OTHER)
    assert (line.kind, line.controller, line.client) == ("consentRead", "municipality", TOWN)


async def test_nothing_is_shown_or_asked_where_it_cannot_be_recorded(house: House) -> None:
    consent = (await ask(house)).record.id
    await house.log.close()
    for asked in (ask(house, SOMEBODY), house.consent_requests.seen(TOWN, consent), found(house)):
        with pytest.raises(NotRecorded):
            await asked
    assert await house.consents.of_subject(SOMEBODY) == ()


async def test_a_consent_that_is_declared_not_valid_opens_nothing_more_and_its_person_reads_why(
    house: House,
) -> None:
    consent = await house.agree()
    started = time.monotonic()
    record = await house.consent_requests.invalidate(TOWN, consent, reason="The notice was wrong.")
    assert time.monotonic() - started >= WITHDRAWAL_WAIT_S
    assert record.status == "invalidated"
    line = house.lines()[0]
    assert (line.kind, (line.details or {})["reason"]) == ("consentInvalidated", "The notice was wrong.")
    answered = await house.ask("sports-discount")
    assert {outcome.status for _, outcome in answered.fields.values()} == {"consentRequired"}
    with pytest.raises(RequestInvalid, match="over already"):
        await house.consent_requests.invalidate(TOWN, consent, reason="Again.")
    assert [event.by for event in await house.consents.history(SELF, consent)] == ["subject", "controller"]
