"""Forgetting: on a controller's order and at the end of retention; what is gone stays gone, and everything else still proves itself."""

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from joserfc import jws
from joserfc.jwk import ECKey
from sqlalchemy import text

from audit import Line, Officials
from hub.api.json import dumps
from hub.api.replies.usage import UsageItem
from hub.api.usage_lines import usage_line
from hub.keyfiles import KeysUnusable
from hub.oversight import OrderInvalid, OrderUsed, defer, list_receipts, note_revealed
from hub.services.activation import Activations
from hub.services.errors import LawKeeps, NothingToForget, NotRecorded
from hub.services.usage import UsageLine
from tests.hub.services.keys.keyhouse import CITY, OFFICE, SUBJECT, KeyHouse, order, with_approvers


def claims_of(house: KeyHouse, receipt: str) -> dict[str, Any]:
    """What a receipt says, once its signature was checked with the hub's public key."""
    key = ECKey.import_key(house.keys.receipts.public_key())
    found = jws.deserialize_compact(receipt, key, algorithms=["ES256"])
    assert found.protected["typ"] == "onlyonce-erasure-receipt"
    claims: dict[str, Any] = json.loads(found.payload)
    return claims


def shown(line: Line) -> dict[str, Any]:
    """A line as its subject is shown it."""
    told = usage_line(UsageLine(line, None, None, {}, line.details or {}, line.recorded_at), None)
    UsageItem.model_validate_json(dumps(told))
    return told


async def test_on_an_order_of_two_the_controllers_lines_are_gone_and_nobody_elses(house: KeyHouse) -> None:
    await house.record(CITY)
    await house.record(OFFICE)
    await house.record(CITY, subject="cd" * 32)
    done = await house.forgetting.shred(order(house.clock))
    assert house.states() == [
        ("prefill", "notReadable"),
        ("prefill", "readable"),
        ("keyDestroyed", "readable"),
    ]
    assert house.lines("cd" * 32)[0].state == "readable"
    for with_keys in (True, False):
        report = house.report(with_keys=with_keys)
        assert (report.problems, report.forgotten) == ((), 1)
    with house.engine.connect() as connection:
        left = connection.execute(
            text("SELECT wrapped FROM audit_data_key WHERE id = :id"), {"id": done.keys[0].key.id}
        )
        assert left.scalar_one() is None


async def test_the_subject_reads_why_and_the_controller_alone_who_approved(house: KeyHouse) -> None:
    await house.record()
    await house.forgetting.shred(order(house.clock))
    line = house.lines()[-1]
    assert line.details is not None
    assert line.details["ground"] == "processed without a basis"
    assert (line.details["advice"], line.details["advisedBy"]) == ("erase", "dpo@city.example")
    assert "legal-1" not in repr(line.details)
    assert Officials(house.engine, house.keys.epochs).of([line]) == {
        line.index: {"approver": "legal-1 legal-2"}
    }
    assert shown(line)["erasure"] == {
        "ground": "processed without a basis", "advice": "erase", "advisedBy": "dpo@city.example"
    }  # fmt: skip


async def test_the_receipt_is_signed_and_names_the_entry_and_from_when_backups_are_unreadable(
    house: KeyHouse,
) -> None:
    await house.record()
    house.clock.now += timedelta(days=3)
    done = await house.forgetting.shred(order(house.clock))
    claims = claims_of(house, done.receipt)
    (key,) = claims["keys"]
    line = house.lines()[-1]
    assert (key["entry"], key["index"], key["leaf"]) == (line.id, line.index, line.leaf.hex())
    assert key["keyId"] == line.outcome
    assert claims["unreadableInBackupsFrom"] == house.clock().isoformat(timespec="milliseconds")
    (began,) = house.keys.epochs.epochs().values()
    assert claims["olderBackupsUnreadableFrom"] == (began + timedelta(days=33)).isoformat(
        timespec="milliseconds"
    )
    assert SUBJECT not in json.dumps(claims)
    with house.engine.connect() as connection:
        assert [one.signed for one in list_receipts(connection)] == [done.receipt]


async def test_one_person_or_another_controller_destroys_nothing(house: KeyHouse) -> None:
    await house.record()
    with pytest.raises(OrderInvalid):
        await house.forgetting.shred(order(house.clock, "legal-1"))
    with pytest.raises(NothingToForget):
        await house.forgetting.shred(order(house.clock, controller=OFFICE))
    assert house.states() == [("prefill", "readable")]


@pytest.mark.parametrize(
    "what",
    [{"subject": "x"}, {"advice": ""}, {"ground": "of 85010112345\n"}, {"more": 1}, {"advisedBy": None}],
)
async def test_an_order_that_does_not_say_what_it_must_destroys_nothing(
    house: KeyHouse, what: dict[str, Any]
) -> None:
    await house.record()
    with pytest.raises(OrderInvalid):
        await house.forgetting.shred(order(house.clock, **what))
    assert house.states() == [("prefill", "readable")]


async def test_an_order_is_carried_out_once_and_never_against_the_record_of_it(house: KeyHouse) -> None:
    await house.record()
    document = order(house.clock)
    await house.forgetting.shred(document)
    await house.record()
    with pytest.raises(OrderUsed):
        await house.forgetting.shred(document)
    await house.forgetting.shred(order(house.clock, order_id="o-2"))
    assert house.states() == [
        ("prefill", "notReadable"), ("keyDestroyed", "readable"), ("prefill", "notReadable"), ("keyDestroyed", "readable"),
    ]  # fmt: skip


