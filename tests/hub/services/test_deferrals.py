"""Lines that their subject is shown later (GDPR Art. 23): nothing tells of them before their day, and then they say all."""

import asyncio
import base64
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519
from sqlalchemy import Engine, text

from audit import CheckpointSigner, History, Line, verify
from audit.checkpoints.kept import Guard
from audit.checkpoints.signing import sign_head
from hub.catalogue import Catalogue
from hub.keys import KeyFolder
from hub.oversight import defer
from hub.services.deferrals import OVERDUE, Deferrals
from hub.services.errors import NotFound
from tests.hub.services.conftest import House
from tests.hub.services.deferring import SUBJECT, deferring_catalogue
from tests.hub.services.test_usage import PREFILLS, person


@pytest.fixture(scope="session")
def demo_catalogue(tmp_path_factory: pytest.TempPathFactory) -> Catalogue:
    return deferring_catalogue(tmp_path_factory.mktemp("deferring"))


@pytest.fixture
def deferrals(house: House) -> Deferrals:
    return Deferrals(house.journal, house.log, connect=house.engine.connect, clock=house.clock)


def rows(engine: Engine) -> list[tuple[Any, ...]]:
    with engine.connect() as connection:
        found = connection.execute(
            text("SELECT entry, revealed_by IS NOT NULL FROM hub_oversight_deferral ORDER BY due_at, entry")
        )
        return [tuple(row) for row in found]


async def seen(house: House) -> list[tuple[str, int | None]]:
    """All that the citizen's door tells of their prefills."""
    page = await house.usage.read(person(), representing=None, before=None, size=100, choice=PREFILLS)
    return [(item.line.id, page.total) for item in page.lines]


async def test_nothing_tells_of_a_line_before_its_day(house: House) -> None:
    await house.ask("adapted-transport", "lastName", client="municipal-forms")
    before = await seen(house)
    answer = await house.ask("study-grant", "lastName")
    assert answer.fields["lastName"][1].status == "filled"
    assert await seen(house) == before
    assert {line.kind for line in house.lines()} == {"prefill", "usageRead"}
    chain = [line for line in house.lines() if line.kind == "prefill"]
    assert len(chain) == 1
    for hidden in (
        house.usage.prove(person(), answer.log_index, representing=None, fields=None),
        house.usage.explain(person(), answer.log_index, representing=None, language="fr"),
    ):
        with pytest.raises(NotFound):
            await hidden


async def test_on_its_day_a_line_says_all_that_it_would_have_said(house: House, deferrals: Deferrals) -> None:
    answer = await house.ask("study-grant", "lastName", "birthDate")
    assert await deferrals.show() == 0
    house.clock.pass_by(days=90, seconds=1)
    assert await deferrals.show() == 1
    (line,) = house.lines()
    assert (line.kind, line.outcome, line.activity) == ("revealed", "disclosed", "study-grant-decision")
    assert line.details is not None
    assert line.details["disclosed"] == ["person.birthDate", "person.familyName"]
    assert line.details["revealedIndex"] == answer.log_index
    assert line.details["deferralBasis"]["en"] == "the law"
    assert "concerns" not in line.details
    assert await deferrals.show() == 0
    assert await deferrals.waiting() == ()


async def test_what_was_shown_can_be_proven_and_tells_of_no_other(house: House, deferrals: Deferrals) -> None:
    await house.ask("study-grant", "lastName")
    answer = await house.ask("study-grant", "lastName")
    house.clock.pass_by(days=91)
    await deferrals.show()
    signer = CheckpointSigner("hub.example/log", ed25519.Ed25519PrivateKey.generate())
    sign_head(house.engine, signer, Guard())
    proof = (await house.usage.prove(person(), answer.log_index, representing=None, fields=None)).what
    assert (proof["handle"]["room"], proof["handle"]["scheme"]) == ("audit-deferred", "ssin")
    assert base64.b64decode(proof["handle"]["proof"]) == house.journal.subject_later_proof(SUBJECT)
    opened = {one["name"]: one["value"] for one in proof["sealedFields"] if "value" in one}
    assert opened["disclosed"] == '["person.familyName"]'
    assert not {"@number", "@previous", "concerns"} & opened.keys()


async def test_many_replicas_show_a_line_once(house: House) -> None:
    for _ in range(5):
        await house.ask("study-grant", "lastName")
    house.clock.pass_by(days=91)
    replicas = [
        Deferrals(house.journal, house.log, connect=house.engine.connect, clock=house.clock) for _ in range(4)
    ]
    assert sum(await asyncio.gather(*(one.show() for one in replicas))) == 5
    assert [line.kind for line in house.lines()] == ["revealed"] * 5


