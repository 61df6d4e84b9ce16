"""Who is too young to agree alone agrees through a parent; whoever may say no says it alone."""

import pytest

from connectors import Identifier
from hub.services.errors import TooYoung
from tests.hub.services.conftest import CITIZEN, OTHER, House

MUM, DAD = Identifier("ssin", CITIZEN), Identifier("ssin", OTHER)
CHILD = Identifier("ssin", "15630100175")
"""Born in March 2015."""


async def agree(house: House, parent: Identifier | None, subject: Identifier = CHILD) -> str:
    notice = house.consents.notice("sports-discount", "fr")
    view = await house.consents.give(
        subject, activity_id="sports-discount", language="fr", notice_hash=notice.version_hash, parent=parent
    )
    return view.record.id


async def test_who_is_under_age_does_not_agree_alone(house: House) -> None:
    with pytest.raises(TooYoung):
        await agree(house, None)
    assert await house.consents.of_subject(CHILD) == ()
    assert house.lines(CHILD.value) == ()


async def test_a_parent_agrees_for_them_and_both_read_it(house: House) -> None:
    consent = await agree(house, MUM)
    (record,) = await house.consents.of_subject(CHILD)
    assert (record.id, record.status, record.basis) == (consent, "given", "parent")
    (theirs,), (own,) = house.lines(CHILD.value), house.lines(MUM.value)
    assert (theirs.kind, (theirs.details or {})["representedBy"]) == ("consentGiven", "parent")
    assert (own.kind, (own.details or {})["consentIds"]) == ("actedFor", [consent])
    (event,) = await house.consents.history(CHILD, consent)
    assert event.by == "guardian"
    said = await house.consents.record(CHILD, consent)
    assert "dpv:ParentOfDataSubject" in str(said)


async def test_the_other_parent_withdraws_what_one_gave(house: House) -> None:
    consent = await agree(house, MUM)
    view = await house.consents.withdraw(CHILD, consent, parent=DAD)
    assert view.record.status == "withdrawn"
    assert [line.kind for line in house.lines(DAD.value)] == ["actedFor"]


async def test_nobody_is_too_young_to_say_no(house: House) -> None:
    consent = await agree(house, MUM)
    assert (await house.consents.withdraw(CHILD, consent)).record.status == "withdrawn"
    assert house.lines(CHILD.value)[0].kind == "consentWithdrawn"
    assert [line.kind for line in house.lines(MUM.value)] == ["actedFor"]


async def test_from_eighteen_on_they_agree_renew_and_withdraw_alone(house: House) -> None:
    consent = await agree(house, MUM)
    house.clock.pass_by(days=8 * 365)
    await house.consents.of_subject(CHILD)
    assert await agree(house, None) != consent, "the first one's time was over"
    (line, *_) = house.lines(CHILD.value)
    assert (line.kind, (line.details or {})["role"]) == ("consentGiven", "subject")


async def test_a_parent_answers_a_request_and_renews(house: House) -> None:
    asked = await house.consent_requests.ask(
        "municipal-forms", CHILD, activity_id="sports-discount", language="fr"
    )
    notice = house.consents.notice("sports-discount", "fr").version_hash
    with pytest.raises(TooYoung):
        await house.consents.answer(CHILD, asked.record.id, language="fr", notice_hash=notice)
    given = await house.consents.answer(CHILD, asked.record.id, language="fr", notice_hash=notice, parent=DAD)
    assert given.record.status == "given"
    with pytest.raises(TooYoung):
        await house.consents.renew(CHILD, asked.record.id, language="fr", notice_hash=notice)
    renewed = await house.consents.renew(
        CHILD, asked.record.id, language="fr", notice_hash=notice, parent=MUM
    )
    assert renewed.record.status == "renewed"


async def test_a_request_is_refused_by_a_parent_too(house: House) -> None:
    asked = await house.consent_requests.ask(
        "municipal-forms", CHILD, activity_id="sports-discount", language="fr"
    )
    assert (await house.consents.refuse(CHILD, asked.record.id, parent=MUM)).record.basis == "parent"
