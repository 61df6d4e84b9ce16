"""A trial shows all of one call to a source, and nothing personal unless told to."""

import asyncio
from collections.abc import Callable
from typing import Any

from yarl import URL

from connectors.http import Answer, Outgoing, Wire
from connectors.onboarding.masking import Masks, shape
from connectors.onboarding.trial import Trial, WatchedSecrets, try_source
from connectors.onboarding.whereabouts import how_far
from connectors.rest import RestSource
from connectors.soap import SoapSource
from tests.connectors.conftest import (
    NUMBER,
    REST,
    SECRETS,
    SOAP,
    Peer,
    Writer,
    about,
    http,
    json_http,
    reply,
    rest_declaration,
    soap_declaration,
)


async def tried(peer: Peer, number: str = NUMBER, **changes: Any) -> Trial:
    declaration = soap_declaration(**changes)
    made: list[SoapSource] = []

    def make(wire: Callable[..., Any]) -> SoapSource:
        made.append(SoapSource(declaration, address=peer.address, secrets=SECRETS.__getitem__, wire=wire))
        return made[-1]

    source = SoapSource(declaration, address=peer.address, secrets=SECRETS.__getitem__)
    return await try_source(make, about(source, number))


async def test_it_gives_the_reading_with_what_went_out_and_came_back(peer: Peer) -> None:
    peer.answer = http(reply())
    found = await tried(peer)
    assert found.answered_well
    assert found.reading is not None
    assert found.reading.values["person.givenNames"] == ["Ada", "Bruni"]
    (one,) = found.exchanges
    assert one.request.body is not None
    assert NUMBER.encode() in one.request.body
    assert one.answer is not None
    assert one.answer.body == reply()


async def test_each_phase_has_its_time(peer: Peer) -> None:
    async def slow(writer: Writer) -> None:
        whole = http(reply())
        await asyncio.sleep(0.15)
        writer.write(whole[:-50])
        await writer.drain()
        await asyncio.sleep(0.1)
        writer.write(whole[-50:])

    peer.answer = slow
    phases = (await tried(peer)).phases
    assert list(phases) == ["contract", "build", "connect", "wait", "receive", "read"]
    assert phases["wait"] >= 0.14
    assert 0.09 <= phases["receive"] < 0.15 + 0.1
    assert all(seconds >= 0 for seconds in phases.values())
    assert phases["build"] + phases["connect"] + phases["read"] < 0.1


async def test_a_source_that_fails_is_shown_too(peer: Peer) -> None:
    peer.answer = http(reply("<p:Error><p:Code>E1</p:Code></p:Error>"))
    found = await tried(peer)
    assert not found.answered_well
    assert found.error is not None
    assert found.error.code == "subjectUnknown"
    assert found.exchanges[0].answer is not None
    peer.answer = http(b"", kind=None)
    assert (await tried(peer)).error is not None


async def test_a_source_that_cannot_be_reached_has_no_answer() -> None:
    found = await tried(Peer(port=1))
    assert found.error is not None
    assert found.error.code == "sourceUnavailable"
    assert found.exchanges[0].answer is None
    assert "wait" not in found.phases


async def test_a_value_that_does_not_fit_is_not_well(peer: Peer) -> None:
    peer.answer = http(reply().replace(b"1985-06-02", b"soon"))
    found = await tried(peer)
    assert found.reading is not None
    assert not found.answered_well


def masks(*, show: bool = False, secrets: dict[str, str] | None = None) -> Masks:
    return Masks([NUMBER, "Ada & Co"], secrets or {}, codes=["E1"], show=show)


def answer(body: bytes, media_type: str = "text/xml") -> Answer:
    return Answer(200, media_type, None, None, body)


def test_a_shape_keeps_what_stands_between_letters_and_digits() -> None:
    assert shape("1985-06-02") == "0000-00-00"
    assert shape("Élise d'Arc, 4b") == "Xxxxx x'Xxx, 0x"


def test_a_masked_reply_keeps_its_structure_and_no_value() -> None:
    body = masks().reply(answer(reply().replace(b"<p:Born>", b'<p:Born since="1999">')))["body"]
    assert '<p:Born since="0000">0000-00-00</p:Born>' in body
    for value in ("Ada", "Bruni", NUMBER, "1985", "25000"):
        assert value not in body
    assert "Bruni" in masks(show=True).reply(answer(reply()))["body"]


def test_a_masked_json_reply_keeps_its_structure_and_no_value() -> None:
    raw = b'{"name": "Ada", "born": 1985, "ill": true, "children": [{"name": "Bo"}], "none": null, "code": "E1"}'
    body = masks().reply(answer(raw, "application/json"))["body"]
    assert '"name": "Xxx"' in body
    assert '"born": "0000"' in body
    assert '"ill": "xxxx"' in body
    assert '"none": null' in body
    assert '"code": "E1"' in body
    assert not any(value in body for value in ("Ada", "1985", "true", "Bo"))


