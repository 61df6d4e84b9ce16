"""Every form of SOAP message that a contract can ask for is sent as it asks, and every form of answer is read."""

from typing import Any

import pytest
from lxml import etree

from connectors import ContractBroken, DeclarationInvalid, SourceRefused, check_against_contract
from tests.connectors.conftest import NUMBER, Make, Peer, about, envelope, http, soap_declaration

SPACES = {
    "Eleven": "http://schemas.xmlsoap.org/soap/envelope/",
    "Twelve": "http://www.w3.org/2003/05/soap-envelope",
}
T, R, X = "{urn:test:forms:types}", "{urn:test:forms:rpc}", "{urn:test:road}"
PORTS = pytest.mark.parametrize("port", SPACES)
PERSON = f'<t:person xmlns:t="urn:test:forms:types"><number>{NUMBER}</number><name>Ada</name></t:person>'


def forms(operation: str, **changes: Any) -> dict[str, Any]:
    """A declaration over forms.wsdl."""
    return {
        "contract": "forms.wsdl",
        "operation": operation,
        "request": {"number": "{subject}"},
        "reply": {"namespaces": {"t": "urn:test:forms:types"}, "answer": ".", "subject": "number"},
        "attributes": {"person.name": {"path": "name"}},
        "validateReply": True,
    } | changes


def problems(operation: str, **changes: Any) -> dict[str, str]:
    declaration = soap_declaration(**forms(operation, **changes))
    return {".".join(map(str, p.path)): p.message for p in check_against_contract(declaration)}


def answered(body: str, port: str) -> bytes:
    return http(envelope(body, space=SPACES[port]))


def root_of(peer: Peer) -> etree._Element:
    return etree.fromstring(peer.body.encode())


def header(peer: Peer, name: str) -> str | None:
    lines = [line.partition(":") for line in peer.head.split("\r\n")[1:]]
    return next((value.strip() for key, _, value in lines if key.lower() == name), None)


@PORTS
async def test_rpc_messages_hold_their_parts_and_the_headers_of_the_contract(
    soap: Make, peer: Peer, port: str
) -> None:
    source = await soap(
        **forms(
            "rpc",
            port=port,
            request={"lang": "fr", "question": {"number": "{subject}"}},
            header={
                "client": {"objectType": "MEMBER", "member": "{client}"},
                "protocolVersion": "4.0",
                "id": "{uuid}",
            },
            reply__answer="answer",
        )
    )
    peer.answer = answered(
        f'<r:rpcResponse xmlns:r="urn:test:forms:rpc"><answer><number>{NUMBER}</number><name>Ada</name></answer></r:rpcResponse>',
        port,
    )
    assert (await source.ask(about(source, client="a & b"))).values == {"person.name": "Ada"}
    head, body = root_of(peer)
    assert head.tag == f"{{{SPACES[port]}}}Header"
    assert [one.tag for one in head] == [f"{X}client", f"{X}id", f"{X}protocolVersion"]
    assert head[0].get(f"{X}objectType") == "MEMBER"
    assert head.findtext(f"{X}client/{X}member") == "a & b"
    assert [one.tag for one in body] == [f"{R}rpc"]
    assert [one.tag for one in body[0]] == ["question", "lang"]
    assert body[0].findtext("question/number") == NUMBER
    peer.answer = answered('<r:rpcResponse xmlns:r="urn:test:forms:rpc"><answer/></r:rpcResponse>', port)
    with pytest.raises(ContractBroken, match="schema"):
        await source.ask(about(source))


@PORTS
async def test_a_bare_text_is_sent_under_its_elements_name(soap: Make, peer: Peer, port: str) -> None:
    peer.answer = answered(PERSON, port)
    for request in ({"number": "{subject}"}, {"_value_1": "{subject}"}):
        source = await soap(**forms("bare", port=port, request=request))
        assert (await source.ask(about(source))).values == {"person.name": "Ada"}
        (body,) = root_of(peer)
        assert [(one.tag, one.text) for one in body] == [(f"{T}number", NUMBER)]


@PORTS
async def test_the_soap_action_is_a_header_in_1_1_and_a_parameter_in_1_2(
    soap: Make, peer: Peer, port: str
) -> None:
    peer.answer = answered(PERSON, port)
    source = await soap(**forms("bare", port=port))
    await source.ask(about(source))
    kind, action = header(peer, "content-type"), header(peer, "soapaction")
    if port == "Eleven":
        assert (kind, action) == ("text/xml; charset=utf-8", '"urn:test:forms#bare"')
    else:
        assert (kind, action) == ('application/soap+xml; charset=utf-8; action="urn:test:forms#bare"', None)


@PORTS
async def test_an_empty_soap_action_is_quoted_in_1_1_and_left_out_in_1_2(
    soap: Make, peer: Peer, port: str
) -> None:
    request = {"question": {"number": "{subject}"}, "lang": "fr"}
    source = await soap(**forms("rpc", port=port, request=request, validateReply=False))
    peer.answer = answered("<x/>", port)
    with pytest.raises(ContractBroken):
        await source.ask(about(source))
    expected = (
        ("text/xml; charset=utf-8", '""')
        if port == "Eleven"
        else ("application/soap+xml; charset=utf-8", None)
    )
    assert (header(peer, "content-type"), header(peer, "soapaction")) == expected


