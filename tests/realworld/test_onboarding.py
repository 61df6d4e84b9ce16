"""Contracts that other people wrote, from inspect to try: new, blanks filled in as a person would, check, one call."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from lxml import etree

from connectors.folder import Folder
from connectors.reply_schema import reply_schema
from tests.realworld.newcomer import Newcomer
from tests.support.answers import Answers
from tests.support.replay import Replay
from tests.support.soap_server import serving

KSZ = "ksz/be/fgov/kszbcss/intf"
SSIN, ENTERPRISE = "85060200157", "0202239951"


MAGDA = {
    "GeefPersoon": ("86630822239", {
        "person.familyName": "Testpersoon referentie", "person.birthDate": "1971-09-04",
        "person.givenNames": ["Isabelle", "Giovanna", "Mariette", "Elio"], "person.citizenship": ["150"], "person.gender": "2",
        "person.address": {"street": "Dorpsstraat", "houseNumber": "405", "postCode": "2340", "municipality": "Kortenberg", "country": "BEL"},
    }),
    "GeefAanslagbiljetPersonenbelasting": (None, {}),
    "GeefSociaalStatuut": (None, {}),
    "GeefOnderneming": (None, {}),
}  # fmt: skip


@pytest.mark.parametrize("operation", MAGDA)
def test_magda_is_connected_by_commands_alone(
    newcomer: Newcomer, replay: Replay, realworld: Path, monkeypatch: pytest.MonkeyPatch, operation: str
) -> None:
    monkeypatch.setenv("ONLYONCE_SOURCE_IT_URL", replay.magda)
    newcomer.connect(f"magda/{operation}.wsdl", operation)
    number, expected = MAGDA[operation]
    found = newcomer.ask(number or _with_data(realworld, operation), "--set", "client=us", "--show-values")
    assert found["ok"]
    filled_in = {n: one["value"] for n, one in found["attributes"].items() if one["status"] == "filled"}
    assert {"person.identifier", "organisation.identifier"} & filled_in.keys()
    assert {name: filled_in.get(name) for name in expected} == expected
    assert found["reference"]
    assert list(found["milliseconds"]) == ["contract", "build", "connect", "wait", "receive", "read"]


def _with_data(realworld: Path, operation: str) -> str:
    """A number that answers are recorded for, that they echo, and whose answer holds its main element."""
    for file in sorted((realworld / "magda" / "responses" / operation).glob("[0-9]*.xml")):
        text = file.read_text("utf-8")
        if "FOUT" not in text and f">{file.stem}<" in text:
            return file.stem
    raise AssertionError(operation)


def test_magda_says_that_it_does_not_know_a_person_once_the_code_is_declared(
    newcomer: Newcomer, replay: Replay, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ONLYONCE_SOURCE_IT_URL", replay.magda)
    newcomer.connect("magda/GeefPersoon.wsdl", "GeefPersoon")
    found = newcomer.ask("12345678901", code=1)
    assert found["error"] == {"code": "sourceRefused", "cause": "it answered with its error code 30001"}
    file = newcomer.folder / "it.yaml"
    text = file.read_text("utf-8").replace(
        '# meanings: {"404": subjectUnknown, "503": busy}', 'meanings: {"30001": subjectUnknown}'
    )
    file.write_text(text, "utf-8")
    assert newcomer.ask("12345678901", code=1)["error"]["code"] == "subjectUnknown"


def test_nothing_of_a_person_is_shown_unless_asked_for(
    newcomer: Newcomer, replay: Replay, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ONLYONCE_SOURCE_IT_URL", replay.magda)
    newcomer.connect("magda/GeefPersoon.wsdl", "GeefPersoon")
    text = json.dumps(newcomer.ask("86630822239"))
    for value in ("86630822239", "Testpersoon", "Isabelle", "Dorpsstraat", "Kortenberg", "1971"):
        assert value not in text
    assert "<Achternaam>Xxxxxxxxxxx xxxxxxxxxx</Achternaam>" in text


CROSSROADS = {
    "consultFilesByDate": f"{KSZ}/HandiService/HandiV2.wsdl",
    "consultFilesByPeriod": f"{KSZ}/HandiService/HandiV2.wsdl",
    "consultPayments": f"{KSZ}/HandiService/HandiV2.wsdl",
    "consultContactAndInscription": f"{KSZ}/JobSeeker/JobSeekerV1.wsdl",
    "checkVat": "contracts/vies-checkVatService.wsdl",
    "checkVatApprox": "contracts/vies-checkVatService.wsdl",
}


def drawn(
    folder: Path, contract: str, operation: str, number: str
) -> Callable[[etree._Element], etree._Element]:
    """Answers that are valid by the contract's schemas, about the subject, and in which all went well."""

    def answer(_: etree._Element) -> etree._Element:
        envelopes = (
            Answers(folder / contract, folder, operation, seed=seed).envelope() for seed in range(40)
        )
        envelope = next(
            e for e in envelopes if e[0][0].find("criteria") is None or e[0][0].find("ssin") is not None
        )
        payload = envelope[0][0]
        for path in ("ssin", "criteria/ssin", "{*}vatNumber"):
            for node in payload.iterfind(path):
                node.text = number
        for node in payload.iterfind("status/value"):
            node.text = "DATA_FOUND"
        return envelope

    return answer


