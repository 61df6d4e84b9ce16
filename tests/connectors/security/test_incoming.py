"""What an answer must be to be believed, and what is read of it then."""

from datetime import timedelta

import pytest

from connectors import ContractBroken, DeclarationInvalid, SourceError, SourceUnavailable
from connectors.security import names
from tests.connectors.conftest import NOW, PERSON, Peer, about, http, reply
from tests.connectors.security import signing
from tests.connectors.security.conftest import VERIFY, Secure
from tests.support.certificates import expired, pair

FAULT = "<s:Fault><faultcode>s:Server</faultcode><faultstring>x</faultstring><detail>{}</detail></s:Fault>"
UNKNOWN = '<p:Error xmlns:p="urn:test:persons"><p:Code>E1</p:Code></p:Error>'


async def asked(secure: Secure, peer: Peer, answer: bytes, **verify: object) -> dict[str, object]:
    """What is read of an answer."""
    peer.answer = http(answer)
    source = await secure({"verify": {**VERIFY, **verify}})
    return dict((await source.ask(about(source))).values)


async def refused(secure: Secure, peer: Peer, answer: bytes, **verify: object) -> str:
    """Why an answer was not believed."""
    with pytest.raises(ContractBroken, match="its answer is not signed as declared: ") as raised:
        await asked(secure, peer, answer, **verify)
    return str(raised.value).rpartition("declared: ")[2]


async def test_a_signed_answer_is_read(secure: Secure, peer: Peer) -> None:
    values = await asked(secure, peer, signing.raw(signing.signed()))
    assert values["person.givenNames"] == ["Ada", "Bruni"]


async def test_an_answer_without_signature_is_refused(secure: Secure, peer: Peer) -> None:
    assert "Header" in await refused(secure, peer, reply())
    bare = signing.signed()
    header = bare[0]
    header[0].remove(header[0][1])
    assert "Signature" in await refused(secure, peer, signing.raw(bare))
    header.remove(header[0])
    assert "Security" in await refused(secure, peer, signing.raw(bare))


async def test_an_unsigned_timestamp_is_none(secure: Secure, peer: Peer) -> None:
    answer = signing.raw(signing.signed(references=signing.REFERENCES[1:]))
    assert "are not both signed" in await refused(secure, peer, answer)


@pytest.mark.parametrize("attribute", ["ID", "id", "Id", "xml:id", "wsu:Id", "p:ID"])
async def test_the_id_of_what_is_signed_is_there_once_whatever_it_is_called(
    secure: Secure, peer: Peer, attribute: str
) -> None:
    block = f'<p:Block xmlns:p="urn:test:other" {attribute}="body"/>'
    answer = signing.raw(signing.signed())
    assert b"</s:Header>" in answer
    twice = answer.replace(b"</s:Header>", block.encode() + b"</s:Header>")
    assert "is there twice" in await refused(secure, peer, twice)
    other = twice.replace(b'="body"/>', b'="other"/>')
    assert await asked(secure, peer, other)


async def test_another_key_is_refused_also_where_the_message_brings_its_certificate(
    secure: Secure, peer: Peer
) -> None:
    other = pair("impostor")
    brought = "".join(other.cert.splitlines()[1:-1])
    info = f"<ds:KeyInfo><ds:X509Data><ds:X509Certificate>{brought}</ds:X509Certificate></ds:X509Data></ds:KeyInfo>"
    answer = signing.sign(signing.unsigned(extra=info), other)
    assert "pinned certificate" in await refused(secure, peer, signing.raw(answer))


@pytest.mark.parametrize(
    ("old", "new"),
    [(b"Ada", b"Eva"), (b"2026-11-23T23:30:00", b"2026-11-23T23:30:01"), (b"<p:Name>Bruni</p:Name>", b"")],
)
async def test_what_was_altered_is_refused(secure: Secure, peer: Peer, old: bytes, new: bytes) -> None:
    answer = signing.raw(signing.signed())
    assert old in answer
    assert "does not hold" in await refused(secure, peer, answer.replace(old, new))


@pytest.mark.parametrize(
    ("time", "why"),
    [
        (signing.timestamp(NOW - timedelta(seconds=361), None), "too old"),
        (signing.timestamp(NOW - timedelta(seconds=120), NOW - timedelta(seconds=61)), "too old"),
        (signing.timestamp(NOW + timedelta(seconds=61)), "of the future"),
        (signing.timestamp().replace("+00:00", ""), "no date-time with an offset"),
        (signing.timestamp().replace("T23", "T25"), "no date-time with an offset"),
        (signing.timestamp(expires=None).replace("</wsu:Created>", "<x/></wsu:Created>"), "no date-time"),
        ('<wsu:Timestamp wsu:Id="time"/>', "not Created and Expires"),
        (signing.timestamp() + signing.timestamp().replace("time", "late"), "not exactly one Timestamp"),
        ("", "not exactly one Timestamp"),
    ],
)
async def test_an_answer_must_be_of_now(secure: Secure, peer: Peer, time: str, why: str) -> None:
    references = signing.REFERENCES if time else signing.REFERENCES[1:]
    answer = signing.raw(signing.signed(time=time, references=references))
    assert why in await refused(secure, peer, answer)


@pytest.mark.parametrize("seconds", [-359, 59])
async def test_clocks_may_differ_a_little(secure: Secure, peer: Peer, seconds: int) -> None:
    time = signing.timestamp(NOW + timedelta(seconds=seconds), None)
    assert await asked(secure, peer, signing.raw(signing.signed(time=time)))


