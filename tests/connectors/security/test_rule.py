"""What `security` and `tls` may hold."""

import subprocess
import sys
from typing import Any

import pytest

from connectors import DeclarationInvalid
from connectors.security import SecretFiles, Signature, Tls, UsernameToken, Verify
from connectors.soap import SoapSource
from tests.connectors.conftest import rest_declaration, soap_declaration
from tests.support.machine import ROOT

SIGNATURE = {"key": "our-key", "certificate": "our-certificate"}


def problems(**changes: Any) -> set[str]:
    with pytest.raises(DeclarationInvalid) as raised:
        soap_declaration(**changes)
    return {str(problem) for problem in raised.value.problems}


def test_a_declaration_says_how_messages_are_secured() -> None:
    security = soap_declaration(
        security={
            "lifetimeS": 60,
            "actor": "urn:gate",
            "usernameToken": {"username": "hub", "password": "word", "type": "text"},
            "signature": {**SIGNATURE, "keyInfo": "thumbprint", "also": ["usernameToken", "{urn:x}Context"]},
            "verify": {"certificates": ["theirs"], "also": ["{urn:x}Reply"], "maxAgeS": 5, "clockSkewS": 1},
        }
    ).security
    assert security is not None
    assert (security.lifetime, security.actor) == (60, "urn:gate")
    assert security.username_token == UsernameToken("hub", "word", digest=False)
    assert security.signature == Signature(
        "our-key", "our-certificate", "thumbprint", frozenset({"usernameToken", "{urn:x}Context"})
    )
    assert security.verify == Verify(("theirs",), frozenset({"{urn:x}Reply"}), 5, 1)


def test_what_is_left_out_is_the_strict_choice() -> None:
    security = soap_declaration(
        security={
            "usernameToken": {"username": "hub", "password": "word"},
            "signature": SIGNATURE,
            "verify": {"certificates": ["theirs"]},
        }
    ).security
    assert security is not None
    assert security.username_token == UsernameToken("hub", "word", digest=True)
    assert security.signature == Signature("our-key", "our-certificate", "binarySecurityToken", frozenset())
    assert security.verify == Verify(("theirs",), frozenset(), 300, 60)


@pytest.mark.parametrize(
    ("security", "expected"),
    [
        ({}, "security: expected usernameToken, signature or verify"),
        ({"signature": SIGNATURE, "encrypt": {}}, "security.encrypt: unknown key"),
        ({"signature": {**SIGNATURE, "algorithm": "rsa-sha1"}}, "security.signature.algorithm: unknown key"),
        ({"signature": {"key": "k"}}, "security.signature: `certificate` is missing"),
        ({"signature": {**SIGNATURE, "also": ["wsa:To"]}}, "security.signature.also: expected"),
        ({"signature": {**SIGNATURE, "also": ["usernameToken"]}}, "security.signature.also: there is no"),
        (
            {"signature": {**SIGNATURE, "keyInfo": "issuerSerial", "also": ["binarySecurityToken"]}},
            "security.signature.also: there is no",
        ),
        ({"signature": {**SIGNATURE, "keyInfo": "keyValue"}}, "security.signature.keyInfo: expected one of"),
        (
            {"usernameToken": {"username": "x", "password": "p", "type": "none"}},
            "security.usernameToken.type",
        ),
        ({"verify": {"certificates": []}}, "security.verify.certificates: expected a list"),
        ({"verify": {"certificates": ["c"], "also": ["Context"]}}, "security.verify.also: expected headers"),
        ({"verify": {"certificates": ["c"], "clockSkewS": -1}}, "security.verify.clockSkewS: expected a"),
    ],
)
def test_each_fault_is_named_where_it_stands(security: Any, expected: str) -> None:
    assert any(problem.startswith(expected) for problem in problems(security=security))


def test_a_secret_pasted_where_its_name_belongs_is_not_repeated() -> None:
    pasted = "-----BEGIN PRIVATE KEY-----\nMIIEvQ"
    found = problems(
        security={"signature": {"key": pasted, "certificate": "c"}}, tls={"authorities": "../etc/passwd"}
    )
    assert any(p.startswith("security.signature.key: expected the name of a secret") for p in found)
    assert any(p.startswith("tls.authorities: expected the name of a secret") for p in found)
    assert "MIIEvQ" not in str(found)


def test_connections_of_both_protocols_may_have_a_client_certificate() -> None:
    tls = {"certificate": "cert", "key": "key", "authorities": "roots"}
    assert soap_declaration(tls=tls).tls == Tls("cert", "key", "roots")
    assert rest_declaration(tls=tls, address="https://source.test").tls == Tls("cert", "key", "roots")


@pytest.mark.parametrize(
    ("tls", "expected"),
    [
        ({}, "tls: expected certificate and key, authorities, or all of them"),
        ({"key": "k"}, "tls: a client certificate needs both"),
        ({"verify": False}, "tls.verify: unknown key"),
    ],
)
def test_each_fault_of_tls_is_named(tls: Any, expected: str) -> None:
    assert any(problem.startswith(expected) for problem in problems(tls=tls))


def test_what_is_not_declared_is_not_even_loaded() -> None:
    code = (
        "import sys, connectors.soap, connectors.rest; print('xmlsec' in sys.modules, 'zeep' in sys.modules)"
    )
    found = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert found.stdout == "False False\n"


async def test_where_xmlsec_cannot_be_loaded_only_sources_that_need_it_are_unusable(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As it cannot where its libxml2 is not that of lxml."""
    monkeypatch.setitem(sys.modules, "connectors.security.message", None)
    sources = [
        SoapSource(soap_declaration(security=security), address=None, secrets=SecretFiles(None))
        for security in (None, {"signature": SIGNATURE})
    ]
    await sources[0].start()
    await sources[0].close()
    with pytest.raises(DeclarationInvalid, match="security: xmlsec cannot be loaded"):
        await sources[1].start()


def test_tls_needs_an_https_address_and_messages_are_secured_in_soap_alone() -> None:
    with pytest.raises(DeclarationInvalid, match="address: expected an https address"):
        rest_declaration(tls={"authorities": "roots"})
    with pytest.raises(DeclarationInvalid, match="security: unknown key"):
        rest_declaration(security={"signature": SIGNATURE})
