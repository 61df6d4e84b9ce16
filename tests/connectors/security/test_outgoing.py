"""What a secured request holds, on the wire."""

import base64
import hashlib

import pytest
import xmlsec
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509 import SubjectKeyIdentifier
from lxml import etree

from connectors import DeclarationInvalid, check_against_contract
from connectors.security import names
from tests.connectors.conftest import NUMBER, Peer, about, http, reply, soap_declaration
from tests.connectors.security.conftest import NONCE, PASSWORD, SIGNATURE, Secure
from tests.support.certificates import pair

NS = {"wsse": names.WSSE, "wsu": names.WSU, "ds": names.DS, "s": names.SOAP_11, "p": "urn:test:persons"}
BODY = "/s:Envelope/s:Body"
CONTEXT = {"context": {"Client": "{client}"}}


def found(root: etree._Element, path: str) -> etree._Element:
    hits = root.xpath(path, namespaces=NS)
    assert isinstance(hits, list)
    (hit,) = hits
    assert isinstance(hit, etree._Element)
    return hit


def check(root: etree._Element) -> set[str]:
    """Check the signature with libxmlsec and our certificate's key; the names of what it covers."""
    context = xmlsec.SignatureContext()
    public = (
        pair("hub").certificate.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    )
    context.key = xmlsec.Key.from_memory(public, xmlsec.constants.KeyDataFormatPem)
    ids = {one.get(names.ID): one for one in root.iter() if names.ID in one.attrib}
    for element in ids.values():
        context.register_id(element, "Id", names.WSU)
    signature = found(root, "/s:Envelope/s:Header/wsse:Security/ds:Signature")
    context.verify(signature)
    uris = [one.get("URI", "")[1:] for one in signature.iter(f"{{{names.DS}}}Reference")]
    return {etree.QName(ids[uri]).localname for uri in uris}


async def sent(secure: Secure, peer: Peer, security: dict[str, object], **changes: object) -> etree._Element:
    peer.answer = http(reply())
    source = await secure(security, **changes)
    await source.ask(about(source, client="x < \"y\" & 'z'\r\n\té"))
    return etree.fromstring(peer.requests[-1].partition(b"\r\n\r\n")[2])


async def test_timestamp_and_body_are_signed(secure: Secure, peer: Peer) -> None:
    root = await sent(
        secure, peer, {"signature": SIGNATURE}, request={"Number": "{subject}", "Part": ["{client}"]}
    )
    assert check(root) == {"Timestamp", "Body"}
    assert found(root, f"{BODY}//p:Number").text == NUMBER
    assert found(root, f"{BODY}//p:Part").text == "x < \"y\" & 'z'\r\n\té"
    security = found(root, "/s:Envelope/s:Header/wsse:Security")
    assert security.get(f"{{{names.SOAP_11}}}mustUnderstand") == "1"
    assert found(security, "wsu:Timestamp/wsu:Created").text == "2026-11-23T23:30:00.000Z"
    assert found(security, "wsu:Timestamp/wsu:Expires").text == "2026-11-23T23:35:00.000Z"
    for tag, algorithm in [
        ("CanonicalizationMethod", names.EXC_C14N),
        ("SignatureMethod", names.RSA_SHA256),
        ("DigestMethod", names.SHA256),
        ("Transform", names.EXC_C14N),
    ]:
        assert {one.get("Algorithm") for one in security.iter(f"{{{names.DS}}}{tag}")} == {algorithm}
    token = found(security, "wsse:BinarySecurityToken")
    assert base64.b64decode(token.text or "") == pair("hub").certificate.public_bytes(Encoding.DER)
    told = found(security, "ds:Signature/ds:KeyInfo/wsse:SecurityTokenReference/wsse:Reference")
    assert told.get("URI") == f"#{token.get(names.ID)}"


async def test_what_is_altered_on_the_way_no_longer_fits_the_signature(secure: Secure, peer: Peer) -> None:
    root = await sent(secure, peer, {"signature": SIGNATURE})
    found(root, f"{BODY}//p:Number").text = "1"
    with pytest.raises(xmlsec.VerificationError):
        check(root)


async def test_a_declaration_may_have_more_signed(secure: Secure, peer: Peer) -> None:
    also = ["binarySecurityToken", "usernameToken", "{urn:test:persons}Context"]
    security = {
        "signature": {**SIGNATURE, "also": also},
        "usernameToken": {"username": "hub", "password": "password"},
    }
    root = await sent(secure, peer, security, header=CONTEXT)
    more = {"BinarySecurityToken", "UsernameToken", "Context"}
    assert check(root) == {"Timestamp", "Body"} | more


async def test_addressing_headers_are_signed_where_that_is_declared(secure: Secure, peer: Peer) -> None:
    also: dict[str, object] = {"signature": {**SIGNATURE, "also": ["addressing"]}}
    root = await sent(secure, peer, also, service="AddressedService", request={"Number": "{subject}"})
    assert check(root) == {"Timestamp", "Body", "Action", "MessageID", "To"}


