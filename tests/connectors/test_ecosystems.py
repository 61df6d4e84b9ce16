"""What each example of `docs/ecosystems.md` sends over a real socket."""

import json
from pathlib import Path

import pytest
from joserfc import jwt
from lxml import etree

from connectors import Enquiry, Identifier, SourceRefused, SourceUnavailable, SubjectUnknown
from connectors.rest import RestSource
from connectors.soap import SoapSource
from tests.connectors.authorisation import KEYS, World, pem, running
from tests.connectors.conftest import CONTRACTS, NOW, Peer, envelope, http, json_http
from tests.support.ecosystems import QUESTION, declaration, declared

NUMBER = "85060200157"
ACTOR = QUESTION["actor"]


def asking(**told: str) -> Enquiry:
    return Enquiry(Identifier("ssin", NUMBER), frozenset(), {**QUESTION, **told})


def rest_source(name: str, peer: Peer, **secrets: str) -> RestSource:
    read = declaration(name, CONTRACTS, contract=None)
    return RestSource(
        read, address=peer.address, secrets=secrets.__getitem__, clock=lambda: NOW, uuid=lambda: "id-1"
    )


def headers(peer: Peer, prefix: str) -> dict[str, str]:
    lines = [line.partition(": ") for line in peer.head.split("\r\n")[1:]]
    return {name: value for name, _, value in lines if name.lower().startswith(prefix)}


@pytest.mark.parametrize("name", sorted(declared()))
def test_each_example_can_be_read(name: str, tmp_path: Path) -> None:
    assert declaration(name, tmp_path).id == name


async def test_x_road_is_told_by_headers(peer: Peer) -> None:
    peer.answer = json_http(json.dumps({"person": {"personalCode": NUMBER}}))
    source = rest_source("population-register", peer)
    await source.ask(asking())
    told = {
        "X-Road-Client": "EE/GOV/70000740/onlyonce",
        "X-Road-Id": "id-1",
        "X-Road-Issue": "case-7",
        "X-Road-Represented-Party": "GOV/0316380841",
    }
    assert headers(peer, "x-road") == told | {"X-Road-UserId": ACTOR}
    await source.ask(asking(actor="", controller="town-hall"))
    assert headers(peer, "x-road") == told | {"X-Road-Represented-Party": "MUN/0316380841"}
    assert NUMBER not in peer.head
    for kind, error in (("Client.ServerProxy.AccessDenied", SourceRefused), ("Server.X", SourceUnavailable)):
        peer.answer = json_http(json.dumps({"type": kind, "message": "m", "detail": "d"}), status=500)
        with pytest.raises(error, match=f"{kind.partition('.')[0]}[.][*]$"):
            await source.ask(asking())
    peer.answer = json_http("{}", status=404)
    with pytest.raises(SubjectUnknown):
        await source.ask(asking())
    await source.close()


async def test_x_road_is_told_by_soap_headers(peer: Peer) -> None:
    read = declaration("vehicle-register", CONTRACTS, contract="xroad.wsdl")
    source = SoapSource(
        read, address=peer.address, secrets={"": ""}.__getitem__, clock=lambda: NOW, uuid=lambda: "id-1"
    )
    peer.answer = http(
        envelope(f'<v:vehiclesResponse xmlns:v="urn:example:vehicles"><v:owner><v:personalCode>{NUMBER}</v:personalCode>'
                 "<v:vehicle><v:plate>1-ABC</v:plate></v:vehicle></v:owner></v:vehiclesResponse>")
    )  # fmt: skip
    attributes = frozenset({"person.vehicles"})
    reading = await source.ask(Enquiry(Identifier("ssin", NUMBER), attributes, QUESTION))
    assert reading.values == {"person.vehicles": ["1-ABC"]}
    root = etree.fromstring(peer.body.encode())
    names = {
        "x": "http://x-road.eu/xsd/xroad.xsd",
        "i": "http://x-road.eu/xsd/identifiers",
        "r": "http://x-road.eu/xsd/representation.xsd",
    }
    head = root[0]
    assert [etree.QName(block).localname for block in head] == [
        "client", "service", "userId", "id", "issue", "protocolVersion", "representedParty",
    ]  # fmt: skip
    assert head.findtext("x:client/i:memberCode", namespaces=names) == "70000740"
    assert head.find("x:client", names).get(f"{{{names['i']}}}objectType") == "SUBSYSTEM"  # type: ignore[union-attr]
    assert head.findtext("x:userId", namespaces=names) == ACTOR
    assert head.findtext("x:id", namespaces=names) == "id-1"
    assert head.findtext("r:representedParty/r:partyCode", namespaces=names) == "0316380841"
    await source.close()


