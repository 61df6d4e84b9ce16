import asyncio
import threading
import time
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Connection, text

from connectors import Identifier
from consent import verify_document, verify_receipt
from hub.services import consent_reading
from hub.services.delivery import DELIVERY_WINDOW_S, WITHDRAWAL_WAIT_S
from hub.services.errors import Altered, NotFound, NotRecorded, RequestInvalid
from hub.services.reading import Reads
from tests.hub.services.conftest import CITIZEN, OTHER, House

SELF = Identifier("ssin", CITIZEN)


async def test_a_consent_and_its_line_in_the_log_are_one(house: House) -> None:
    consent = await house.agree()
    (record,) = await house.consents.of_subject(SELF)
    assert (record.id, record.status) == (consent, "given")
    (line,) = house.lines()
    assert line.kind == "consentGiven"


async def test_consent_is_not_asked_where_the_law_is_the_basis(house: House) -> None:
    with pytest.raises(NotFound):
        house.consents.notice("study-grant-decision", "fr")


async def test_only_the_notice_that_was_shown_can_be_agreed_to(house: House) -> None:
    french, dutch = (house.consents.notice("sports-discount", language) for language in ("fr", "nl"))
    assert french.version_hash != dutch.version_hash
    with pytest.raises(RequestInvalid, match="noticeHash"):
        await house.consents.give(
            SELF, activity_id="sports-discount", language="fr", notice_hash=dutch.version_hash
        )
    assert house.lines() == ()


async def test_agreeing_twice_is_refused_and_not_recorded(house: House) -> None:
    await house.agree()
    with pytest.raises(RequestInvalid, match="already given"):
        await house.agree()
    assert len(house.lines()) == 1


async def test_a_withdrawal_is_acknowledged_only_after_late_answers_are_dropped(house: House) -> None:
    consent = await house.agree()
    started = time.monotonic()
    view = await house.consents.withdraw(SELF, consent)
    assert view.record.status == "withdrawn"
    assert time.monotonic() - started >= WITHDRAWAL_WAIT_S
    assert house.lines()[0].kind == "consentWithdrawn"


