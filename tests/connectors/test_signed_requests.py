"""Requests that carry our signature or password, checked as the one who receives them would."""

import asyncio
import base64
import datetime as dt
import json
from collections.abc import AsyncIterator
from hashlib import sha256
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from joserfc import jws, jwt
from yarl import URL

from connectors import DeclarationInvalid
from connectors.http import Outgoing
from connectors.onboarding.masking import Masks
from connectors.rest import RestSource
from connectors.soap import SoapSource
from tests.connectors.authorisation import CLIENT, KEYS, SECRET, World, pem, running
from tests.connectors.conftest import (
    NOW,
    REST,
    SOAP,
    Peer,
    about,
    http,
    reply,
    rest_declaration,
    soap_declaration,
)
from tests.connectors.oauth_sources import OAUTH
from tests.connectors.test_declaration import problems

NUMBER = "0202239951"
ROOMY = jws.JWSRegistry(algorithms=["ES256"])
ROOMY.max_header_length = 8192
POST = {"method": "POST", "path": "/{subject}", "body": {"why": "é {purpose}", "case?": "{caseId}"}}
DETACHED = {"kind": "detached", "key": "key", "algorithm": "ES256", "keyId": "k1"}
AGID = {
    "kind": "agid",
    "key": "key",
    "audience": "https://api.example",
    "certificates": "chain",
}


def certificate(algorithm: str) -> x509.Certificate:
    """A certificate of a key that the tests know, by itself."""
    key: Any = KEYS[algorithm].private_key
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "hub")])
    until = NOW.replace(tzinfo=None) + dt.timedelta(days=1)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(7).not_valid_before(NOW.replace(tzinfo=None)).not_valid_after(until)
    return builder.sign(key, SHA256())


CHAIN = certificate("ES256").public_bytes(Encoding.PEM).decode()


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with running(World()) as found:
        yield found


async def sent(world: World, authentication: dict[str, Any], **changes: Any) -> tuple[dict[str, str], bytes]:
    """Headers and body of a call, as the API got them."""
    found = json.loads(json.dumps(authentication).replace("TOKEN_URL", world.token_url))
    secrets = {"key": pem("ES256"), "chain": CHAIN, "password": SECRET}
    declaration = rest_declaration(authentication=found, **({"request": POST} | changes))
    source = RestSource(
        declaration,
        address=world.address,
        secrets=secrets.__getitem__,
        clock=lambda: NOW,
        uuid=lambda: "id-1",
    )
    try:
        await source.ask(about(source, NUMBER, purpose="p", caseId="c"))
    finally:
        await source.close()
    return dict(world.requests[-1].headers), world.bodies[-1]


async def test_the_body_is_signed_beside_it(world: World) -> None:
    headers, body = await sent(world, {"signature": DETACHED})
    assert json.loads(body) == {"why": "é p", "case": "c"}
    head, payload, signature = headers["x-jws-signature"].split(".")
    assert payload == ""
    whole = f"{head}.{base64.urlsafe_b64encode(body).decode().rstrip('=')}.{signature}"
    found = jws.deserialize_compact(whole, KEYS["ES256"], algorithms=["ES256"])
    assert found.headers() == {"alg": "ES256", "kid": "k1"}
    changed = f"{head}.{base64.urlsafe_b64encode(body + b' ').decode().rstrip('=')}.{signature}"
    with pytest.raises(Exception, match="bad_signature"):
        jws.deserialize_compact(changed, KEYS["ES256"], algorithms=["ES256"])


async def test_the_body_can_be_signed_as_it_is(world: World) -> None:
    headers, body = await sent(
        world, {"signature": {**DETACHED, "unencoded": True, "header": "Body-Signature"}}
    )
    head, _, signature = headers["Body-Signature"].split(".")
    protected = json.loads(base64.urlsafe_b64decode(head + "=="))
    assert (protected["b64"], protected["crit"]) == (False, ["b64"])
    key: Any = KEYS["ES256"]
    algorithm = jws.JWSRegistry.algorithms["ES256"]
    raw = base64.urlsafe_b64decode(signature + "==")
    assert algorithm.verify(head.encode() + b"." + body, raw, key)
    assert not algorithm.verify(head.encode() + b"." + body + b" ", raw, key)


async def test_the_body_can_be_a_signed_document(world: World) -> None:
    headers, body = await sent(world, {"signature": {**DETACHED, "kind": "body"}})
    assert headers["Content-Type"] == "application/jose"
    found = jws.deserialize_compact(body, KEYS["ES256"], algorithms=["ES256"])
    assert json.loads(found.payload or b"") == {"why": "é p", "case": "c"}


async def test_a_signed_document_is_shown_without_the_number_in_it(world: World) -> None:
    headers, body = await sent(
        world, {"signature": {**DETACHED, "kind": "body"}}, request=POST | {"body": {"n": "{subject}"}}
    )
    shown = Masks([NUMBER], {}).request(Outgoing("POST", URL("http://x/"), headers, body))
    assert shown["body"] == '{\n  "n": "0000000000"\n}'


