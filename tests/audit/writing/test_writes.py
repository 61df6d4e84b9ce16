"""What is done in the same transaction as an entry: grants that are read again, writes of the caller's own."""

from collections.abc import Callable

import pytest
from sqlalchemy import Column, Connection, Engine, Integer, MetaData, String, Table, insert, select

from audit import EntryRefused, GrantGone, IntentGone, MemoryKeyRing, UsageLog, verify
from tests.audit.conftest import Granted, MakeLog, entry, handle, intent
from tests.audit.writing.batches import outcomes

NOTES = Table(
    "notes", MetaData(), Column("id", Integer, primary_key=True), Column("text", String(50), unique=True)
)


@pytest.fixture(autouse=True)
def notes(engine: Engine) -> None:
    """A table of the caller's own."""
    NOTES.metadata.create_all(engine)


def noted(engine: Engine) -> set[str]:
    with engine.connect() as connection:
        return set(connection.scalars(select(NOTES.c.text)))


def note(text: str) -> Callable[[Connection], str]:
    def write(connection: Connection) -> str:
        connection.execute(insert(NOTES).values(text=text))
        return text

    return write


async def test_an_entry_without_its_grant_is_not_recorded_and_its_intent_stays_open(
    log: UsageLog, granted: Granted
) -> None:
    announced = intent()
    await log.intend(announced)
    granted.gone = {"consent:1"}
    with pytest.raises(GrantGone) as caught:
        await log.append(entry(), relies_on=frozenset({"consent:1", "client:a"}), closes=announced.id)
    assert caught.value.references == {"consent:1"}
    refusal = await log.append(entry(outcome="refused"), closes=announced.id)
    assert refusal.index == 0


async def test_grants_are_read_again_by_one_query_a_batch(log: UsageLog, granted: Granted) -> None:
    granted.gone = {"consent:3"}
    calls = (log.append(entry(n), relies_on=frozenset({f"consent:{n}"})) for n in range(5))
    results = await outcomes(log, *calls)
    assert [isinstance(r, GrantGone) for r in results] == [False, False, False, True, False]
    assert granted.asked == [frozenset(f"consent:{n}" for n in range(5))]


@pytest.mark.parametrize("withdrawal_first", [True, False])
async def test_a_withdrawal_in_the_same_batch_keeps_a_disclosure_from_being_recorded(
    log: UsageLog, granted: Granted, withdrawal_first: bool
) -> None:
    def withdraw(_connection: Connection) -> str:
        granted.gone.add("consent:1")
        return "withdrawn"

    calls = [
        log.append(entry(kind="consentWithdrawn"), write=withdraw),
        log.append(entry(), relies_on=frozenset({"consent:1"})),
    ]
    results = await outcomes(log, *(calls if withdrawal_first else calls[::-1]))
    withdrawn, disclosed = results if withdrawal_first else results[::-1]
    assert withdrawn.written == "withdrawn"
    assert isinstance(disclosed, GrantGone)


async def test_the_callers_write_is_committed_with_its_entry(log: UsageLog, engine: Engine) -> None:
    appended = await log.append(entry(), write=note("one"))
    await log.intend(intent(), write=note("two"))
    assert appended.written == "one"
    assert noted(engine) == {"one", "two"}


async def test_a_write_that_fails_is_undone_and_told_to_its_caller_alone(
    log: UsageLog, engine: Engine, keys: MemoryKeyRing
) -> None:
    class TooMany(Exception):
        pass

    def refuse(connection: Connection) -> None:
        note("refused")(connection)
        raise TooMany

    results = await outcomes(
        log,
        log.append(entry(), write=note("first")),
        log.append(entry(), write=refuse),
        log.append(entry()),
        log.intend(intent(), write=refuse),
        log.append(entry(), write=note("second")),
    )
    assert [type(r).__name__ for r in results] == ["Appended", "TooMany", "Appended", "TooMany", "Appended"]
    assert noted(engine) == {"first", "second"}
    report = verify(engine, keys=keys)
    assert (report.ok, report.size, report.intents) == (True, 4, 0)


async def test_a_write_that_breaks_a_constraint_harms_nobody_else(log: UsageLog, engine: Engine) -> None:
    results = await outcomes(
        log, *(log.append(entry(), write=note("same")) for _ in range(2)), log.append(entry())
    )
    assert [type(r).__name__ for r in results] == ["Appended", "IntegrityError", "Appended"]
    assert noted(engine) == {"same"}


async def test_a_write_is_not_made_without_its_grant_and_its_intent(
    log: UsageLog, engine: Engine, granted: Granted
) -> None:
    granted.gone = {"client:a"}
    with pytest.raises(GrantGone):
        await log.append(entry(), relies_on=frozenset({"client:a"}), write=note("never"))
    with pytest.raises(IntentGone):
        await log.append(entry(), closes="no-such-intent", write=note("never"))
    assert noted(engine) == set()


async def test_grants_that_cannot_be_read_keep_only_what_relies_on_them_from_being_recorded(
    make_log: MakeLog, engine: Engine, keys: MemoryKeyRing
) -> None:
    def broken(_connection: Connection, _references: frozenset[str]) -> frozenset[str]:
        raise RuntimeError

    log = UsageLog(engine, keys=keys, grants=broken)
    await log.start()
    results = await outcomes(
        log, log.append(entry(), relies_on=frozenset({"consent:1"})), log.append(entry())
    )
    await log.close()
    assert [type(r).__name__ for r in results] == ["LogUnavailable", "Appended"]


async def test_what_stands_beside_an_entry_is_recorded_right_after_it(log: UsageLog) -> None:
    first = await log.append(entry(1), write=note("both"), beside=[entry(2), entry(3)])
    assert (first.index, first.written) == (0, "both")
    found = [log.read_subject(handle(n)).lines for n in (1, 2, 3)]
    assert [line.index for lines in found for line in lines] == [0, 1, 2]
    assert all(line.state == "readable" for lines in found for line in lines)


async def test_what_stands_beside_an_entry_falls_with_it(
    log: UsageLog, granted: Granted, engine: Engine
) -> None:
    granted.gone = {"mandate:1"}
    with pytest.raises(GrantGone):
        await log.append(entry(1), relies_on=frozenset({"mandate:1"}), beside=[entry(2)])
    used = entry(4)
    await log.append(used)
    with pytest.raises(EntryRefused):
        await log.append(entry(1), write=note("neither"), beside=[entry(2, id=used.id)])
    assert noted(engine) == set()
    assert [log.count_subject(handle(n)) for n in (1, 2, 4)] == [0, 0, 1]
