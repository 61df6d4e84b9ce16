"""Whoever takes a line away from the middle or the end of a subject's lines leaves a gap that the subject sees."""

import asyncio

import pytest
from sqlalchemy import Engine

from audit import Choice, Page, UsageLog
from tests.audit.conftest import entry, handle


async def recorded(log: UsageLog) -> None:
    for subject in (1, 2, 1, 1, 2, 1):
        await log.append(entry(subject, kind="usageRead" if subject == 2 else "prefill"))


def change(engine: Engine, *statements: str) -> None:
    with engine.begin() as connection:
        for statement in statements:
            assert connection.exec_driver_sql(statement).rowcount == 1


def gaps(page: Page) -> list[int]:
    return [line.index for line in page.lines if line.gap]


async def test_lines_are_numbered_and_nothing_is_missing(log: UsageLog) -> None:
    await recorded(log)
    page = log.read_subject(handle(1))
    assert [(line.index, line.number) for line in page.lines] == [(5, 3), (3, 2), (2, 1), (0, 0)]
    assert (gaps(page), page.cut) == ([], False)
    assert gaps(log.read_subject(handle(1), before=3, limit=1)) == []
    chosen = log.read_subject(handle(2), choice=Choice(kind=frozenset({"usageRead"})))
    assert (gaps(chosen), chosen.cut) == ([], False)


@pytest.mark.parametrize(("taken", "shows_at"), [(0, 2), (2, 3), (3, 5)])
async def test_a_line_that_was_taken_away_shows_at_the_line_after_it(
    log: UsageLog, engine: Engine, taken: int, shows_at: int
) -> None:
    await recorded(log)
    change(engine, f"DELETE FROM audit_entry WHERE leaf_index = {taken}")  # noqa: S608
    page = log.read_subject(handle(1))
    assert (gaps(page), page.cut) == ([shows_at], False)
    assert gaps(log.read_subject(handle(1), before=shows_at + 1, limit=1)) == [shows_at]
    assert gaps(log.read_subject(handle(1), choice=Choice(kind=frozenset({"prefill"})))) == [shows_at]
    assert gaps(log.read_subject(handle(2))) == []


async def test_a_line_that_was_given_to_another_shows_with_both(log: UsageLog, engine: Engine) -> None:
    await recorded(log)
    change(engine, f"UPDATE audit_entry SET subject = '{handle(2)}' WHERE leaf_index = 2")  # noqa: S608
    assert gaps(log.read_subject(handle(1))) == [3]
    assert gaps(log.read_subject(handle(2))) == [4]


async def test_the_newest_lines_that_were_taken_away_show_at_the_end(log: UsageLog, engine: Engine) -> None:
    await recorded(log)
    change(engine, "DELETE FROM audit_entry WHERE leaf_index = 5")
    page = log.read_subject(handle(1))
    assert (gaps(page), page.cut) == ([], True)
    change(engine, *(f"DELETE FROM audit_entry WHERE leaf_index = {index}" for index in (0, 2, 3)))  # noqa: S608
    assert log.read_subject(handle(1)) == Page((), None, cut=True)
    assert log.read_subject(handle(9)) == Page((), None)


async def test_nothing_is_missing_while_lines_are_being_added(log: UsageLog) -> None:
    async def append() -> None:
        for _ in range(60):
            await log.append(entry(1))

    appending = asyncio.gather(append(), append())
    pages = [await asyncio.to_thread(log.read_subject, handle(1), limit=5) for _ in range(60)]
    await appending
    assert all(not page.cut and not gaps(page) for page in pages)