async def test_the_declaration_says_how_old_and_how_far_off(secure: Secure, peer: Peer) -> None:
    answer = signing.raw(signing.signed(time=signing.timestamp(NOW - timedelta(seconds=3), None)))
    assert await asked(secure, peer, answer, maxAgeS=2, clockSkewS=1)
    assert "too old" in await refused(secure, peer, answer, maxAgeS=1, clockSkewS=1)


async def test_a_certificate_that_has_expired_does_not_count(
    secure: Secure, peer: Peer, secrets: dict[str, str]
) -> None:
    secrets["their-certificate"] = expired("source", NOW).cert
    with pytest.raises(DeclarationInvalid, match="no pinned certificate is valid now"):
        await secure({"verify": VERIFY})
    secrets["their-certificate"] += pair("other").cert
    assert "does not hold" in await refused(secure, peer, signing.raw(signing.signed()))
    secrets["their-certificate"] += pair("source").cert
    assert await asked(secure, peer, signing.raw(signing.signed()))


async def test_a_weak_key_is_not_pinned(secure: Secure, secrets: dict[str, str]) -> None:
    secrets["their-certificate"] = pair("weak", bits=1024).cert
    with pytest.raises(DeclarationInvalid, match="2048 bits or more"):
        await secure({"verify": VERIFY})


async def test_only_what_was_signed_is_read(secure: Secure, peer: Peer) -> None:
    blocks = f'<p:Context xmlns:p="urn:test:persons" wsu:Id="context">signed</p:Context>{UNKNOWN}'
    references = (*signing.REFERENCES, signing.reference("#context"))
    answer = signing.signed(blocks=blocks, references=references)
    answer.set("who", "forged")
    answer[0].text = answer[0].tail = answer[0][1].tail = answer[1].tail = "forged"
    peer.answer = http(signing.raw(answer))
    source = await secure(
        {"verify": {**VERIFY, "also": ["{urn:test:persons}Context"]}},
        attributes={
            "signed": {"path": "/*/*/p:Context"},
            "frame": {"path": "/*/@who"},
            "around": {"path": "/*/text() | /*/*/text()", "many": True},
            "token": {"path": f"//*[namespace-uri() = '{names.WSU}']", "many": True},
        },
    )
    reading = await source.ask(about(source))
    assert reading.values == {"signed": "signed"}
    assert reading.broken == {}


async def test_a_header_that_must_be_signed_is_there_once_and_signed(secure: Secure, peer: Peer) -> None:
    also = ["{urn:test:persons}Context"]
    block = '<p:Context xmlns:p="urn:test:persons" wsu:Id="context"/>'
    references = (*signing.REFERENCES, signing.reference("#context"))
    for answer in (
        signing.signed(),
        signing.signed(blocks=block),
        signing.signed(blocks=block + block.replace('"context"', '"more"'), references=references),
    ):
        assert "not there, not alone, or not signed" in await refused(
            secure, peer, signing.raw(answer), also=also
        )


@pytest.mark.parametrize(
    ("answer", "status", "becomes"),
    [
        (reply(UNKNOWN), 200, ContractBroken),
        (reply(FAULT.format(UNKNOWN)), 500, SourceUnavailable),
        (
            signing.raw(signing.signed(payload=FAULT.format(UNKNOWN))).replace(b"E1", b"E2"),
            500,
            SourceUnavailable,
        ),
    ],
)
async def test_codes_that_nobody_signed_are_not_read(
    secure: Secure, peer: Peer, answer: bytes, status: int, becomes: type[SourceError]
) -> None:
    peer.answer = http(answer, status=status)
    source = await secure({"verify": VERIFY}, reply__errors__status={500: "subjectUnknown"})
    with pytest.raises(becomes) as raised:
        await source.ask(about(source))
    assert "E1" not in str(raised.value)


async def test_a_signed_fault_is_read(secure: Secure, peer: Peer) -> None:
    peer.answer = http(signing.raw(signing.signed(payload=FAULT.format(UNKNOWN))), status=500)
    source = await secure({"verify": VERIFY})
    with pytest.raises(SourceError, match="E1"):
        await source.ask(about(source))


async def test_comments_and_the_other_soap_do_not_matter(secure: Secure, peer: Peer) -> None:
    commented = signing.raw(signing.signed()).replace(b"Ada", b"A<!-- x -->da")
    assert (await asked(secure, peer, commented))["person.givenNames"] == ["Ada", "Bruni"]
    assert await asked(secure, peer, signing.raw(signing.signed(soap=names.SOAP_12)))


async def test_deep_nesting_is_refused_before_it_costs_anything(secure: Secure, peer: Peer) -> None:
    for depth, refusal in ((61, None), (62, "nested too deeply")):
        deep = f'<p:Reference xmlns:p="urn:test:persons">{"<x>" * (depth - 1)}{"</x>" * (depth - 1)}</p:Reference>'
        payload = signing.PAYLOAD.replace("<p:Person>", f"{deep}<p:Person>")
        answer = signing.raw(signing.signed(payload=payload))
        if refusal is None:
            assert await asked(secure, peer, answer)
        else:
            assert refusal in await refused(secure, peer, answer)


async def test_a_large_answer_is_verified_too(secure: Secure, peer: Peer) -> None:
    many = signing.PAYLOAD.replace(
        PERSON, PERSON.replace("<p:Name>", "<p:Name>Ada</p:Name>" * 30_000 + "<p:Name>", 1)
    )
    values = await asked(secure, peer, signing.raw(signing.signed(payload=many)))
    assert len(values["person.givenNames"]) == 30_002  # type: ignore[arg-type]
