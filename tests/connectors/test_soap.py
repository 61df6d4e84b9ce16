"""One SOAP call over a real socket: what is sent, and what comes of each answer."""

import threading

import pytest
from lxml import etree

from connectors import ContractBroken, Enquiry, Identifier, SourceRefused
from connectors.soap import SoapSource
from tests.connectors.conftest import NOW, NUMBER, PERSON, Make, Peer, about, http, reply, soap_declaration


async def test_an_answer_becomes_a_reading(soap: Make, peer: Peer) -> None:
    peer.answer = http(reply(f"<p:Reference>R-7</p:Reference>{PERSON}"))
    reading = await (await soap()).ask(about(await soap()))
    assert reading.values == {
        "person.givenNames": ["Ada", "Bruni"],
        "person.birthDate": "1985-06-02",
        "person.income": "25000.00",
    }
    assert reading.broken == {}
    assert reading.reference == "R-7"
    assert reading.retrieved_at == NOW


async def test_only_what_is_asked_is_read(soap: Make, peer: Peer) -> None:
    peer.answer = http(reply())
    source = await soap()
    enquiry = Enquiry(Identifier("ssin", NUMBER), frozenset({"person.income"}))
    assert (await source.ask(enquiry)).values.keys() == {"person.income"}


async def test_what_the_source_does_not_hold_is_absent(soap: Make, peer: Peer) -> None:
    empty = '<p:Name xmlns:i="http://www.w3.org/2001/XMLSchema-instance" i:nil="true"/><p:Born/><p:Income> </p:Income>'
    peer.answer = http(reply(f"<p:Person><p:Number>{NUMBER}</p:Number>{empty}</p:Person>"))
    source = await soap()
    reading = await source.ask(about(source))
    assert reading.values == {}
    assert reading.broken == {}


async def test_a_value_that_does_not_fit_breaks_its_attribute_alone(soap: Make, peer: Peer) -> None:
    peer.answer = http(reply(PERSON.replace("1985-06-02", "1985-02-31")))
    source = await soap()
    reading = await source.ask(about(source))
    assert reading.values.keys() == {"person.givenNames", "person.income"}
    assert isinstance(reading.broken["person.birthDate"], ContractBroken)
    assert "1985" not in str(reading.broken["person.birthDate"])


async def test_comments_and_instructions_are_as_if_they_were_not_there(soap: Make, peer: Peer) -> None:
    commented = PERSON.replace("Ada", "A<!-- x -->d<?y z?>a").replace(
        "<p:Born>", "<!-- <p:Born>1</p:Born> --><p:Born>"
    )
    peer.answer = http(b"<!-- first -->" + reply(commented) + b"<!-- last -->")
    source = await soap()
    assert (await source.ask(about(source))).values["person.givenNames"] == ["Ada", "Bruni"]


async def test_the_request_holds_its_variables_escaped(soap: Make, peer: Peer) -> None:
    peer.answer = http(reply(PERSON))
    source = await soap(
        request={
            "Number": "{subject}",
            "On": "{today}",
            "Reason": {"_value_1": "{purpose} / {caseId} / {legalBasis}", "code": "{which}"},
            "Part": ["{now}", "{time}", "{uuid}", "{thisYear}-{lastYear}", "{{{client}}}", "{secret:token}"],
        },
        header={"context": {"Client": "{client}"}},
        parameters={"which": "k&1"},
    )
    await source.ask(
        about(source, purpose='</Number><x a="', caseId="é€\t\r\n😀", client="c'1", other="unsent")
    )
    root = etree.fromstring(peer.body.encode())
    p = "{urn:test:persons}"
    assert root.findtext(f".//{p}Number") == NUMBER
    assert root.findtext(f".//{p}On") == "2026-11-23"
    assert root.findtext(f".//{p}Reason") == '</Number><x a=" / é€\t\r\n😀 / '
    assert root.find(f".//{p}Reason").get("code") == "k&1"  # type: ignore[union-attr]
    assert [part.text for part in root.iter(f"{p}Part")] == [
        "2026-11-23T23:30:00.000Z",
        "23:30:00.000",
        "0000-uuid",
        "2026-2025",
        "{c'1}",
        "s3cret&<",
    ]
    assert root.findtext(f".//{p}Client") == "c'1"
    assert "unsent" not in peer.body
    assert "POST /base HTTP/1.1" in peer.head
    assert 'SOAPAction: "urn:test:persons#GetPerson"' in peer.head
    assert NUMBER not in peer.head


