"""Answers as stacks of many makers write them: encodings, CDATA, prefixes, documents inside texts."""

from typing import Any

import pytest

from connectors import ContractBroken, SourceBusy, SubjectUnknown
from tests.connectors.conftest import NUMBER, PERSON, Make, Peer, about, envelope, http, reply

INNER = (
    f'<?xml version="1.0" encoding="{{}}"?><q:Reply xmlns:q="urn:q"><q:Person><q:Number>{NUMBER}</q:Number>'
    "<q:Name>Zoé &amp; Ω</q:Name></q:Person></q:Reply>"
)
DOCUMENT: dict[str, Any] = {
    "reply": {
        "namespaces": {"p": "urn:test:persons", "q": "urn:q"},
        "document": "p:Reference",
        "answer": "q:Person",
        "subject": "q:Number",
        "errors": {
            "code": "//q:Code | //p:Code",
            "meanings": {"E1": "subjectUnknown", "E2": "busy"},
        },
    },
    "attributes": {"person.name": {"path": "q:Name"}},
}


def escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")


def holding(text: str) -> bytes:
    return http(reply(f"<p:Reference>{text}</p:Reference>"))


@pytest.mark.parametrize("encoding", ["utf-8", "ISO-8859-1", "utf-16", "klingon"])
async def test_a_document_inside_a_text_is_read_whatever_encoding_it_names(
    soap: Make, peer: Peer, encoding: str
) -> None:
    source = await soap(**DOCUMENT)
    inner = INNER.format(encoding)
    for text in (escaped(inner), f"<![CDATA[{inner}]]>", f"\n  {escaped(inner)}  \n"):
        peer.answer = holding(text)
        assert (await source.ask(about(source))).values == {"person.name": "Zoé & Ω"}


async def test_error_codes_are_found_outside_and_inside_the_document(soap: Make, peer: Peer) -> None:
    source = await soap(**DOCUMENT)
    peer.answer = http(reply("<p:Error><p:Code>E2</p:Code></p:Error>"))
    with pytest.raises(SourceBusy):
        await source.ask(about(source))
    peer.answer = holding(escaped('<q:Reply xmlns:q="urn:q"><q:Code>E1</q:Code></q:Reply>'))
    with pytest.raises(SubjectUnknown):
        await source.ask(about(source))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no document",
        "&lt;a",
        "<x/>",
        '&lt;!DOCTYPE a [&lt;!ENTITY e "x"&gt;]&gt;&lt;a/&gt;',
        escaped(INNER.format("utf-8").replace(NUMBER, "85060200999")),
    ],
)
async def test_a_text_that_is_no_such_document_breaks_the_contract(soap: Make, peer: Peer, text: str) -> None:
    source = await soap(**DOCUMENT)
    peer.answer = holding(text)
    with pytest.raises(ContractBroken):
        await source.ask(about(source))


@pytest.mark.parametrize(
    ("encoding", "kind"),
    [
        ("utf-16", "text/xml; charset=utf-16"),
        ("utf-16", "text/xml"),
        ("utf-16", "application/soap+xml; charset=UTF-16"),
        ("utf-16-le", "text/xml; charset=utf-16le"),
        ("utf-16-be", "text/xml; charset=utf-16be"),
        ("utf-8-sig", "text/xml; charset=utf-8"),
        ("utf-8", 'text/xml;charset="utf-8"'),
        ("cp1252", "text/xml; charset=windows-1252"),
        ("iso-8859-15", "text/xml; charset=ISO-8859-15"),
    ],
)
async def test_an_answer_in_another_encoding_is_read(
    soap: Make, peer: Peer, encoding: str, kind: str
) -> None:
    text = reply(PERSON.replace("Ada", "Zoé")).decode()
    peer.answer = http(text.encode(encoding), kind=kind)
    source = await soap()
    assert (await source.ask(about(source))).values["person.givenNames"] == ["Zoé", "Bruni"]


async def test_texts_may_stand_in_cdata_and_between_comments(soap: Make, peer: Peer) -> None:
    person = PERSON.replace("Ada", "<![CDATA[A<d>a]]>").replace("Bruni", "Bru<!-- - -->ni<?x y?>")
    peer.answer = http(reply(person))
    source = await soap()
    assert (await source.ask(about(source))).values["person.givenNames"] == ["A<d>a", "Bruni"]


async def test_prefixes_are_the_senders_own_choice(soap: Make, peer: Peer) -> None:
    source = await soap()
    default = PERSON.replace("p:", "")
    mixed = (
        f'<GetPersonResponse xmlns="urn:test:persons" xmlns:z="urn:z" z:a="1">{default}</GetPersonResponse>'
    )
    whole = envelope(mixed)
    for old, new in ((b"<s:", b"<SOAP-ENV:"), (b"</s:", b"</SOAP-ENV:"), (b":s=", b":SOAP-ENV=")):
        whole = whole.replace(old, new)
    peer.answer = http(whole)
    assert (await source.ask(about(source))).values["person.birthDate"] == "1985-06-02"


async def test_an_envelope_may_have_headers_and_space_around_its_content(soap: Make, peer: Peer) -> None:
    source = await soap()
    whole = reply().replace(
        b"<s:Body>", b'<s:Header><w:Security xmlns:w="urn:w" s:mustUnderstand="0"/></s:Header>\n <s:Body>\n  '
    )
    peer.answer = http(b"\n".join([b'<?xml version="1.0" encoding="utf-8"?>', whole, b""]))
    assert (await source.ask(about(source))).values["person.birthDate"] == "1985-06-02"