async def test_what_is_to_be_signed_must_be_there(secure: Secure) -> None:
    with pytest.raises(DeclarationInvalid, match="no such header: addressing"):
        await secure({"signature": {**SIGNATURE, "also": ["addressing"]}})
    declaration = soap_declaration(security={"signature": {**SIGNATURE, "also": ["{urn:x}Context"]}})
    (problem,) = check_against_contract(declaration)
    assert str(problem) == "security.signature.also: the request has no such header: {urn:x}Context"
    assert check_against_contract(soap_declaration(security={"signature": SIGNATURE})) == ()


@pytest.mark.parametrize("key_info", ["issuerSerial", "thumbprint", "subjectKeyIdentifier"])
async def test_the_certificate_can_be_told_without_being_sent(
    secure: Secure, peer: Peer, key_info: str
) -> None:
    root = await sent(secure, peer, {"signature": {**SIGNATURE, "keyInfo": key_info}})
    assert check(root) == {"Timestamp", "Body"}
    assert not list(root.iter(f"{{{names.WSSE}}}BinarySecurityToken"))
    told = found(root, "//ds:KeyInfo/wsse:SecurityTokenReference")
    certificate = pair("hub").certificate
    if key_info == "issuerSerial":
        assert found(told, ".//ds:X509SerialNumber").text == str(certificate.serial_number)
        assert found(told, ".//ds:X509IssuerName").text == "CN=hub,O=Onlyonce\\, tests,C=BE"
        return
    identifier = certificate.extensions.get_extension_for_class(SubjectKeyIdentifier).value.digest
    thumbprint = certificate.fingerprint(hashes.SHA1())  # noqa: S303 - the profile's name for a certificate
    raw = identifier if key_info == "subjectKeyIdentifier" else thumbprint
    assert base64.b64decode(found(told, "wsse:KeyIdentifier").text or "") == raw


async def test_a_password_is_sent_as_a_digest_with_nonce_and_time(secure: Secure, peer: Peer) -> None:
    root = await sent(secure, peer, {"usernameToken": {"username": "hub&", "password": "password"}})
    token = found(root, "/s:Envelope/s:Header/wsse:Security/wsse:UsernameToken")
    created = found(token, "wsu:Created").text or ""
    expected = hashlib.sha1(NONCE + created.encode() + PASSWORD.encode(), usedforsecurity=False).digest()
    password = found(token, "wsse:Password")
    assert found(token, "wsse:Username").text == "hub&"
    assert created == "2026-11-23T23:30:00.000Z"
    assert base64.b64decode(found(token, "wsse:Nonce").text or "") == NONCE
    assert password.get("Type") == names.PASSWORD_DIGEST
    assert base64.b64decode(password.text or "") == expected
    assert PASSWORD not in peer.body
    assert not list(root.iter(names.SIGNATURE))


async def test_a_certificate_without_identifier_cannot_be_told_by_it(
    secure: Secure, secrets: dict[str, str]
) -> None:
    secrets["our-certificate"] = pair("hub", identified=False).cert
    with pytest.raises(DeclarationInvalid, match="has no subject key identifier"):
        await secure({"signature": {**SIGNATURE, "keyInfo": "subjectKeyIdentifier"}})
    await secure({"signature": SIGNATURE})


async def test_a_password_is_never_sent_in_the_open(secure: Secure) -> None:
    with pytest.raises(DeclarationInvalid, match="the password would be sent in the open"):
        await secure({"usernameToken": {"username": "hub", "password": "password", "type": "text"}})


async def test_the_header_may_be_for_another_than_the_receiver(secure: Secure, peer: Peer) -> None:
    root = await sent(secure, peer, {"actor": "urn:gate", "signature": SIGNATURE})
    assert found(root, "//wsse:Security").get(f"{{{names.SOAP_11}}}actor") == "urn:gate"


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("our-key", "nonsense", "the key is not a private key in PEM"),
        ("our-key", pair("other").key, "is not that of the key"),
        ("our-certificate", "nonsense", "holds no certificate in PEM"),
        ("our-key", None, "there is no secret our-key"),
        ("password", "", "is empty"),
        ("their-certificate", "nonsense", "holds no certificate in PEM"),
    ],
)
async def test_secrets_that_cannot_be_used_are_a_fault_at_start(
    secure: Secure, secrets: dict[str, str], name: str, text: str | None, expected: str
) -> None:
    if text is None:
        del secrets[name]
    else:
        secrets[name] = text
    with pytest.raises(DeclarationInvalid, match=expected) as raised:
        await secure(
            {
                "signature": SIGNATURE,
                "usernameToken": {"username": "hub", "password": "password"},
                "verify": {"certificates": ["their-certificate"]},
            }
        )
    assert "nonsense" not in str(raised.value)
    assert raised.value.problems[0].path[0] == "security"