@pytest.mark.parametrize("operation", CROSSROADS)
async def test_services_that_nobody_recorded_are_connected_by_commands_alone(
    newcomer: Newcomer, realworld: Path, monkeypatch: pytest.MonkeyPatch, operation: str
) -> None:
    contract = CROSSROADS[operation]
    schema = reply_schema(contract, Folder(realworld))
    number = ENTERPRISE if operation.startswith("checkVat") else SSIN
    newcomer.connect(contract, operation, countryCode="BE")
    async with serving(schema, drawn(realworld, contract, operation, number)) as server:
        monkeypatch.setenv("ONLYONCE_SOURCE_IT_URL", server.url)
        found = await asyncio.to_thread(newcomer.ask, number, "--set", "legalBasis=BASIS")
        assert len(server.requests) == 1, "the request was valid by the schema"
    assert found["error"] is None
    states = {name: one["status"] for name, one in found["attributes"].items()}
    assert "filled" in states.values()
    assert set(states.values()) <= {"filled", "empty"}


async def test_the_raw_xml_service_is_connected(
    newcomer: Newcomer, realworld: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    contract, operation = "ksz/KSZBCSSWebService.wsdl", "SendXML"
    newcomer.connect(contract, operation)
    answer = drawn(realworld, contract, operation, SSIN)
    async with serving(reply_schema(contract, Folder(realworld)), answer) as server:
        monkeypatch.setenv("ONLYONCE_SOURCE_IT_URL", server.url)
        found = await asyncio.to_thread(newcomer.ask, SSIN)
    assert found["ok"]
    assert "00000000000" in found["request"]["body"]


HAAL_CENTRAAL = {
    "type": "RaadpleegMetBurgerservicenummer",
    "personen": [
        {
            "burgerservicenummer": SSIN,
            "geslacht": {"code": "V", "omschrijving": "vrouw"},
            "naam": {"voornamen": "Ada Maria", "geslachtsnaam": "Groen"},
            "geboorte": {"datum": {"type": "Datum", "datum": "1985-06-02", "langFormaat": "2 juni 1985"}},
            "verblijfplaats": {
                "type": "Adres",
                "verblijfadres": {"officieleStraatnaam": "Kade", "huisnummer": 7, "postcode": "2500AA", "woonplaats": "Delft"},
            },
        }
    ],
}  # fmt: skip


@asynccontextmanager
async def answering(*answers: object) -> AsyncIterator[tuple[str, list[Any]]]:
    """A REST server that gives these answers, one after the other; gives its address and what it was asked."""
    asked: list[Any] = []
    left = list(answers)

    async def handle(request: web.Request) -> web.Response:
        asked.append(await request.json())
        return web.json_response(left.pop(0))

    app = web.Application()
    app.router.add_post("/{path:.*}", handle)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}/base", asked
    await runner.cleanup()


async def test_haal_centraal_is_connected(newcomer: Newcomer, monkeypatch: pytest.MonkeyPatch) -> None:
    newcomer.connect("contracts/haal-centraal-brp-openapi.json", "Personen", fields="naam")
    nobody = {"type": "RaadpleegMetBurgerservicenummer", "personen": []}
    async with answering(HAAL_CENTRAAL, nobody) as (address, asked):
        monkeypatch.setenv("ONLYONCE_SOURCE_IT_URL", address)
        found = await asyncio.to_thread(newcomer.ask, SSIN, "--show-values")
        none = await asyncio.to_thread(newcomer.ask, SSIN)
    assert asked[0] == {
        "type": "RaadpleegMetBurgerservicenummer", "fields": ["naam"], "burgerservicenummer": [SSIN],
    }  # fmt: skip
    values = {name: one["value"] for name, one in found["attributes"].items() if one["status"] == "filled"}
    assert values == {
        "person.identifier": SSIN,
        "person.gender": "V",
        "person.givenNames": "Ada Maria",
        "person.familyName": "Groen",
        "person.birthDate": "1985-06-02",
        "person.address": {
            "street": "Kade", "houseNumber": "7", "postCode": "2500AA", "municipality": "Delft",
        },
    }  # fmt: skip
    assert {one["status"] for one in none["attributes"].values()} == {"empty"}
