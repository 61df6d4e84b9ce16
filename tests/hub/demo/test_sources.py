"""The demo's sources, over real sockets: read by plain zeep as independent reader, and by the declared connectors."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import zeep

from connectors import Enquiry, Identifier, Reading, SourceBusy, SubjectUnknown
from connectors.rest import RestSource
from connectors.soap import SoapSource
from hub.catalogue import Catalogue, load
from hub.demo.catalogues import DEMO_CATALOGUE
from hub.demo.people import Person, Population
from hub.demo.sources import SOURCES

UNKNOWN = "00000000097"
YEAR = 2025
Ask = Callable[[str, str], Awaitable[Reading]]


def _plain(contract: str, url: str, call: Callable[[Any], Any]) -> Any:
    """Call by plain zeep, which reads the reply by its own lights."""
    client = zeep.Client(str(DEMO_CATALOGUE / "contracts" / contract))  # type: ignore[no-untyped-call]
    try:
        (binding,) = client.wsdl.bindings
        return call(client.create_service(binding, url))  # type: ignore[no-untyped-call]
    finally:
        client.transport.session.close()


def _get_person(person: Person, service: Any) -> Any:
    context = {
        "MessageId": "m",
        "Timestamp": "2026-11-23T12:00:00Z",
        "Purpose": "p",
        "LegalBasis": "6(1)(e)",
        "CaseId": "c",
    }
    return service.GetPerson(Context=context, NationalNumber=person.ssin)


def _get_assessment(person: Person, service: Any) -> Any:
    return service.GetAssessment(
        RequestId="r", Purpose="p", CaseId="c", Taxpayer=person.ssin, IncomeYear=str(YEAR)
    )


@pytest.fixture(scope="session")
def demo() -> Catalogue:
    return load(DEMO_CATALOGUE)


@asynccontextmanager
async def asking(demo: Catalogue, addresses: dict[str, str]) -> AsyncIterator[Ask]:
    opened: dict[str, SoapSource | RestSource] = {}

    async def ask(source: str, value: str) -> Reading:
        declaration = demo.sources[source]
        if source not in opened:
            made = SoapSource if declaration.protocol == "soap" else RestSource
            opened[source] = made(declaration, address=addresses[source], secrets=str)
            await opened[source].start()
        (scheme,) = declaration.schemes
        variables = {"purpose": "study-grant-decision", "caseId": "case-1", "legalBasis": "6(1)(e)"}
        return await opened[source].ask(
            Enquiry(Identifier(scheme, value), frozenset(declaration.attributes), variables)
        )

    try:
        yield ask
    finally:
        for source in opened.values():
            await source.close()


async def test_plain_zeep_reads_a_person(sources: dict[str, str], people: Population) -> None:
    for person in people.persons[:12]:
        reply = await asyncio.to_thread(
            _plain, "national-register.wsdl", sources["national-register"], partial(_get_person, person)
        )
        said = reply.Person
        assert said.NationalNumber == person.ssin
        assert said.Name.LastName == [person.family_name]
        assert tuple(said.Name.FirstName) == person.given_names
        assert (said.Birth.Date, said.Birth.Place) == (person.birth_date, person.place_of_birth)
        assert (said.Gender, said.CivilStatus) == (person.gender, person.civil_status)
        assert tuple(said.Nationality) == person.citizenships
        assert (said.Residence.Street, said.Residence.Box) == (person.address.street, person.address.box)
        assert said.Household.Size == person.household_size


async def test_plain_zeep_reads_an_assessment(sources: dict[str, str], people: Population) -> None:
    for person in people.persons[:12]:
        expected = person.assessments.get(YEAR)
        reply = await asyncio.to_thread(
            _plain, "tax-administration.wsdl", sources["tax-administration"],
            partial(_get_assessment, person),
        )  # fmt: skip
        if expected is None:
            assert reply.Failure.code == "NO_ASSESSMENT"
            continue
        said = reply.Assessment
        assert Decimal(said.JointlyTaxableIncome) == expected.taxable
        assert said.HouseholdTaxableIncome == expected.household
        assert (said.Taxpayer, said.IncomeYear, said.Dependants) == (
            person.ssin,
            str(YEAR),
            expected.dependants,
        )
        assert said.IssuedOn == expected.issued_on


async def test_the_connectors_read_every_person_as_the_population_has_them(
    sources: dict[str, str], people: Population, demo: Catalogue
) -> None:
    async with asking(demo, sources) as ask:
        for person in people.persons:
            values = (await ask("national-register", person.ssin)).values
            assert values["person.familyName"] == person.family_name
            assert values["person.givenNames"] == list(person.given_names)
            assert values["person.birthDate"] == person.birth_date
            assert values.get("person.placeOfBirth") == person.place_of_birth
            assert values["person.citizenship"] == list(person.citizenships)
            assert values["person.householdSize"] == str(person.household_size)
            address = values["person.address"]
            assert isinstance(address, dict)
            assert (address["street"], address.get("box")) == (person.address.street, person.address.box)
            statuses = (await ask("social-status", person.ssin)).values
            assert statuses["person.increasedReimbursement"] is person.statuses.increased_reimbursement
            assert statuses["person.disabilityRecognised"] is person.statuses.disability_recognised


async def test_the_connectors_read_every_enterprise(
    sources: dict[str, str], people: Population, demo: Catalogue
) -> None:
    async with asking(demo, sources) as ask:
        for enterprise in people.enterprises:
            reading = await ask("enterprise-register", enterprise.enterprise_number)
            assert not reading.broken
            assert reading.values["organisation.legalName"] == enterprise.legal_name
            assert reading.values["organisation.startDate"] == enterprise.start_date.isoformat()
            assert reading.values["organisation.activities"] == list(enterprise.nace)
            assert reading.values["organisation.employeeCount"] == str(enterprise.employee_count)


async def test_the_connectors_read_last_years_income(
    sources: dict[str, str], people: Population, demo: Catalogue
) -> None:
    async with asking(demo, sources) as ask:
        reading = await ask("tax-administration", people.persons[0].ssin)
        expected = people.persons[0].assessments[int(str(reading.values["person.incomeYear"]))]
        assert reading.values["person.taxableIncome"] == str(expected.taxable)
        assert reading.values["person.householdTaxableIncome"] == str(expected.household)
        assert reading.reference == expected.number


@pytest.mark.parametrize("source", SOURCES)
async def test_every_source_says_whom_it_does_not_know_and_when_it_is_busy(
    source: str, sources: dict[str, str], people: Population, demo: Catalogue, session: aiohttp.ClientSession
) -> None:
    known = (
        people.enterprises[0].enterprise_number if source == "enterprise-register" else people.persons[0].ssin
    )
    unknown = "0000000097" if source == "enterprise-register" else UNKNOWN
    async with asking(demo, sources) as ask:
        with pytest.raises(SubjectUnknown):
            await ask(source, unknown)
        async with session.put(f"{sources[source]}/_behaviour", json={"busy": True}) as changed:
            assert changed.status == 200
        with pytest.raises(SourceBusy) as busy:
            await ask(source, known)
        async with session.put(f"{sources[source]}/_behaviour", json={}):
            pass
        await asyncio.sleep((busy.value.retry_after or 0.0) + 0.05)  # it is left alone for as long as it asks
        assert (await ask(source, known)).values


async def test_calls_are_counted_with_their_cases(
    sources: dict[str, str], people: Population, demo: Catalogue, session: aiohttp.ClientSession
) -> None:
    async with asking(demo, sources) as ask:
        await asyncio.gather(
            *(
                ask(source, people.persons[0].ssin)
                for source in ("national-register", "tax-administration", "social-status")
            )
        )
        await ask("national-register", people.persons[1].ssin)
    for source, count in (
        ("national-register", 2),
        ("tax-administration", 1),
        ("social-status", 1),
        ("enterprise-register", 0),
    ):
        async with session.get(f"{sources[source]}/_calls") as reply:
            assert await reply.json() == {"calls": count, "cases": ["case-1"] * count}


async def test_a_source_takes_the_time_it_is_told_to(
    sources: dict[str, str], session: aiohttp.ClientSession
) -> None:
    url = sources["social-status"]
    async with session.put(f"{url}/_behaviour", json={"latencyMs": 120}):
        pass
    started = asyncio.get_running_loop().time()
    async with session.post(f"{url}/v1/statuses/get", json={"ssin": UNKNOWN}):
        pass
    assert asyncio.get_running_loop().time() - started >= 0.12


@pytest.mark.parametrize(
    ("source", "asked", "status"),
    [
        ("national-register", ("POST", "/", b"<a"), 500),
        ("national-register", ("POST", "/", b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'), 500),
        ("national-register", ("POST", "/", b""), 500),
        ("national-register", ("POST", "/", b"x" * 70_000), 413),
        ("national-register", ("DELETE", "/", b""), 405),
        ("tax-administration", ("POST", "/", b"{}"), 500),
        ("tax-administration", ("PATCH", "/", b""), 405),
        ("enterprise-register", ("GET", "/nowhere", b""), 404),
        ("enterprise-register", ("POST", "/v1/enterprises/0000100067", b""), 404),
        ("social-status", ("POST", "/v1/statuses/get", b"[]"), 400),
        ("social-status", ("POST", "/v1/statuses/get", b"{"), 400),
        ("social-status", ("POST", "/v1/statuses/get", b"\xff"), 400),
        ("social-status", ("GET", "/v1/statuses/get", b""), 404),
        ("social-status", ("PUT", "/_behaviour", b"7"), 400),
        ("social-status", ("PUT", "/_behaviour", b'{"latencyMs": -1}'), 400),
        ("social-status", ("GET", "/_other", b""), 404),
        ("social-status", ("GET", "/health", b""), 200),
    ],
)
async def test_bad_questions_get_bad_statuses(
    source: str,
    asked: tuple[str, str, bytes],
    status: int,
    sources: dict[str, str],
    session: aiohttp.ClientSession,
) -> None:
    method, path, body = asked
    async with session.request(method, sources[source] + path, data=body) as reply:
        assert reply.status == status


@pytest.mark.parametrize("source", ["national-register", "tax-administration"])
async def test_a_soap_source_gives_its_contract(
    source: str, sources: dict[str, str], session: aiohttp.ClientSession
) -> None:
    async with session.get(f"{sources[source]}/{source}?wsdl") as reply:
        assert await reply.read() == (DEMO_CATALOGUE / "contracts" / f"{source}.wsdl").read_bytes()


async def test_the_program_says_when_it_is_ready_logs_no_request_and_ends_when_told(
    tmp_path: Path, session: aiohttp.ClientSession, people: Population
) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "hub.demo.sources", "--ports", "0", "0", "0", "0", stderr=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )  # fmt: skip
    assert process.stderr is not None
    ready = await asyncio.wait_for(process.stderr.readline(), 30)
    word, *ports = ready.decode().split()
    assert (word, len(ports)) == ("ready", 4)
    async with session.post(
        f"http://127.0.0.1:{ports[3]}/v1/statuses/get", json={"ssin": people.persons[0].ssin}
    ) as reply:
        assert json.loads(await reply.read())["result"]["ssin"] == people.persons[0].ssin
    process.terminate()
    said, complained = await asyncio.wait_for(process.communicate(), 30)
    assert process.returncode == 0
    assert people.persons[0].ssin.encode() not in said + complained
    assert said + complained == b""
