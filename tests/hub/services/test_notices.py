import pytest

from hub.oversight import AcknowledgedAlready, NoticeUnknown
from tests.hub.services.conftest import House
from tests.hub.services.test_emergencies import declare


async def test_an_acknowledged_notice_says_in_the_subjects_log_who_took_note_and_what_they_found(
    house: House,
) -> None:
    await declare(house)
    (notice,) = await house.notices.listed()
    await house.notices.acknowledge(notice.id, by="the DPO", finding="The street was under water indeed")
    line = house.lines()[0]
    assert (line.kind, line.controller, line.activity) == (
        "noticeAcknowledged", "municipality", "adapted-transport",
    )  # fmt: skip
    assert line.details == {
        "role": "dpo", "noticeId": notice.id, "aboutEntry": notice.entry,
        "reason": "The street was under water indeed",
    }  # fmt: skip
    assert house.agents() == {"by": "the DPO"}
    (known,) = await house.notices.listed()
    assert (known.acknowledged_at, known.acknowledgement) == (house.clock(), line.id)
    assert await house.notices.listed(unacknowledged=True) == ()


async def test_a_notice_is_acknowledged_once_and_only_if_it_exists(house: House) -> None:
    await declare(house)
    (notice,) = await house.notices.listed()
    await house.notices.acknowledge(notice.id, by="the DPO", finding="as told")
    recorded = len(house.lines())
    with pytest.raises(AcknowledgedAlready):
        await house.notices.acknowledge(notice.id, by="the DPO", finding="again")
    with pytest.raises(NoticeUnknown):
        await house.notices.acknowledge("0" * 32, by="the DPO", finding="none")
    assert len(house.lines()) == recorded