async def test_days_are_those_of_the_declared_time_zone(soap: Make, peer: Peer) -> None:
    peer.answer = http(reply())
    source = await soap(
        timeZone="Europe/Brussels", request={"Number": "{subject}", "Part": ["{now}", "{today}"]}
    )
    await source.ask(about(source))
    assert "2026-11-24T00:30:00.000+01:00" in peer.body
    assert ">2026-11-24<" in peer.body


async def test_a_value_that_xml_cannot_carry_is_not_sent(soap: Make, peer: Peer) -> None:
    source = await soap(request={"Number": "{subject}", "Part": ["{caseId}"]})
    for value in ("\x00", "\x1b", "\ud800", "\ufffe"):
        with pytest.raises(SourceRefused):
            await source.ask(about(source, caseId=value))
    assert peer.requests == []


async def test_a_parameter_without_default_must_be_given(soap: Make, peer: Peer) -> None:
    peer.answer = http(reply())
    source = await soap(
        request={"Number": "{subject}", "Part": ["{year}"]}, parameters={"year": None, "x": "1"}
    )
    with pytest.raises(SourceRefused, match="year"):
        await source.ask(about(source))
    assert (await source.ask(about(source, year="2024"))).values


async def test_several_answers_are_read_where_that_is_declared(soap: Make, peer: Peer) -> None:
    peer.answer = http(reply(PERSON + PERSON.replace("Ada", "Eve")))
    source = await soap(
        reply__many=True, **{"attributes__person.birthDate": None, "attributes__person.income": None}
    )
    assert (await source.ask(about(source))).values == {"person.givenNames": ["Ada", "Bruni", "Eve", "Bruni"]}
    peer.answer = http(reply(""))
    with pytest.raises(ContractBroken):
        await source.ask(about(source))


async def test_a_charset_of_the_content_type_counts(soap: Make, peer: Peer) -> None:
    latin = reply(PERSON.replace("Ada", "Zoé")).decode().encode("iso-8859-1")
    peer.answer = http(latin, kind="text/xml; charset=ISO-8859-1")
    source = await soap()
    assert (await source.ask(about(source))).values["person.givenNames"] == ["Zoé", "Bruni"]
    peer.answer = http(latin, kind="text/xml; charset=klingon")
    with pytest.raises(ContractBroken):
        await source.ask(about(source))
    peer.answer = http(latin)
    with pytest.raises(ContractBroken):
        await source.ask(about(source))


async def test_an_enquiry_that_is_not_for_this_source_is_the_callers_error(soap: Make) -> None:
    source = await soap()
    with pytest.raises(ValueError, match="ine"):
        await source.ask(Enquiry(Identifier("ine", "1"), frozenset()))
    with pytest.raises(ValueError, match=r"person\.shoeSize"):
        await source.ask(Enquiry(Identifier("ssin", "1"), frozenset({"person.shoeSize"})))


async def test_a_source_can_be_closed_and_started_again(soap: Make, peer: Peer) -> None:
    peer.answer = http(reply())
    source = await soap()
    await source.start()
    await source.close()
    await source.close()
    assert (await source.ask(about(source))).values  # asking starts it
    await source.close()


async def test_an_address_that_is_given_overrides_the_declared_one(peer: Peer) -> None:
    peer.answer = http(reply())
    source = SoapSource(soap_declaration(address=peer.address), address=None, secrets=str)
    assert (await source.ask(about(source))).values
    await source.close()
    elsewhere = SoapSource(soap_declaration(address="http://127.0.0.1:1/"), address=peer.address, secrets=str)
    assert (await elsewhere.ask(about(elsewhere))).values
    await elsewhere.close()


async def test_a_contract_is_read_beside_the_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    source = SoapSource(soap_declaration(), address=None, secrets=str)
    readers: list[int] = []
    build = source._build

    def noting() -> None:
        readers.append(threading.get_ident())
        build()

    monkeypatch.setattr(source, "_build", noting)
    await source.start()
    await source.close()
    assert len(readers) == 1
    assert readers[0] != threading.get_ident()
