"""One SOAP call over a real socket: what is sent, and what comes of each answer."""

import threading

import pytest
from lxml import etree

from connectors import (
    ContractBroken,
    DeclarationInvalid,
    Enquiry,
    Identifier,
    SourceBusy,
    SourceError,
    SourceRefused,
    SourceUnavailable,
    SubjectUnknown,
)
from connectors.soap import SoapSource
from tests.connectors.conftest import (
    NOW,
    NUMBER,
    PERSON,
    SECRETS,
    Make,
    Peer,
    about,
    envelope,
    http,
    reply,
    soap_declaration,
)

FAULT = "<s:Fault><faultcode>s:{code}</faultcode><faultstring>x</faultstring>{detail}</s:Fault>"
FAULT12 = (
    "<s:Fault><s:Code><s:Value>s:{code}</s:Value></s:Code><s:Reason><s:Text>x</s:Text></s:Reason></s:Fault>"
)
SOAP12 = "http://www.w3.org/2003/05/soap-envelope"


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


@pytest.mark.parametrize(
    ("answer", "becomes"),
    [
        (http(reply("<p:Error><p:Code>E1</p:Code></p:Error>")), SubjectUnknown),
        (http(reply("<p:Error><p:Code>E2</p:Code></p:Error>"), Retry_After="7"), SourceBusy),
        (http(reply("<p:Error><p:Code>E9</p:Code></p:Error>")), SourceRefused),
        (http(reply(f"<p:Error><p:Code>E2</p:Code></p:Error>{PERSON}"), Retry_After="7"), SourceBusy),
        (
            http(reply("<p:Error><p:Code>E1</p:Code></p:Error><p:Error><p:Code>E9</p:Code></p:Error>")),
            SourceRefused,
        ),
        (http(reply("")), ContractBroken),
        (http(reply(PERSON + PERSON)), ContractBroken),
        (http(reply(PERSON.replace(NUMBER, "85060200222"))), ContractBroken),
        (http(reply(PERSON.replace(f"<p:Number>{NUMBER}</p:Number>", ""))), ContractBroken),
        (http(envelope("<Other/>")), ContractBroken),
        (http(envelope('<p:GetPersonResponse xmlns:p="urn:other"/>')), ContractBroken),
        (http(envelope("")), ContractBroken),
        (http(envelope("<a/><b/>")), ContractBroken),
        (http(b"<a/>"), ContractBroken),
        (http(b""), ContractBroken),
        (http(reply()[:90]), ContractBroken),
        (http(reply(), kind="text/html"), ContractBroken),
        (http(reply(), kind=None), ContractBroken),
        (http(envelope(FAULT.format(code="Server", detail="")), status=500), SourceUnavailable),
        (http(envelope(FAULT.format(code="Server.Down", detail="")), status=200), SourceUnavailable),
        (http(envelope(FAULT.format(code="Client", detail="")), status=500), SourceRefused),
        (http(envelope(FAULT.format(code="MustUnderstand", detail="")), status=500), SourceRefused),
        (
            http(
                envelope(
                    FAULT.format(
                        code="Server",
                        detail='<detail><p:Error xmlns:p="urn:test:persons"><p:Code>E1</p:Code></p:Error></detail>',
                    )
                ),
                status=500,
            ),
            SubjectUnknown,
        ),
        (
            http(
                envelope(FAULT12.format(code="Receiver"), space=SOAP12),
                status=500,
                kind="application/soap+xml",
            ),
            SourceUnavailable,
        ),
        (
            http(
                envelope(FAULT12.format(code="Sender"), space=SOAP12), status=400, kind="application/soap+xml"
            ),
            SourceRefused,
        ),
        (http(b"<html>down</html>", status=503, kind="text/html"), SourceUnavailable),
        (http(b"<html>down</html>", status=500, kind="text/xml"), SourceUnavailable),
        (http(reply(), status=500), SourceUnavailable),
        (http(b"", status=401), SourceRefused),
        (http(b"", status=404), SourceRefused),
        (http(b"", status=408), SourceUnavailable),
        (http(b"", status=429, Retry_After="7"), SourceBusy),
        (http(reply(), status=202), ContractBroken),
    ],
)
async def test_each_answer_has_its_meaning(
    soap: Make, peer: Peer, answer: bytes, becomes: type[SourceError]
) -> None:
    peer.answer = answer
    source = await soap()
    with pytest.raises(SourceError) as caught:
        await source.ask(about(source))
    assert type(caught.value) is becomes
    assert caught.value.source_id == "persons"
    assert str(caught.value).startswith("persons: ")
    if isinstance(caught.value, SourceBusy):
        assert caught.value.retry_after == 7.0


@pytest.mark.parametrize("code", [NUMBER, "Bruni", "Ada Bruni 85", "1" * 400])
async def test_an_undeclared_code_that_could_be_personal_is_not_repeated(
    soap: Make, peer: Peer, code: str
) -> None:
    peer.answer = http(reply(f"<p:Error><p:Code>{code}</p:Code></p:Error>"))
    source = await soap()
    with pytest.raises(SourceRefused) as caught:
        await source.ask(about(source))
    assert code not in str(caught.value)


@pytest.mark.parametrize("header", ["soon", "-5", "1e9", "Mon, 99 Nov 2026 99:99:99 GMT", "٣", ""])
async def test_a_retry_hint_that_is_none_is_left_out(soap: Make, peer: Peer, header: str) -> None:
    raw = http(b"", status=429, Retry_After="@").replace(b"@", header.encode())
    peer.answer = raw
    source = await soap()
    with pytest.raises(SourceBusy) as caught:
        await source.ask(about(source))
    assert caught.value.retry_after is None


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("120", 120.0), ("999999999999", 86_400.0), ("Wed, 21 Oct 2015 07:28:00 GMT", 0.0)],
)
async def test_a_retry_hint_is_seconds_or_a_date(soap: Make, peer: Peer, header: str, seconds: float) -> None:
    peer.answer = http(b"", status=429, Retry_After=header)
    source = await soap()
    with pytest.raises(SourceBusy) as caught:
        await source.ask(about(source))
    assert caught.value.retry_after == seconds


async def test_a_reply_is_validated_where_that_is_declared(soap: Make, peer: Peer) -> None:
    strict, lenient = await soap(validateReply=True), await soap()
    peer.answer = http(reply(PERSON))
    assert (await strict.ask(about(strict))).values
    peer.answer = http(reply(PERSON.replace("<p:Income>25000", "<p:Extra/><p:Income>25000")))
    assert (await lenient.ask(about(lenient))).values
    with pytest.raises(ContractBroken, match="schema"):
        await strict.ask(about(strict))


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


async def test_a_source_whose_contract_cannot_be_used_is_unavailable_when_asked() -> None:
    source = SoapSource(soap_declaration(contract="absent.wsdl"), address=None, secrets=str)
    with pytest.raises(SourceUnavailable):
        await source.ask(about(source))


async def test_a_secret_that_nobody_keeps_and_a_bad_address_are_found_at_start() -> None:
    nobodys = soap_declaration(request={"Number": "{subject}", "Part": ["{secret:other}"]})
    with pytest.raises(DeclarationInvalid, match="other"):
        await SoapSource(nobodys, address=None, secrets=SECRETS.__getitem__).start()
    with pytest.raises(DeclarationInvalid, match="address"):
        await SoapSource(soap_declaration(), address="file:///x", secrets=str).start()


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
