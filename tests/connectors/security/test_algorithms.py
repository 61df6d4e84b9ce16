"""Signatures that hold, by the source's own key, and are refused for how they were made."""

import base64
import hashlib
import hmac
from collections.abc import Sequence
from pathlib import Path

import pytest
from lxml import etree

from connectors import ContractBroken
from connectors.security import names
from connectors.security.incoming import Verifier
from connectors.security.rule import Verify
from connectors.security.shape import Unverified
from tests.connectors.conftest import NOW, Peer, about, http
from tests.connectors.security import signing
from tests.connectors.security.conftest import VERIFY, Secure
from tests.support.certificates import pair

DS, XSL = names.DS, "http://www.w3.org/1999/XSL/Transform"
SHA1 = "http://www.w3.org/2000/09/xmldsig#sha1"
ENVELOPED = f'<ds:Transform Algorithm="{DS}enveloped-signature"/>'
XPATH = (
    '<ds:Transform Algorithm="http://www.w3.org/TR/1999/REC-xpath-19991116">'
    "<ds:XPath>not(ancestor-or-self::node()[local-name() = 'Name'])</ds:XPath></ds:Transform>"
)
XSLT = (
    f'<ds:Transform Algorithm="http://www.w3.org/TR/1999/REC-xslt-19991116"><x:stylesheet xmlns:x="{XSL}" version="1.0">'
    '<x:template match="/"><always/></x:template></x:stylesheet></ds:Transform>'
)
C14N = '<ds:Transform Algorithm="http://www.w3.org/TR/2001/REC-xml-c14n-20010315"/>'
TIME, BODY = signing.REFERENCES
MANIFEST = (
    f'<ds:Object><ds:Manifest wsu:Id="manifest">{BODY.replace("<ds:DigestValue/>", "<ds:DigestValue>AAAA</ds:DigestValue>")}'
    "</ds:Manifest></ds:Object>"
)


def verify(envelope: etree._Element) -> None:
    """Verify as a source's answers are."""
    secrets = {"theirs": pair("source").cert}
    rule = Verify(("theirs",), frozenset(), max_age=300, clock_skew=60)
    Verifier("persons", rule, secrets=secrets.__getitem__, clock=lambda: NOW).verify(envelope)


def test_what_is_made_as_declared_is_accepted() -> None:
    inclusive = f'<ec:InclusiveNamespaces xmlns:ec="{names.EXC_C14N}" PrefixList="p s wsu"/>'
    kept = f'<ds:Transform Algorithm="{names.EXC_C14N}">{inclusive}</ds:Transform>'
    for references in (signing.REFERENCES, (TIME, signing.reference("#body", transforms=kept))):
        verify(signing.parsed(signing.signed(references=references)))
    envelope = signing.unsigned()
    envelope[0][0][1][0][0].append(etree.fromstring(inclusive))
    verify(signing.parsed(signing.sign(envelope)))


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"algorithm": f"{DS}rsa-sha1"}, "its SignatureMethod is not"),
        ({"algorithm": "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512"}, "its SignatureMethod is not"),
        ({"references": (TIME, signing.reference("#body", digest=SHA1))}, "its DigestMethod is not"),
        ({"c14n": "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"}, "its CanonicalizationMethod is not"),
        ({"references": (TIME, signing.reference("#body", transforms=C14N))}, "its Transform is not"),
        ({"references": (TIME, signing.reference("#body", transforms=XPATH + signing.EXC))}, "the one transform"),
        ({"references": (TIME, signing.reference("#body", transforms=signing.EXC + signing.EXC))}, "the one transform"),
        ({"references": (TIME, signing.reference("#body", transforms=""))}, "the one transform"),
        ({"references": (TIME, signing.reference("", transforms=ENVELOPED))}, "its Transform is not"),
        ({"references": (TIME, signing.reference("", transforms=ENVELOPED + signing.EXC))}, "the one transform"),
        ({"references": (TIME, signing.reference("#xpointer(id('body'))"))}, "not to an element of the message"),
        ({"references": (TIME, BODY, TIME)}, "it refers to something twice"),
        ({"references": (TIME, BODY, signing.reference("#none")), "extra": '<ds:Object wsu:Id="none"/>'}, "declared shape"),
        ({"references": (TIME, signing.reference("#manifest", attributes=f' Type="{DS}Manifest"')), "extra": MANIFEST}, "declared shape"),
        ({"references": (TIME, signing.reference("#body", attributes=f' Type="{DS}Object"'))}, "not of the declared shape"),
    ],
)  # fmt: skip
def test_a_signature_made_otherwise_is_refused(changes: dict[str, str | Sequence[str]], why: str) -> None:
    envelope = signing.signed(**changes)
    assert signing.holds(signing.parsed(envelope)), (
        "the signature itself must hold, or the test shows nothing"
    )
    with pytest.raises(Unverified, match=why):
        verify(signing.parsed(envelope))