async def test_italys_model_signs_the_digest_and_the_content_type(world: World) -> None:
    signature = AGID | {"claims": {"iss": "hub", "userID": "{actor}", "purposeId": "{purpose}"}}
    headers, body = await sent(world, {"signature": signature})
    digest = "SHA-256=" + base64.b64encode(sha256(body).digest()).decode()
    assert headers["Digest"] == digest
    token = jwt.decode(headers["Agid-JWT-Signature"], KEYS["ES256"], registry=ROOMY)
    assert token.header["typ"] == "JWT"
    assert token.header["x5c"] == [base64.b64encode(certificate_der()).decode()]
    now = int(NOW.timestamp())
    assert token.claims == {
        "iss": "hub", "userID": "", "purposeId": "p", "aud": "https://api.example", "jti": "id-1",
        "iat": now, "nbf": now, "exp": now + 60,
        "signed_headers": [{"digest": digest}, {"content-type": "application/json"}],
    }  # fmt: skip


def certificate_der() -> bytes:
    return x509.load_pem_x509_certificate(CHAIN.encode()).public_bytes(Encoding.DER)


async def test_a_get_of_italys_model_has_a_token_and_no_digest(world: World) -> None:
    headers, _ = await sent(world, {"signature": AGID}, request={"path": "/{subject}"})
    assert "Digest" not in headers
    token = jwt.decode(headers["Agid-JWT-Signature"], KEYS["ES256"], registry=ROOMY)
    assert "signed_headers" not in token.claims


async def test_a_token_and_a_signature_go_together(world: World) -> None:
    headers, _ = await sent(
        world, {"oauth2": OAUTH | {"tokenUrl": "TOKEN_URL", "clientId": CLIENT}, "signature": DETACHED}
    )
    assert headers["Authorization"] == "Bearer token-1"
    assert "x-jws-signature" in headers


async def test_user_and_password_are_sent_as_basic(world: World) -> None:
    headers, _ = await sent(world, {"basic": {"user": "ü", "password": "password"}})
    assert base64.b64decode(headers["Authorization"].removeprefix("Basic ")).decode() == f"ü:{SECRET}"


async def test_an_api_key_is_a_header_with_a_secret(world: World) -> None:
    secrets = {"password": "k-1"}
    request = POST | {"headers": {"X-Api-Key": "{secret:password}"}}
    declared = rest_declaration(request=request)
    source = RestSource(declared, address=world.address, secrets=secrets.__getitem__)
    await source.ask(about(source, NUMBER))
    assert world.requests[-1].headers["X-Api-Key"] == "k-1"
    secrets["password"] = "k-2"
    await source.ask(about(source, NUMBER))
    assert world.requests[-1].headers["X-Api-Key"] == "k-2"
    secrets["password"] = "two\nlines"
    await source.ask(about(source, NUMBER))
    assert world.requests[-1].headers["X-Api-Key"] == "k-2"
    assert source.troubles == {"request": "a value holds characters that a header cannot carry"}
    await source.close()
    in_the_url = problems(REST, request__query={"key": "{secret:password}"})
    assert "headers and body alone" in in_the_url["request.query.key"]


def test_a_password_is_not_sent_in_the_open() -> None:
    basic = {"basic": {"user": "u", "password": "p"}}
    declared = rest_declaration(address="http://api.example/base", authentication=basic)
    source = RestSource(declared, address=None, secrets={"p": "w"}.__getitem__)
    with pytest.raises(DeclarationInvalid, match="https"):
        asyncio.run(source.start())


async def test_a_soap_source_can_ask_for_a_password_too(peer: Peer) -> None:
    peer.answer = http(reply())
    declared = soap_declaration(authentication={"basic": {"user": "u", "password": "p"}})
    source = SoapSource(declared, address=peer.address, secrets={"p": "w"}.__getitem__)
    await source.ask(about(source))
    await source.close()
    assert "Authorization: Basic dTp3\r\n" in peer.head


@pytest.mark.parametrize("chain", ["", "no chain", certificate("RS256").public_bytes(Encoding.PEM).decode()])
async def test_a_certificate_that_is_not_the_keys_is_found_at_start(world: World, chain: str) -> None:
    secrets = {"key": pem("ES256"), "chain": chain}
    declared = rest_declaration(authentication={"signature": AGID})
    source = RestSource(declared, address=world.address, secrets=secrets.__getitem__)
    with pytest.raises(DeclarationInvalid, match="certificate"):
        await source.start()


@pytest.mark.parametrize(
    ("authentication", "at"),
    [
        ({}, "authentication"),
        ({"oauth": {}}, "authentication.oauth"),
        ({"signature": {"kind": "xml"}}, "authentication.signature.kind"),
        ({"signature": DETACHED | {"algorithm": "HS256"}}, "authentication.signature.algorithm"),
        ({"signature": DETACHED}, "authentication.signature.kind"),
        ({"signature": {**DETACHED, "kind": "agid"}}, "authentication.signature"),
        ({"signature": AGID | {"claims": {"aud": "x"}}}, "authentication.signature.claims.aud"),
        ({"signature": AGID | {"claims": {"who": "{subject}"}}}, "authentication.signature.claims.who"),
        ({"basic": {"user": "a:b", "password": "p"}}, "authentication.basic.user"),
        ({"basic": {"user": "a"}}, "authentication.basic"),
    ],
)
def test_what_is_wrong_with_a_declaration_is_named_at_its_path(
    authentication: dict[str, Any], at: str
) -> None:
    assert at in problems(REST, authentication=authentication)


def test_a_soap_request_is_not_signed_this_way() -> None:
    assert "REST" in problems(SOAP, authentication={"signature": DETACHED})["authentication.signature"]