def test_what_is_neither_xml_nor_json_is_only_measured() -> None:
    page = b"<html><p>Ada Bruni"
    assert masks().reply(answer(page, "text/html"))["body"].startswith("(18 bytes")
    assert "Ada" in masks(show=True).reply(answer(page, "text/html"))["body"]
    assert masks().reply(answer(b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'))["body"].startswith("(")


def test_a_request_shows_neither_the_number_nor_a_parameter_in_any_form() -> None:
    body = f"<a><n>{NUMBER}</n><c>Ada &amp; Co</c><k>fixed</k></a>".encode()
    url = URL(f"https://host/x?n={NUMBER}&c=Ada%20%26%20Co", encoded=True)
    shown = masks().request(Outgoing("POST", url, {"Content-Type": "text/xml"}, body))
    assert NUMBER not in str(shown)
    assert "Ada" not in str(shown)
    assert "<k>fixed</k>" in shown["body"]
    assert NUMBER in str(masks(show=True).request(Outgoing("POST", url, {}, body)))


def test_a_secret_is_never_shown() -> None:
    hidden = masks(show=True, secrets={"password": "p&ssw0rd", "key": "k3y-of-ours"})
    headers = {
        "Authorization": "Basic abc",
        "X-Api-Key": "zzz",
        "X-Custom": "k3y-of-ours",
        "SOAPAction": '"urn:a"',
    }
    shown = hidden.request(Outgoing("POST", URL("https://host/"), headers, b"<a>p&amp;ssw0rd</a>"))
    for value in ("abc", "zzz", "k3y", "ssw0rd"):
        assert value not in str(shown)
    assert shown["headers"]["SOAPAction"] == '"urn:a"'
    assert "ssw0rd" not in hidden.reply(answer(b"<a>p&amp;ssw0rd</a>"))["body"]


def test_the_digest_of_a_password_is_not_shown_even_with_values() -> None:
    body = b'<e xmlns:w="urn:w"><w:Username>hub</w:Username><w:Password Type="#PasswordDigest">q0Zi2w==</w:Password></e>'
    headers = {"Content-Type": "text/xml; charset=utf-8"}
    for show in (False, True):
        shown = masks(show=show).request(Outgoing("POST", URL("http://x/"), headers, body))["body"]
        assert "q0Zi2w==" not in shown
        assert "hub" in shown


def test_an_attributes_value_is_masked_to_the_bottom() -> None:
    value = {"street": "Main Street", "since": ["1999"], "own": True}
    assert masks().value(value) == {"street": "Xxxx Xxxxxx", "since": ["0000"], "own": "yes or no"}  # type: ignore[arg-type]
    assert masks(show=True).value(value) == value  # type: ignore[arg-type]


def test_secrets_that_were_given_are_remembered() -> None:
    watched = WatchedSecrets(SECRETS.__getitem__)
    assert watched("token") == SECRETS["token"]
    assert watched.given == {"token": SECRETS["token"]}


def test_an_empty_attribute_is_explained_by_how_far_its_path_leads() -> None:
    declaration, body = soap_declaration(), answer(reply())
    assert (
        how_far(declaration, SOAP, body, "p:Nickname")
        == "the answer has no p:Nickname; it has Number, Name, Born, Income"
    )
    assert how_far(declaration, SOAP, body, "p:Born/p:Place") == "`p:Born` has no p:Place; it is empty"
    assert (
        how_far(declaration, SOAP, body, "Born")
        == "the answer has no Born; it has Number, Name, Born, Income"
    )
    assert how_far(declaration, SOAP, body, "p:Born[1]") == "nothing stands there"
    assert how_far(declaration, SOAP, answer(b"<html>"), "p:Born") == "nothing stands there"


def test_an_empty_attribute_of_json_is_explained_likewise() -> None:
    raw = answer(b'{"enterprise": {"name": "", "seats": [{"city": null}]}}', "application/json")
    declaration = rest_declaration()
    assert how_far(declaration, REST, raw, "legal.form") == "the answer has no legal; it has name, seats"
    assert how_far(declaration, REST, raw, "seats[].street") == "`seats` has no street; it has city"
    assert how_far(declaration, REST, raw, "name") == "it is there, and is empty"


async def test_a_rest_source_is_tried_the_same_way(peer: Peer) -> None:
    peer.answer = json_http('{"enterprise": {"name": "Baker"}, "reference": "R1"}')

    def make(wire: Callable[..., Any]) -> RestSource:
        return RestSource(rest_declaration(), address=peer.address, secrets=SECRETS.__getitem__, wire=wire)

    enquiry = about(make(Wire), "0202239951")
    found = await try_source(make, enquiry)
    assert found.reading is not None
    assert found.reading.values == {"organisation.legalName": "Baker"}
