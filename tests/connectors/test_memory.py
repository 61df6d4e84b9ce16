"""The source in memory keeps the same promises as the declared ones."""

import time

import pytest

from connectors import Enquiry, Identifier, Source, SourceUnavailable, SubjectUnknown, Value
from connectors.memory import MemorySource
from tests.connectors.conftest import NOW

ADA = Identifier("ssin", "85060200123")


def source() -> MemorySource:
    held: dict[str, dict[str, Value]] = {
        ADA.value: {"person.familyName": "Bruni", "person.givenNames": ["Ada"]}
    }
    return MemorySource(
        "memory",
        held,
        attributes=frozenset({"person.familyName", "person.givenNames", "x"}),
        clock=lambda: NOW,
    )


async def test_it_answers_what_it_holds_of_what_is_asked() -> None:
    asked: Source = source()
    await asked.start()
    reading = await asked.ask(Enquiry(ADA, frozenset({"person.familyName", "x"})))
    assert reading.values == {"person.familyName": "Bruni"}
    assert reading.retrieved_at == NOW
    await asked.close()


async def test_it_does_not_know_whom_it_does_not_hold() -> None:
    with pytest.raises(SubjectUnknown):
        await source().ask(Enquiry(Identifier("ssin", "1"), frozenset()))


async def test_it_fails_and_waits_as_told() -> None:
    asked = source()
    asked.failure, asked.delay = SourceUnavailable("memory", "as told"), 0.05
    started = time.monotonic()
    with pytest.raises(SourceUnavailable):
        await asked.ask(Enquiry(ADA, frozenset()))
    assert time.monotonic() - started >= 0.05
    assert len(asked.enquiries) == 1


async def test_an_enquiry_that_is_not_for_it_is_the_callers_error() -> None:
    with pytest.raises(ValueError, match="ine"):
        await source().ask(Enquiry(Identifier("ine", "1"), frozenset()))
    with pytest.raises(ValueError, match="shoeSize"):
        await source().ask(Enquiry(ADA, frozenset({"shoeSize"})))