@PORTS
async def test_a_body_of_several_parts_is_sent_and_read_whole(soap: Make, peer: Peer, port: str) -> None:
    changes = forms(
        "parts",
        port=port,
        request={"options": {"full": True}, "number": "{subject}"},
        header={"head": "{now}"},
        reply__answer="t:person",
    )
    source = await soap(**changes)
    number = f'<t:number xmlns:t="urn:test:forms:types">{NUMBER}</t:number>'
    peer.answer = answered(number + PERSON, port)
    assert (await source.ask(about(source))).values == {"person.name": "Ada"}
    head, body = root_of(peer)
    assert [one.tag for one in head] == [f"{T}stamp"]
    assert [one.tag for one in body] == [f"{T}number", f"{T}options"]
    peer.answer = answered(number + PERSON.replace("number", "nr"), port)
    with pytest.raises(ContractBroken, match="schema"):
        await source.ask(about(source))
    peer.answer = answered(
        f"<s:Fault xmlns:s='{SPACES[port]}'><faultcode>s:Client</faultcode></s:Fault>", port
    )
    with pytest.raises(SourceRefused):
        await source.ask(about(source))


async def test_header_blocks_that_no_contract_defines_are_written_as_xml(soap: Make, peer: Peer) -> None:
    block = (
        '<i:customer xmlns:i="urn:info"><i:ticket>{uuid}</i:ticket><i:why legal="{legalBasis}"/></i:customer>'
    )
    source = await soap(**forms("bare", port="Eleven", header={"xml": [block, "<plain/>"]}))
    peer.answer = answered(PERSON, "Eleven")
    await source.ask(about(source, legalBasis='6(1)"<e>'))
    head = root_of(peer)[0]
    assert [one.tag for one in head] == ["{urn:info}customer", "plain"]
    assert head.findtext(".//{urn:info}ticket") == "0000-uuid"
    assert head[0][1].get("legal") == '6(1)"<e>'


async def test_the_subject_may_stand_in_a_soap_header(soap: Make, peer: Peer) -> None:
    header = {"xml": "<about xmlns='urn:a'>{subject}</about>"}
    source = await soap(**forms("bare", port="Eleven", request={"number": "1"}, header=header))
    peer.answer = answered(PERSON, "Eleven")
    await source.ask(about(source))
    assert root_of(peer).findtext(".//{urn:a}about") == NUMBER
    with pytest.raises(DeclarationInvalid, match=r"no \{subject\}"):
        soap_declaration(**forms("bare", request={"number": "1"}, header={"xml": "<about/>"}))


@PORTS
@pytest.mark.parametrize(
    ("operation", "said"),
    [
        ("file", "its answer has attachments"),
        ("upload", "its request has attachments"),
        ("encoded", "its request is encoded"),
        ("oneway", "no answer"),
        ("none", "bare, encoded, file, oneway, parts, rpc, upload"),
    ],
)
def test_what_cannot_be_called_is_refused_with_its_reason(port: str, operation: str, said: str) -> None:
    assert said in problems(operation, port=port)["operation"]


def test_a_part_that_is_missing_or_unknown_is_named() -> None:
    rpc = {"question": {"number": "{subject}"}}
    assert problems("rpc", request=rpc) == {"request": "the part `lang` is missing"}
    found = problems("rpc", request={**rpc, "lang": "fr", "language": "fr"})
    assert found == {"request.language": "the contract has no such part; it has: question, lang"}
    assert problems("bare", request={"nummer": "{subject}"}).keys() == {"request"}
    assert problems("parts", request={"number": "{subject}", "options": {"full": "{now}"}}).keys() == {
        "request.options.full"
    }


async def test_an_answer_with_attachments_is_refused_with_its_reason(soap: Make, peer: Peer) -> None:
    source = await soap(**forms("bare", port="Eleven"))
    part = b"--b\r\nContent-Type: application/xop+xml\r\n\r\n" + envelope(PERSON) + b"\r\n--b--\r\n"
    for status, error in ((200, ContractBroken), (400, SourceRefused)):
        peer.answer = http(
            part, status=status, kind='multipart/related; type="application/xop+xml"; boundary=b'
        )
        with pytest.raises(error) as caught:
            await source.ask(about(source))
        assert status != 200 or "attachments" in str(caught.value)


async def test_xml_inside_a_text_is_escaped_for_both(soap: Make, peer: Peer) -> None:
    inner = (
        '<?xml version="1.0"?><q:Ask xmlns:q="urn:q" why="{purpose}"><q:Number>{subject}</q:Number></q:Ask>'
    )
    source = await soap(**forms("bare", port="Eleven", request={"number": {"xml": inner}}))
    peer.answer = answered(PERSON, "Eleven")
    await source.ask(about(source, purpose='"/><q:Number>evil</q:Number><x y="&'))
    text = root_of(peer).findtext(f".//{T}number")
    assert text is not None
    ask = etree.fromstring(text.encode())
    assert ask.get("why") == '"/><q:Number>evil</q:Number><x y="&'
    assert [one.text for one in ask] == [NUMBER]


async def test_a_secret_inside_such_a_text_is_escaped_too(soap: Make, peer: Peer) -> None:
    request = {"number": {"xml": "<q key='{secret:token}'>{subject}</q>"}}
    source = await soap(**forms("bare", port="Eleven", request=request))
    peer.answer = answered(PERSON, "Eleven")
    await source.ask(about(source))
    text = root_of(peer).findtext(f".//{T}number")
    assert text is not None
    assert etree.fromstring(text).get("key") == "s3cret&<"


async def test_a_text_that_should_be_xml_must_be(soap: Make) -> None:
    for text in ("<q>{subject}", "<{subject}/>"):
        with pytest.raises(DeclarationInvalid, match=r"request\.number\.xml"):
            await soap(**forms("bare", request={"number": {"xml": text}}))
