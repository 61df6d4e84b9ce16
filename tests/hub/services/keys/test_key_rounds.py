"""Rounds: an epoch ends after its days, its keys are wrapped anew, it is destroyed once that has settled, and the log says so."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from hub.services.concerns import THE_HUB
from hub.services.key_rounds import KeyRounds
from tests.hub.services.keys.keyhouse import KeyHouse, order


def told(house: KeyHouse) -> list[tuple[str, object]]:
    return [(line.kind, (line.details or {}).get("epoch")) for line in house.lines(THE_HUB)]


async def test_an_epoch_lasts_its_days_and_its_key_until_the_next_backup_is_there(house: KeyHouse) -> None:
    await house.record()
    house.clock.now += timedelta(days=29, hours=23)
    await house.rounds.round()
    assert list(house.keys.epochs.epochs()) == ["0001"]

    began = next(iter(house.keys.epochs.epochs().values()))
    house.clock.now = began + timedelta(days=30)
    await house.rounds.round()
    assert list(house.keys.epochs.epochs()) == ["0001", "0002"]
    assert told(house) == [("keyEpochBegan", "0002")]

    house.clock.now = house.keys.epochs.epochs()["0002"] + timedelta(days=1, hours=23)
    await house.rounds.round()
    assert list(house.keys.epochs.epochs()) == ["0001", "0002"]

    house.clock.now += timedelta(hours=1)
    await house.rounds.round()
    assert list(house.keys.epochs.epochs()) == ["0002"]
    assert told(house) == [("keyEpochBegan", "0002"), ("keyEpochDestroyed", "0001")]
    assert house.states() == [("prefill", "readable")]
    assert house.report().problems == ()


async def test_a_round_that_was_cut_short_is_finished_by_the_next(
    house: KeyHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    await house.record()
    with monkeypatch.context() as crash:

        def power_cut(_epoch: str) -> None:
            raise SystemExit

        crash.setattr(house.keys.epochs, "destroy", power_cut)
        with pytest.raises(SystemExit):
            await house.rounds.rotate(now=True, kept=timedelta(0))
    await house.close()
    await house.open(again=True)
    done = await house.rounds.rotate(kept=timedelta(0))
    assert (done.begun, done.rewrapped, done.destroyed, done.stuck) == (None, 0, ("0001",), ())
    assert house.states() == [("prefill", "readable")]


async def test_no_round_destroys_an_epoch_out_of_which_it_took_keys_itself(house: KeyHouse) -> None:
    await house.record()
    house.keys.epochs.begin()  # and the hub is down for days
    house.clock.now += timedelta(days=10)
    done = await house.rounds.rotate()
    assert (done.rewrapped > 0, done.destroyed) == (True, ())
    done = await house.rounds.rotate()
    assert (done.rewrapped, done.destroyed) == (0, ("0001",))


async def test_an_epoch_with_a_key_that_does_not_open_is_kept_and_that_is_said(house: KeyHouse) -> None:
    await house.record()
    with house.engine.begin() as connection:
        connection.execute(text("UPDATE audit_data_key SET wrapped = :x"), {"x": b"x" * 60})
    done = await house.rounds.rotate(now=True, kept=timedelta(0))
    assert (done.destroyed, done.stuck) == ((), ("0001",))
    assert list(house.keys.epochs.epochs()) == ["0001", "0002"]


async def test_the_rounds_go_on_by_themselves(house: KeyHouse) -> None:
    await house.record(retention="P1Y")
    rounds = KeyRounds(
        house.engine, house.keys.epochs, journal=house.journal, forgetting=house.forgetting, clock=house.clock,
        epoch_days=30, kept_days=2, every_s=0.02,
    )  # fmt: skip
    await rounds.start()
    house.clock.now = datetime(house.clock().year + 2, 1, 1, tzinfo=UTC)
    async with asyncio.timeout(20):
        while ("keyDestroyed", "readable") not in house.states():  # noqa: ASYNC110 - a round tells nobody
            await asyncio.sleep(0.02)
    await rounds.close()
    assert house.states()[0] == ("prefill", "notReadable")


async def test_another_replica_that_runs_meanwhile_seals_under_the_new_epoch_and_reads_what_was_wrapped_anew(
    house: KeyHouse,
) -> None:
    other = KeyHouse(house.url, house.folder, house.catalogue, house.handles, house.cluster)
    other.new_id = lambda: f"f{house.new_id()}"  # type: ignore[method-assign]
    await other.open()
    await other.record()
    await house.rounds.rotate(now=True, kept=timedelta(0))
    await other.record(subject="cd" * 32)
    assert other.states() == house.states() == [("prefill", "readable")]
    assert house.lines("cd" * 32)[0].state == "readable"
    with house.engine.connect() as connection:
        epochs = connection.execute(
            text("SELECT DISTINCT epoch FROM audit_data_key WHERE wrapped IS NOT NULL")
        )
        assert set(epochs.scalars()) == {"0002"}
    await house.forgetting.shred(order(house.clock))
    assert other.states()[0] == ("prefill", "notReadable")
    await other.close()