async def test_a_withdrawal_waits_though_the_clock_was_set_meanwhile(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    consent = await house.agree()
    monkeypatch.setattr(house.consents, "_clock", lambda: house.clock() + timedelta(minutes=5))
    started = time.monotonic()
    await house.consents.withdraw(SELF, consent)
    assert time.monotonic() - started >= WITHDRAWAL_WAIT_S


def test_a_withdrawal_waits_clearly_longer_than_an_answer_may_take() -> None:
    assert WITHDRAWAL_WAIT_S - DELIVERY_WINDOW_S >= 0.1


async def withdrawn_but_not_acknowledged(house: House) -> tuple[str, asyncio.Task[object]]:
    consent = await house.agree()
    first: asyncio.Task[object] = asyncio.create_task(house.consents.withdraw(SELF, consent))
    while (await house.consents.of_subject(SELF))[0].status != "withdrawn":  # noqa: ASYNC110
        await asyncio.sleep(0.005)
    assert not first.done()
    return consent, first


async def test_a_second_withdrawal_is_told_of_the_first_only_when_that_is_effective(house: House) -> None:
    consent, first = await withdrawn_but_not_acknowledged(house)
    started = time.monotonic()
    with pytest.raises(RequestInvalid, match="over already"):
        await house.consents.withdraw(SELF, consent)
    assert time.monotonic() - started >= WITHDRAWAL_WAIT_S
    assert first.done()


async def test_a_withdrawal_is_shown_only_when_it_is_effective(house: House) -> None:
    _, first = await withdrawn_but_not_acknowledged(house)
    (view,) = await house.consents.shown(SELF)
    assert view.record.status == "withdrawn"
    assert first.done()


@pytest.mark.parametrize("ago", [-30, 0, 30])
async def test_clocks_of_replicas_need_not_agree(house: House, ago: int) -> None:
    await house.consents.withdraw(SELF, await house.agree())
    house.clock.pass_by(seconds=ago)
    started = time.monotonic()
    await house.consents.shown(SELF)
    assert time.monotonic() - started >= WITHDRAWAL_WAIT_S


async def test_nobody_waits_for_a_withdrawal_of_long_ago(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    await house.consents.withdraw(SELF, await house.agree())
    house.clock.pass_by(minutes=5)
    monkeypatch.setattr(consent_reading, "WITHDRAWAL_WAIT_S", 60.0)
    assert await asyncio.wait_for(house.consents.shown(SELF), 30)


async def test_nobody_withdraws_the_consent_of_somebody_else(house: House) -> None:
    consent = await house.agree()
    with pytest.raises(NotFound):
        await house.consents.withdraw(Identifier("ssin", OTHER), consent)
    assert (await house.consents.of_subject(SELF))[0].status == "given"


async def test_withdrawing_twice_is_refused(house: House) -> None:
    consent = await house.agree()
    await house.consents.withdraw(SELF, consent)
    with pytest.raises(RequestInvalid, match="over already"):
        await house.consents.withdraw(SELF, consent)


async def test_after_a_withdrawal_one_can_agree_again(house: House) -> None:
    first = await house.agree()
    await house.consents.withdraw(SELF, first)
    assert await house.agree() != first


async def test_the_receipt_verifies_with_the_public_key_alone(house: House) -> None:
    await house.agree()
    (view,) = await house.consents.shown(SELF)
    payload = verify_receipt(view.receipt, house.consents._store.public_jwk)
    assert CITIZEN not in repr(payload)


async def test_a_consent_outlives_its_activity_and_can_still_be_withdrawn(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    consent = await house.agree()
    left = {name: one for name, one in house.catalogue.activities.items() if name != "sports-discount"}
    monkeypatch.setattr(house.consents, "_catalogue", replace(house.catalogue, activities=left))
    assert (await house.consents.withdraw(SELF, consent)).record.status == "withdrawn"


async def test_consents_that_cannot_be_read_are_an_answer_for_later(house: House) -> None:
    house.engine.dispose()
    with house.engine.begin() as connection:
        connection.execute(text("DROP TABLE consent_record"))
    with pytest.raises(NotRecorded):
        await house.consents.of_subject(SELF)


async def test_a_database_that_hangs_is_waited_for_no_longer_than_said(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    hanging = threading.Event()
    monkeypatch.setattr(house.consents, "_reads", Reads("test", within_s=0.1))
    monkeypatch.setattr(house.consents, "_connect", hanging.wait)
    started = time.monotonic()
    try:
        with pytest.raises(NotRecorded):
            await house.consents.of_subject(SELF)
        assert time.monotonic() - started < 10
    finally:
        hanging.set()


async def test_the_line_of_a_consent_names_it(house: House) -> None:
    consent = await house.agree()
    details = house.lines()[0].details
    assert details is not None
    assert details["consentIds"] == [consent]


async def test_an_activity_that_asks_for_more_can_be_agreed_to_anew(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = await house.agree()
    activity = house.catalogue.activities["sports-discount"]
    wider = replace(activity, attributes=activity.attributes | {"person.citizenship"})
    catalogue = replace(house.catalogue, activities={**house.catalogue.activities, activity.id: wider})
    monkeypatch.setattr(house.consents, "_catalogue", catalogue)
    second = await house.agree()
    states = {one.id: one.status for one in await house.consents.of_subject(SELF)}
    assert states == {first: "withdrawn", second: "given"}
    details = house.lines()[0].details
    assert details is not None
    assert details["replaces"] == first


async def test_agreeing_in_another_language_to_the_same_words_is_agreeing_twice(house: House) -> None:
    await house.agree()
    dutch = house.consents.notice("sports-discount", "nl")
    with pytest.raises(RequestInvalid, match="already given"):
        await house.consents.give(
            SELF, activity_id="sports-discount", language="nl", notice_hash=dutch.version_hash
        )


async def asked(house: House, *attributes: str) -> str:
    """A request of the town's that waits for the citizen."""
    store, activity = house.consents._store, house.catalogue.activities["sports-discount"]
    handle = house.consents._handle(SELF)

    def write(connection: Connection) -> str:
        return store.request(
            connection, subject=handle, activity=activity.id, controller=activity.controller,
            attributes=attributes or activity.attributes, notice=house.consents.notice(activity.id, "fr"),
        ).id  # fmt: skip

    with house.engine.begin() as connection:
        return write(connection)


async def test_a_request_is_answered_with_the_notice_that_was_read(house: House) -> None:
    waiting = await asked(house)
    dutch = house.consents.notice("sports-discount", "nl").version_hash
    with pytest.raises(RequestInvalid, match="noticeHash"):
        await house.consents.answer(SELF, waiting, language="fr", notice_hash=dutch)
    view = await house.consents.answer(SELF, waiting, language="nl", notice_hash=dutch)
    assert (view.record.id, view.record.status, view.record.language) == (waiting, "given", "nl")
    assert house.lines()[0].kind == "consentGiven"
    with pytest.raises(RequestInvalid, match="does not wait"):
        await house.consents.answer(SELF, waiting, language="nl", notice_hash=dutch)


async def test_an_answer_never_goes_beyond_what_was_asked(house: House) -> None:
    waiting = await asked(house, "person.address")
    await house.agree()
    (view,) = await house.consents.shown(SELF)
    assert (view.record.id, view.record.attributes) == (waiting, frozenset({"person.address"}))


async def test_a_refusal_is_a_line_of_the_log_and_final(house: House) -> None:
    waiting = await asked(house)
    assert (await house.consents.refuse(SELF, waiting)).record.status == "refused"
    assert house.lines()[0].kind == "consentRefused"
    for _ in range(2):
        with pytest.raises(RequestInvalid, match="does not wait"):
            await house.consents.refuse(SELF, waiting)
    with pytest.raises(NotFound):
        await house.consents.refuse(Identifier("ssin", OTHER), waiting)


async def test_what_waits_for_an_answer_comes_first_and_one_state_can_be_asked_for(house: House) -> None:
    await house.consents.withdraw(SELF, await house.agree())
    house.clock.pass_by(days=1)
    waiting = await asked(house)
    views = await house.consents.shown(SELF)
    assert [view.record.status for view in views] == ["requested", "withdrawn"]
    (only,) = await house.consents.shown(SELF, status="requested")
    assert only.record.id == waiting


async def test_a_renewed_consent_begins_its_term_anew(house: House) -> None:
    consent = await house.agree()
    house.clock.pass_by(days=340)
    (view,) = await house.consents.shown(SELF)
    assert view.renewal_due
    notice = house.consents.notice("sports-discount", "de")
    renewed = await house.consents.renew(SELF, consent, language="de", notice_hash=notice.version_hash)
    assert (renewed.record.status, renewed.renewal_due) == ("renewed", False)
    assert renewed.record.valid_until == house.clock().replace(year=2028)
    assert house.lines()[0].kind == "consentRenewed"


async def test_a_consent_to_less_is_not_renewed_into_one_to_more(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    consent = await house.agree()
    activity = house.catalogue.activities["sports-discount"]
    wider = replace(activity, attributes=activity.attributes | {"person.citizenship"})
    catalogue = replace(house.catalogue, activities={**house.catalogue.activities, activity.id: wider})
    monkeypatch.setattr(house.consents, "_catalogue", catalogue)
    notice = house.consents.notice(activity.id, "fr").version_hash
    with pytest.raises(RequestInvalid, match="agree anew"):
        await house.consents.renew(SELF, consent, language="fr", notice_hash=notice)


async def test_the_record_tells_what_the_catalogue_said_on_the_day(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    consent = await house.agree()
    monkeypatch.setattr(house.consents, "_catalogue", replace(house.catalogue, activities={}, controllers={}))
    record = await house.consents.record(SELF, consent)
    assert verify_document(record, house.consents._store.public_jwk)["dct:identifier"] == consent
    controller = record["dpv:hasDataController"]
    assert (controller["dpv:hasIdentifier"], controller["dpv:hasContact"]) == ("0000100166", "privacy@valclair.example")  # fmt: skip
    assert len(record["dpv:hasPersonalData"]) == 5
    assert CITIZEN not in repr(record)
    assert [one.status for one in await house.consents.history(SELF, consent)] == ["given"]


async def test_a_history_that_was_altered_is_not_shown(house: House) -> None:
    consent = await house.agree()
    with house.engine.begin() as connection:
        connection.execute(text("UPDATE consent_record SET valid_until = NULL"))
    with pytest.raises(Altered):
        await house.consents.history(SELF, consent)


async def test_an_end_by_time_is_in_the_log_before_a_new_consent_takes_its_place(house: House) -> None:
    old = await house.agree()
    house.clock.pass_by(days=366)
    await house.agree()
    kinds = [line.kind for line in house.lines()]
    assert kinds[:2] == ["consentGiven", "consentExpired"]
    assert [one.status for one in await house.consents.history(SELF, old)] == ["given", "expired"]
