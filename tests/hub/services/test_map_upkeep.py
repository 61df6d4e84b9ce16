"""The map of subjects is renewed every so often, and each subject is proven what it says."""

import asyncio
import json

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from audit import CheckpointSigner, Choice, Line, LogUnavailable, read_completeness, verify
from audit.checkpoints.kept import Guard
from audit.checkpoints.signing import sign_head
from connectors import Identifier
from hub.services.errors import NotPermitted, NotSignedYet
from hub.services.map_upkeep import MapUpkeep
from tests.hub.services.conftest import CITIZEN, COMPANY, OTHER, House
from tests.hub.services.test_usage import person


def upkeep(house: House, every_s: float = 3600.0) -> MapUpkeep:
    return MapUpkeep(house.log, house.journal, house.engine, every_s=every_s, clock=house.clock)


def told(house: House) -> tuple[Line, ...]:
    return house.log.read_subject("hub", choice=Choice(kind=frozenset({"mapRoot"}))).lines


async def signed(house: House, number: str = CITIZEN, representing: str | None = None) -> dict[str, object]:
    """The proof, once everything is signed."""
    signer = CheckpointSigner("hub.example/log", Ed25519PrivateKey.generate())
    await asyncio.to_thread(sign_head, house.engine, signer, Guard())
    read = await house.usage.complete(person(number), representing=representing, before=None, size=100)
    return read.what


async def test_the_map_is_told_in_an_entry_about_nobody(house: House) -> None:
    await house.ask("study-grant", "lastName")
    state = await upkeep(house).renew()
    assert state is not None
    (line,) = told(house)
    assert (line.outcome, line.details) == ("mapRoot", state.details())
    assert state.root is not None
    assert line.details == {"state": 1, "size": 1, "root": state.root.hex()}


async def test_a_citizen_is_proven_that_their_lines_are_all(house: House) -> None:
    for _ in range(3):
        await house.ask("study-grant", "lastName")
    await upkeep(house).renew()
    proof = await signed(house)
    found = read_completeness(json.dumps(proof))
    assert (found.entries, [line.index for line in found.lines]) == (3, [2, 1, 0])
    assert found.subject == _subject(house)
    assert CITIZEN not in json.dumps(proof)
    latest = house.log.read_subject(found.subject).lines[0]
    assert latest.kind == "usageRead"


async def test_somebody_without_lines_is_proven_that_and_an_enterprise_what_is_its_own(house: House) -> None:
    await house.ask("study-grant", "lastName")
    await house.ask("company-subsidy")
    await upkeep(house).renew()
    nothing = read_completeness(json.dumps(await signed(house, OTHER)))
    assert (nothing.entries, nothing.all_shown) == (0, True)
    company = read_completeness(json.dumps(await signed(house, representing=COMPANY)))
    assert [line.index for line in company.lines] == [1]
    with pytest.raises(NotPermitted):
        await house.usage.complete(person(may_act_for=frozenset()), representing=COMPANY, before=None, size=9)


async def test_before_there_is_a_map_the_proof_is_promised_and_no_line_is_made(house: House) -> None:
    await house.ask("study-grant", "lastName")
    with pytest.raises(NotSignedYet):
        await house.usage.complete(person(), representing=None, before=None, size=100)
    assert len(house.log.read_subject(_subject(house)).lines) == 1


async def test_it_is_renewed_by_itself_while_there_is_something_new(house: House) -> None:
    await house.ask("study-grant", "lastName")
    running = upkeep(house, every_s=0.01)
    await running.start()
    for maps in (1, 2):
        async with asyncio.timeout(20):
            while len(told(house)) < maps:
                house.clock.pass_by(seconds=1)
                await asyncio.sleep(0.01)
        await house.ask("study-grant", "lastName")
    await running.close()
    assert verify(house.engine).ok


async def test_a_replica_that_finds_a_young_map_leaves_it(house: House) -> None:
    await house.ask("study-grant", "lastName")
    await upkeep(house).renew()
    await house.ask("study-grant", "lastName")
    assert await upkeep(house, every_s=60.0)._due() == pytest.approx(60.0)
    house.clock.pass_by(seconds=50)
    assert await upkeep(house, every_s=60.0)._due() == pytest.approx(10.0)


async def test_once_it_is_closed_nothing_is_built_any_more(house: House) -> None:
    await house.ask("study-grant", "lastName")
    running = upkeep(house)
    await running.start()
    await running.close()
    with pytest.raises(LogUnavailable):
        await running.renew()
    assert told(house) == ()


def _subject(house: House) -> str:
    return house.journal.subject(Identifier("ssin", CITIZEN))
