"""What comes of a SOAP answer that is none, or none that can be read."""

import pytest

from connectors import (
    ContractBroken,
    DeclarationInvalid,
    SourceBusy,
    SourceError,
    SourceRefused,
    SourceUnavailable,
    SubjectUnknown,
)
from connectors.soap import SoapSource
from tests.connectors.conftest import (
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