@pytest.mark.parametrize("transform", [XSLT, XPATH], ids=["stylesheet", "filter"])
def test_what_a_transform_leaves_out_can_be_forged(transform: str) -> None:
    """A stylesheet makes one thing of any Body; a filter drops what the attacker then changes. libxmlsec would do both."""
    references = (TIME, signing.reference("#body", transforms=transform + signing.EXC))
    raw = signing.raw(signing.signed(references=references)).replace(b"Ada", b"Forged")
    assert signing.holds(etree.fromstring(raw, signing.PARSER))
    with pytest.raises(Unverified, match="the one transform"):
        verify(etree.fromstring(raw, signing.PARSER))


@pytest.mark.parametrize("uri", ["file://{}", "{}", "http://127.0.0.1:1/x", "cid:part", "urn:x", "body"])
def test_nothing_outside_of_the_message_is_read(tmp_path: Path, uri: str) -> None:
    outside = tmp_path / "outside.xml"
    outside.write_text("<outside/>")
    reference = signing.reference(uri.format(outside))
    envelope = signing.unsigned(references=(TIME, BODY, reference))
    if str(outside) in reference:
        signing.sign(envelope)
        assert signing.holds(signing.parsed(envelope)), "libxmlsec alone reads the file"
    with pytest.raises(Unverified, match="not to an element of the message"):
        verify(signing.parsed(envelope))


def test_a_reference_without_uri_is_refused() -> None:
    bare = TIME.replace(' URI="#time"', "")
    with pytest.raises(Unverified, match="not of the declared shape"):
        verify(signing.unsigned(references=(bare, BODY)))


@pytest.mark.parametrize("count", [0, 33])
def test_there_are_references_and_not_too_many(count: int) -> None:
    with pytest.raises(Unverified, match="no references, or too many"):
        verify(signing.unsigned(references=[TIME] * count))


def test_a_public_key_is_no_shared_secret() -> None:
    """HMAC with the certificate as its key, which anybody has."""
    envelope = signing.unsigned(algorithm=f"{DS}hmac-sha1")
    info = envelope[0][0][1][0]
    for reference, element in zip(list(info)[2:], (envelope[0][0][0], envelope[1]), strict=True):
        canonical = etree.tostring(element, method="c14n", exclusive=True)
        reference[2].text = base64.b64encode(hashlib.sha256(canonical).digest()).decode()
    key, text = pair("source").cert.encode(), etree.tostring(info, method="c14n", exclusive=True)
    envelope[0][0][1][1].text = base64.b64encode(hmac.digest(key, text, "sha1")).decode()
    with pytest.raises(Unverified, match="its SignatureMethod is not"):
        verify(signing.parsed(envelope))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("<ds:SignatureValue>", "<ds:SignedInfo/><ds:SignatureValue>"),
        ("</ds:Reference><ds:Reference", "</ds:Reference><ds:Reference><x/></ds:Reference><ds:Reference"),
        ("</ds:Signature>", "<ds:KeyInfo/><ds:KeyInfo/></ds:Signature>"),
        ("<ds:SignedInfo>", "<ds:SignedInfo><x/>"),
        ("<ds:DigestValue>", "<ds:DigestValue/><ds:DigestValue>"),
        ('#rsa-sha256"/>', '#rsa-sha256"><ds:HMACOutputLength>8</ds:HMACOutputLength></ds:SignatureMethod>'),
        ("<ds:SignedInfo>", "<ds:SignedInfo/><ds:SignedInfo>"),
        ("<ds:SignatureValue>", "<ds:SignatureValue>é"),
        (
            '#rsa-sha256"/>',
            f'#rsa-sha256"><e:InclusiveNamespaces xmlns:e="{names.EXC_C14N}"/></ds:SignatureMethod>',
        ),
        ("<s:Envelope ", '<s:Envelope xmlns:relative="x" '),
        (
            'exc-c14n#"/>',
            f'exc-c14n#"><e:InclusiveNamespaces xmlns:e="{names.EXC_C14N}"><x/></e:InclusiveNamespaces></ds:CanonicalizationMethod>',
        ),
        (
            'exc-c14n#"/>',
            f'exc-c14n#"><e:InclusiveNamespaces xmlns:e="{names.EXC_C14N}" PrefixList="{"p " * 65}"/></ds:CanonicalizationMethod>',
        ),
    ],
)
def test_a_signature_of_another_shape_is_refused_before_it_is_calculated(old: str, new: str) -> None:
    text = signing.raw(signing.signed()).decode()
    assert old in text
    with pytest.raises(Unverified) as raised:
        verify(etree.fromstring(text.replace(old, new, 1), signing.PARSER))
    assert "does not hold" not in str(raised.value)


async def test_an_answer_signed_by_sha1_is_a_broken_contract(secure: Secure, peer: Peer) -> None:
    peer.answer = http(signing.raw(signing.signed(algorithm=f"{DS}rsa-sha1")))
    source = await secure({"verify": VERIFY})
    with pytest.raises(ContractBroken, match="its SignatureMethod is not"):
        await source.ask(about(source))