async def test_an_order_of_which_the_record_was_taken_away_is_not_carried_out_again(house: KeyHouse) -> None:
    await house.record()
    document = order(house.clock)
    await house.forgetting.shred(document)
    await house.record()
    with house.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM hub_oversight_order")
    with pytest.raises(OrderUsed):
        await house.forgetting.shred(document)
    assert house.states()[-1] == ("prefill", "readable")


async def test_an_order_may_name_a_class_and_a_year(house: KeyHouse) -> None:
    await house.record(retention="P1Y")
    await house.record(retention="P10Y")
    await house.forgetting.shred(order(house.clock, retention="P1Y", period=str(house.clock().year)))
    assert [state for _, state in house.states()[:2]] == ["notReadable", "readable"]
    with pytest.raises(NothingToForget):
        await house.forgetting.shred(order(house.clock, order_id="o-2", period="1999"))


async def test_lines_that_their_subject_was_not_shown_yet_are_not_destroyed(house: KeyHouse) -> None:
    await house.record()
    (line,) = house.lines()
    with house.engine.begin() as connection:
        for n in range(600):
            defer(connection, f"w-{n}" if n else line.id, house.clock() + timedelta(days=600 - n))
    with pytest.raises(OrderInvalid, match="not shown yet"):
        await house.forgetting.shred(order(house.clock))
    assert house.states() == [("prefill", "readable")]
    assert not house.shreds.path.exists()
    with house.engine.begin() as connection:
        note_revealed(connection, line.id, by="f" * 32, at=house.clock() + timedelta(days=600))
    await house.forgetting.shred(order(house.clock))
    assert house.states()[0] == ("prefill", "notReadable")


async def test_an_order_is_believed_by_the_catalogue_that_rules_alone(house: KeyHouse) -> None:
    await house.record()
    activations = Activations(house.journal, house.engine.connect, "p-1", house.clock)
    await activations.catalogue(house.catalogue)
    of_ones_own, house.catalogue = house.catalogue, replace(house.catalogue, revision="f" * 64)
    await house.close()
    await house.open()
    with pytest.raises(OrderInvalid, match="no hub rules by"):
        await house.forgetting.shred(order(house.clock))
    assert house.states() == [("prefill", "readable")]
    house.catalogue = of_ones_own
    await house.close()
    await house.open()
    await house.forgetting.shred(order(house.clock))
    assert house.states()[0] == ("prefill", "notReadable")


async def test_where_a_law_keeps_the_lines_the_answer_is_that_law_and_is_on_the_record(
    house: KeyHouse,
) -> None:
    house.catalogue = with_approvers(house.catalogue, kept="adapted-transport")
    await house.close()
    await house.open()
    await house.record()
    with pytest.raises(LawKeeps, match=r"adapted-transport: Archives Act, art\. 1"):
        await house.forgetting.shred(order(house.clock))
    assert house.states() == [("prefill", "readable"), ("erasureRefused", "readable")]
    kept = shown(house.lines()[-1])["erasure"]["keptBy"]
    assert kept["adapted-transport"]["en"] == "Archives Act, art. 1"
    assert not house.shreds.path.exists()


async def test_lines_of_an_activity_that_the_catalogue_lost_are_not_destroyed_on_an_order(
    house: KeyHouse,
) -> None:
    await house.record(activity="of-old-times")
    await house.record(activity="hub")
    with pytest.raises(OrderInvalid, match="keeps the lines of of-old-times is not known"):
        await house.forgetting.shred(order(house.clock))
    assert house.states() == [("prefill", "readable"), ("prefill", "readable")]
    assert not house.shreds.path.exists()


async def test_a_crash_after_the_list_is_made_good_at_the_next_start(
    house: KeyHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    await house.record()
    with monkeypatch.context() as crash:

        async def power_cut(*_: object, **__: object) -> None:
            raise NotRecorded

        crash.setattr(house.journal, "overseen", power_cut)
        with pytest.raises(NotRecorded):
            await house.forgetting.shred(order(house.clock))
    assert house.states() == [("prefill", "readable")]
    await house.close()
    await house.open(again=True)
    assert house.states() == [("prefill", "notReadable"), ("keyDestroyed", "readable")]
    assert house.report().problems == ()


async def test_a_restored_backup_destroys_again_what_was_destroyed_since_before_it_serves(
    house: KeyHouse, tmp_path: Path
) -> None:
    await house.record()
    await house.record(OFFICE)
    house.back_up(tmp_path / "backup")
    await house.forgetting.shred(order(house.clock))
    await house.close()
    house.restore(tmp_path / "backup")

    await house.open()  # what a hub would show that knows of no list
    assert house.states() == [("prefill", "readable"), ("prefill", "readable")]
    await house.close()

    await house.open(again=True)
    assert house.states() == [
        ("prefill", "notReadable"),
        ("prefill", "readable"),
        ("keyDestroyed", "readable"),
    ]
    assert house.report().problems == ()
    assert await house.forgetting.reapply() == 0


async def test_a_backup_from_before_an_epoch_ended_shows_nothing_even_without_the_list(
    house: KeyHouse, tmp_path: Path
) -> None:
    await house.record()
    house.back_up(tmp_path / "backup")
    await house.forgetting.shred(order(house.clock))
    await house.rounds.rotate(now=True, kept=timedelta(0))
    await house.close()
    house.restore(tmp_path / "backup")
    house.shreds.path.unlink()
    await house.open(again=True)
    assert house.states() == [("prefill", "notReadable")]


async def test_a_list_that_was_damaged_keeps_the_hub_from_starting(house: KeyHouse) -> None:
    await house.record()
    await house.forgetting.shred(order(house.clock))
    house.shreds.path.write_bytes(b"x" + house.shreds.path.read_bytes())
    with pytest.raises(KeysUnusable, match=r"shredded\.jsonl:1"):
        await house.rounds.start()
