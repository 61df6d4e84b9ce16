import time
from dataclasses import replace

import pytest
from sqlalchemy import text

from connectors import Identifier
from consent import verify_receipt
from hub.services.errors import NotFound, NotRecorded, RequestInvalid
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
    assert time.monotonic() - started >= 0.25
    assert house.lines()[0].kind == "consentWithdrawn"


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
    (record,) = await house.consents.of_subject(SELF)
    view = house.consents.view(record)
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