async def test_haal_centraal_is_told_by_headers(peer: Peer) -> None:
    peer.answer = json_http('{"type": "RaadpleegMetBurgerservicenummer", "personen": []}')
    source = rest_source("brp-persons", peer, **{"brp-key": "k-1"})
    await source.ask(asking())
    assert headers(peer, "x-") == {
        "X-API-KEY": "k-1",
        "x-doelbinding": "BRP-STUDIE-01",
        "x-verwerking": "Studietoelage beoordelen",
        "x-gebruiker": ACTOR,
        "x-origin-oin": "00000001812483297000",
    }
    assert "Content-Type: application/json; charset=utf-8\r\n" in peer.head
    assert json.loads(peer.body)["burgerservicenummer"] == [NUMBER]
    await source.ask(asking(role="citizen", actor=""))
    assert headers(peer, "x-gebruiker") == {"x-gebruiker": "BurgerZelf"}
    await source.ask(asking(role="system", actor=""))
    assert headers(peer, "x-gebruiker") == {}
    assert NUMBER not in peer.head
    peer.requests.clear()
    with pytest.raises(SourceRefused, match="says nothing for this purpose"):
        await source.ask(asking(purpose="another"))
    assert peer.requests == []
    await source.close()


@pytest.mark.parametrize(
    ("date", "read"),
    [
        ({"type": "Datum", "datum": "1985-06-02", "langFormaat": "2 juni 1985"}, "1985-06-02"),
        ({"type": "JaarDatum", "jaar": 1985, "langFormaat": "1985"}, "1985"),
        ({"type": "DatumOnbekend", "onbekend": True, "langFormaat": "onbekend"}, None),
    ],
)
async def test_haal_centraals_answer_is_read(peer: Peer, date: dict[str, object], read: str | None) -> None:
    person = {
        "burgerservicenummer": NUMBER,
        "naam": {"geslachtsnaam": "Érable", "voornamen": "Ada Bo"},
        "geboorte": {"datum": date},
        "adressering": {"adresregel1": "Dorpsstraat 1"},
    }
    peer.answer = json_http(json.dumps({"type": "RaadpleegMetBurgerservicenummer", "personen": [person]}))
    source = rest_source("brp-persons", peer, **{"brp-key": "k-1"})
    reading = await source.ask(Enquiry(Identifier("ssin", NUMBER), source.attributes, QUESTION))
    expected = {
        "person.familyName": "Érable",
        "person.givenNames": "Ada Bo",
        "person.addressLines": ["Dorpsstraat 1"],
        "person.birthDate": read,
    }
    assert reading.values == {name: value for name, value in expected.items() if value is not None}
    assert reading.broken == {}
    await source.close()


async def test_italys_voucher_names_the_purpose_and_the_request_is_signed() -> None:
    async with running(World()) as world:
        given = declared()["residents-register"]["authentication"]["oauth2"]
        oauth = given | {"tokenUrl": world.token_url, "audience": world.token_url, "clientId": "hub client"}
        read = declaration(
            "residents-register", CONTRACTS, authentication__oauth2=oauth, reply={"answer": "enterprise"}
        )
        source = RestSource(read, address=world.address, secrets={"pdnd-key": pem("RS256")}.__getitem__)
        await source.ask(asking())
        await source.close()
    assert [one["purposeId"] for one in world.claims] == ["1b361d49-33f4-4f1e-a88b-4e12661f2300"]
    sent = world.requests[-1].headers
    assert sent["Authorization"] == "Bearer token-1"
    token = jwt.decode(sent["Agid-JWT-Signature"], KEYS["RS256"], algorithms=["RS256"])
    assert token.claims["signed_headers"][0] == {"digest": sent["Digest"]}
    assert (token.claims["userID"], token.header["kid"]) == (ACTOR, "ZmYxZGE2YjQ")
