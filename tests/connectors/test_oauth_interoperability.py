"""Access tokens and signed requests between us and software of other people: npm's oidc-provider and jose."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from joserfc.jwk import ECKey, OKPKey, RSAKey

from connectors import SourceRefused
from connectors.rest import RestSource
from tests.connectors.authorisation import KEYS, pem
from tests.connectors.conftest import about, rest_declaration
from tests.support.oidc_peer import SECRET, running_oidc

NUMBER = "0202239951"
RSA = RSAKey.generate_key(2048)
OTHERS: dict[str, ECKey | RSAKey | OKPKey] = {
    "ES256": ECKey.generate_key("P-256"),
    "RS256": RSA,
    "PS256": RSA,
    "EdDSA": OKPKey.generate_key("Ed25519"),
}
"""Keys that the other side does not know."""
POST = {"method": "POST", "path": "/{subject}", "body": {"why": "é", "for": "{subject}"}}


@pytest.fixture(scope="module")
def peer() -> Iterator[str]:
    public = [
        {**KEYS[algorithm].as_dict(private=False), "alg": algorithm, "kid": algorithm, "use": "sig"}
        for algorithm in ("ES256", "RS256", "PS256", "EdDSA")
    ]
    with running_oidc(public) as address:
        yield address


async def judged(peer: str, authentication: dict[str, Any], secrets: dict[str, str]) -> dict[str, Any]:
    """What the other side found in one request."""
    declared = rest_declaration(authentication=authentication, request=POST)
    source = RestSource(declared, address=f"{peer}/api", secrets=secrets.__getitem__)
    try:
        reading = await source.ask(about(source, NUMBER))
    finally:
        await source.close()
    found: dict[str, Any] = json.loads(str(reading.values["organisation.legalName"]))
    return found


def oauth(peer: str, client: str, method: str, **more: str) -> dict[str, Any]:
    # The issuer itself is the audience that oidc-provider wants of an assertion
    known = {"tokenUrl": f"{peer}/token", "clientId": client, "method": method, "scope": "persons.read"}
    return {"oauth2": known | more}


@pytest.mark.parametrize(
    ("client", "method"), [("hub basic", "client_secret_basic"), ("hub post", "client_secret_post")]
)
async def test_a_token_is_got_with_a_secret(peer: str, client: str, method: str) -> None:
    found = await judged(peer, oauth(peer, client, method, secret="s"), {"s": SECRET})
    assert found == {"client": client, "scope": "persons.read"}
    with pytest.raises(SourceRefused, match=r"token endpoint: .* 401 \(invalid_client\)"):
        await judged(peer, oauth(peer, client, method, secret="s"), {"s": SECRET + "x"})


@pytest.mark.parametrize("algorithm", ["ES256", "RS256", "PS256", "EdDSA"])
async def test_a_token_is_got_with_a_key(peer: str, algorithm: str) -> None:
    declared = oauth(
        peer,
        f"key {algorithm}",
        "private_key_jwt",
        key="k",
        algorithm=algorithm,
        keyId=algorithm,
        audience=peer,
    )
    assert (await judged(peer, declared, {"k": pem(algorithm)}))["client"] == f"key {algorithm}"
    other = json.dumps(OTHERS[algorithm].as_dict(private=True))
    with pytest.raises(SourceRefused, match="invalid_client"):
        await judged(peer, declared, {"k": other})


@pytest.mark.parametrize("algorithm", ["ES256", "RS256", "PS256", "EdDSA"])
@pytest.mark.parametrize("unencoded", [False, True])
async def test_a_body_signed_beside_it_is_verified(peer: str, algorithm: str, unencoded: bool) -> None:
    signature = {
        "kind": "detached",
        "key": "k",
        "algorithm": algorithm,
        "keyId": algorithm,
        "unencoded": unencoded,
    }
    assert await judged(peer, {"signature": signature}, {"k": pem(algorithm)}) == {"detached": True}
    with pytest.raises(SourceRefused):
        await judged(peer, {"signature": signature | {"keyId": "none"}}, {"k": pem(algorithm)})


async def test_a_signed_body_is_verified_and_read(peer: str) -> None:
    signature = {"kind": "body", "key": "k", "algorithm": "ES256", "keyId": "ES256"}
    found = await judged(peer, {"signature": signature}, {"k": pem("ES256")})
    assert found == {"body": {"why": "é", "for": NUMBER}}


async def test_italys_token_and_digest_are_verified(peer: str) -> None:
    signature = {
        "kind": "agid",
        "key": "k",
        "algorithm": "RS256",
        "keyId": "RS256",
        "audience": "https://api.example",
    }
    assert await judged(peer, {"signature": signature}, {"k": pem("RS256")}) == {"digest": True}