async def test_a_line_whose_day_was_taken_out_of_the_database_is_found_in_the_log_itself(
    house: House, deferrals: Deferrals, tmp_path: Path
) -> None:
    async def problems() -> list[tuple[int | None, str]]:
        await house.ask("study-grant", "lastName")  # the log goes on
        found = verify(house.engine, keys=KeyFolder(tmp_path / "keys").epochs).problems
        return [(one.index, one.what) for one in found]

    def take_away(entry: str) -> None:
        with house.engine.begin() as connection:
            connection.execute(
                text("DELETE FROM hub_oversight_deferral WHERE entry = :entry"), {"entry": entry}
            )

    hidden, put_off, _ = [await house.ask("study-grant", "lastName") for _ in range(3)]
    (later,) = [one for one in await deferrals.waiting() if one.index == put_off.log_index]
    line = house.log.get_entry(later.entry)
    assert line is not None
    until = later.due_at + timedelta(days=10)
    await house.journal.put_off(line, until, details={}, write=lambda *_: None)
    for one in await deferrals.waiting():
        if one.index in {hidden.log_index, put_off.log_index}:
            take_away(one.entry)
    house.clock.pass_by(days=91)
    await deferrals.show()
    assert await problems() == []
    what = "its day is past, and its subject was not shown it"
    for days, index in ((2, hidden.log_index), (8, hidden.log_index)):
        house.clock.pass_by(days=days)
        assert await problems() == [(index, f"entry {index}: {what}")]
    with house.engine.begin() as connection:
        defer(connection, (house.log.read_subject(line.subject).lines[-1]).id, house.clock())
    assert await deferrals.show() == 2  # it, and the entry that put the other one off
    assert await problems() == []
    house.clock.pass_by(days=2)
    assert await problems() == [(put_off.log_index, f"entry {put_off.log_index}: {what}")]


async def test_a_refusal_waits_too(house: House, deferrals: Deferrals) -> None:
    house.decisions.down = True
    with pytest.raises(Exception, match="could not be checked"):
        await house.ask("study-grant", "lastName")
    assert house.lines() == ()
    house.clock.pass_by(days=91)
    assert await deferrals.show() == 1
    assert house.lines()[0].outcome == "refused"


async def test_one_consultation_waits_once_and_not_under_the_subjects_handle(house: House) -> None:
    await house.ask("study-grant", "lastName")
    ((entry, shown),) = rows(house.engine)
    assert house.log.get_entry(entry) is not None
    assert not shown
    handle = house.journal.subject(SUBJECT)
    with house.engine.connect() as connection:
        for table in ("audit_entry", "audit_subject", "audit_data_key"):
            query = text(f"SELECT count(*) FROM {table} WHERE subject = :handle")  # noqa: S608
            assert connection.execute(query, {"handle": handle}).scalar() == 0, table


async def test_a_line_that_cannot_be_read_is_overdue_and_the_others_are_shown(
    house: House, deferrals: Deferrals
) -> None:
    await house.ask("study-grant", "lastName")
    house.clock.pass_by(days=400)  # another year, another key
    await house.ask("study-grant", "lastName")
    with house.engine.begin() as connection:
        first = connection.execute(
            text("SELECT key_id FROM audit_entry ORDER BY leaf_index LIMIT 1")
        ).scalar()
        connection.execute(text("UPDATE audit_data_key SET wrapped = NULL WHERE id = :id"), {"id": first})
    house.clock.pass_by(days=91)
    assert await deferrals.show() == 1
    (left,) = await deferrals.waiting()
    assert (left.overdue, left.controller) == (True, "grants-office")


async def test_the_data_protection_officer_has_one_notice_of_an_overdue_line_and_its_subject_none(
    house: House, deferrals: Deferrals
) -> None:
    await house.ask("study-grant", "lastName")
    (waiting,) = await deferrals.waiting()
    with house.engine.begin() as connection:
        connection.execute(text("UPDATE audit_data_key SET wrapped = NULL"))
    house.clock.pass_by(days=90, minutes=59)
    await deferrals.show()
    assert await house.notices.listed() == ()
    house.clock.pass_by(minutes=2)
    again = Deferrals(house.journal, house.log, connect=house.engine.connect, clock=house.clock)
    for replica in (deferrals, again, deferrals):
        assert await replica.show() == 0
    (notice,) = await house.notices.listed(controller="grants-office")
    assert (notice.kind, notice.entry, notice.subject) == (OVERDUE, waiting.entry, "hub")
    await house.notices.acknowledge(notice.id, by="the DPO", finding="its key was lost with a disk")
    assert await deferrals.show() == 0
    assert await house.notices.listed(unacknowledged=True) == ()
    assert house.lines() == ()
    told = house.log.read_subject("hub").lines
    assert [line.kind for line in told] == ["noticeAcknowledged", OVERDUE]
    assert told[1].details is not None
    assert told[1].details == {
        "aboutEntry": waiting.entry, "entries": [waiting.index], "deferredUntil": waiting.due_at.isoformat()
    }  # fmt: skip


async def test_without_the_database_lines_are_shown_later(house: House, deferrals: Deferrals) -> None:
    await house.ask("study-grant", "lastName")
    house.clock.pass_by(days=91)
    await house.log.close()
    with pytest.raises(Exception, match="did not take"):
        await deferrals.show()
    assert rows(house.engine)[0][1] == 0


async def test_how_long_a_refused_proof_takes_does_not_tell_that_a_line_waits(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = await house.ask("study-grant", "lastName")
    looked_at: list[str] = []
    look = History.of_subject

    def watched(self: History, handle: str, index: int) -> Line | None:
        looked_at.append(handle)
        return look(self, handle, index)

    monkeypatch.setattr(History, "of_subject", watched)
    for index in (answer.log_index, answer.log_index + 1):
        with pytest.raises(NotFound):
            await house.usage.prove(person(), index, representing=None, fields=None)
    assert set(looked_at) == {house.journal.subject(SUBJECT)}
