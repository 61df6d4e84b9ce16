"""Forged, stolen and misused tokens, tried on a running hub: every door that a token opens stays shut to all of them."""

import asyncio
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
import pytest_asyncio
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc.jwk import ECKey

from hub.keys import KeyFolder
from tests.end_to_end.attacks import Door, doors
from tests.end_to_end.house import House
from tests.end_to_end.refusals import check
from tests.support.forging import by_secret, compact, part, signature_of, signed

pytestmark = pytest.mark.asyncio(loop_scope="session")

MINE = ec.generate_private_key(ec.SECP256R1())
"""The attacker's own key."""
NOWHERE = "http://127.0.0.1:1/keys"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def opened(small: House) -> AsyncIterator[dict[str, Door]]:
    """The doors, each of which a right token opens: before anything is tried, and after it."""
    found = await doors(small)
    for door in found.values():
        assert (await door.tried(await door.sign(door.header, door.claims))).status == 200
    yield found
    for door in found.values():
        assert (await door.tried(await door.sign(door.header, door.claims))).status == 200


def _own(**header: Any) -> Callable[[Door], Awaitable[str]]:
    """A right token but for its signature, which is the attacker's, and its header."""

    async def make(door: Door) -> str:
        return signed({**door.header, **header}, door.claims, MINE)

    return make


def _headed(**header: Any) -> Callable[[Door], Awaitable[str]]:
    """A token of the right signer with this header."""

    async def make(door: Door) -> str:
        return await door.sign({**door.header, **header}, door.claims)

    return make


def _saying(**claims: Any) -> Callable[[Door], Awaitable[str]]:
    """A token of the right signer with these claims; one that is `...` is left out."""

    async def make(door: Door) -> str:
        said = {name: value for name, value in {**door.claims, **claims}.items() if value is not ...}
        return await door.sign(door.header, said)

    return make


def _unsigned(alg: str, signature: bytes = b"") -> Callable[[Door], Awaitable[str]]:
    async def make(door: Door) -> str:
        return compact({**door.header, "alg": alg}, door.claims, signature)

    return make


def _confused(secret: Callable[[Any], bytes]) -> Callable[[Door], Awaitable[str]]:
    """Signed HS256 with the public key as if it were a secret."""

    async def make(door: Door) -> str:
        return by_secret(door.header, door.claims, secret(await door.public()))

    return make


async def _public_jwk_as_secret(door: Door) -> str:
    return by_secret(door.header, door.claims, part(await door.public_jwk()).encode())


async def _signature_of_another(door: Door) -> str:
    """The claims of the attacker with the signature of a token that holds."""
    token = await door.sign(door.header, door.claims)
    head, _, signature = token.split(".")
    return f"{head}.{part({**door.claims, 'egovNRN': '85073003328', 'client_id': 'municipal-forms'})}.{signature}"


async def _zero_signature(door: Door) -> str:
    """Both numbers of the signature are zero (as CVE-2022-21449 had it)."""
    return compact({**door.header, "alg": "ES256"}, door.claims, bytes(64))


async def _der_signature(door: Door) -> str:
    from cryptography.hazmat.primitives import hashes  # noqa: PLC0415

    text = f"{part({**door.header, 'alg': 'ES256'})}.{part(door.claims)}"
    return f"{text}.{part(MINE.sign(text.encode(), ec.ECDSA(hashes.SHA256())))}"


async def _unencoded(door: Door) -> str:
    """RFC 7797: the payload is not encoded, and critical."""
    header = {**door.header, "alg": "ES256", "b64": False, "crit": ["b64"]}
    text = f"{part(header)}.{part(door.claims)}"
    return f"{text}.{part(signature_of(text, MINE))}"


async def _nested(door: Door) -> str:
    """A token in a token."""
    return compact(
        {**door.header, "alg": "ES256", "cty": "JWT"}, (await door.sign(door.header, door.claims)).encode()
    )


async def _encrypted(door: Door) -> str:
    return ".".join(
        part(one) for one in ({"alg": "dir", "enc": "A128GCM"}, b"", b"x" * 12, b"y" * 40, b"z" * 16)
    )


async def _twice(door: Door) -> str:
    """A name twice in the header: another reader might see the first."""
    token = await door.sign(door.header, door.claims)
    header = b'{"alg":"none","typ":"at+jwt","kid":"x","alg":"ES256"}'
    return ".".join([part(header), *token.split(".")[1:]])


OWN_JWK = ECKey.import_key(MINE).as_dict(private=False)
PATHS = (
    "../../../../dev/null",
    "/proc/self/environ",
    "keys/tokens.pem",
    "file:///etc/passwd",
    "\x00",
    "..\\..\\x",
)
QUERIES = (
    "' OR '1'='1",
    "x'; DROP TABLE hub_identity_keyprint; --",
    "{{7*7}}",
    "$(id)",
    "${jndi:ldap://127.0.0.1:1/x}",
)
FORGED: dict[str, Callable[[Door], Awaitable[str]]] = {
    **{f"alg {one}": _unsigned(one) for one in ("none", "None", "NONE", "nOnE", "")},
    "alg none with a signature": _unsigned("none", b"x" * 64),
    "no signature": _unsigned("ES256"),
    "the public key as secret, PEM": _confused(lambda key: key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)),
    "the public key as secret, DER": _confused(lambda key: key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)),
    "the public key as secret, point": _confused(lambda key: key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)),
    "the public key as secret, JWK": _public_jwk_as_secret,
    "an empty secret": _confused(lambda _: b""),
    "my key": _own(),
    "my key, without kid": _own(kid=None),
    "my key in jwk": _own(jwk=OWN_JWK),
    "my key in jwk, named": _own(jwk={**OWN_JWK, "kid": "mine"}, kid="mine"),
    "my keys at jku": _own(jku=NOWHERE, kid="mine"),
    "my certificate at x5u": _own(x5u=NOWHERE),
    "my certificate in x5c": _own(x5c=["MIIB"]),
    **{f"kid {number}": _own(kid=kid) for number, kid in enumerate((*PATHS, *QUERIES, "A" * 4_000, 5, 1e400, True, [], {}, ["x"], {"x": 1}))},
    "crit": _headed(crit=["exp"]),
    "crit of nothing": _headed(crit=[]),
    "a payload that is not encoded": _unencoded,
    "no type": _headed(typ=None),
    "the type of an ID token of another kind": _headed(typ="logout+jwt"),
    "the type of a receipt": _headed(typ="dc+sd-jwt"),
    "the type in a list": _headed(typ=["at+jwt"]),
    "claims under another's signature": _signature_of_another,
    "a signature of zeros": _zero_signature,
    "a signature in DER": _der_signature,
    "a token in a token": _nested,
    "an encrypted token": _encrypted,
    "a header that says alg twice": _twice,
    "another issuer": _saying(iss="https://login.example"),
    "an issuer with a slash more": _saying(iss="/"),
    "issuers in a list": _saying(iss=["https://login.example"]),
    "another audience": _saying(aud="https://other.example"),
    "no audience": _saying(aud=...),
    "an audience that begins alike": _saying(aud="http://127.0.0.1"),
    "audiences in an object": _saying(aud={"x": 1}),
    "no expiry": _saying(exp=...),
    "an expiry in words": _saying(exp="2999-01-01"),
    "an expiry beyond all time": _saying(exp=1e300),
    "an expiry that is true": _saying(exp=True),
    "an expiry in a list": _saying(exp=[9e9]),
    "from the future": _saying(iat=int(time.time()) + 3600, exp=int(time.time()) + 7200),
    "not yet": _saying(nbf=int(time.time()) + 3600),
}  # fmt: skip


@pytest.mark.parametrize("name", FORGED)
async def test_no_door_opens_to(opened: dict[str, Door], name: str) -> None:
    for door in opened.values():
        token = await FORGED[name](door)
        reply = await door.tried(token)
        check(reply, 401, "invalidAccessToken")
        assert token.encode() not in reply.raw


async def test_a_token_is_over_when_it_says_so(opened: dict[str, Door]) -> None:
    for door in opened.values():
        past = {**door.claims, "iat": int(time.time()) - 600, "exp": int(time.time()) - 1}
        check(await door.tried(await door.sign(door.header, past)), 401, "expiredAccessToken")


async def test_a_login_opens_no_door_with_an_id_token(small: House, opened: dict[str, Door]) -> None:
    for name in ("citizen", "dpo"):
        door = opened[name]
        for kind in ("JWT", "jwt"):
            check(
                await door.tried(await door.sign({**door.header, "typ": kind}, door.claims)),
                401,
                "invalidAccessToken",
            )
        logout = {**door.claims, "events": {"http://schemas.openid.net/event/backchannel-logout": {}}}
        check(await door.tried(await door.sign(door.header, logout)), 401, "invalidAccessToken")


async def test_no_key_is_fetched_from_where_a_token_says(small: House, opened: dict[str, Door]) -> None:
    asked: list[bytes] = []

    async def served(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.readline())
        writer.close()

    server = await asyncio.start_server(served, "127.0.0.1", 0)
    async with server:
        address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/keys"
        for door in opened.values():
            for header in (
                {"jku": address},
                {"x5u": address},
                {"jku": address, "kid": uuid.uuid4().hex},
                {"kid": address},
            ):
                check(
                    await door.tried(signed({**door.header, **header}, door.claims, MINE)),
                    401,
                    "invalidAccessToken",
                )
    assert asked == []


async def test_what_the_hub_signs_for_another_purpose_is_no_token(
    small: House, opened: dict[str, Door]
) -> None:
    place = small.fresh()
    receipt = (await small.prefill("study-grant", place)).json["receipt"].split("~")[0]
    consent = (await small.consent(place))["receipt"]
    keys = KeyFolder(small.keys, create=False)
    for door in opened.values():
        for token in (receipt, consent):
            check(await door.tried(token), 401, "invalidAccessToken")
        for key in (
            keys.receipts,
            keys.consents,
        ):  # even if such a key were brought to sign what is asked for
            check(
                await door.tried(signed({**door.header, "kid": None}, door.claims, key)),
                401,
                "invalidAccessToken",
            )


async def test_an_assertion_is_good_once_on_all_replicas(small: House) -> None:
    now = int(time.time())
    claims = {
        "iss": "grants-portal", "sub": "grants-portal", "aud": f"{small.hub}/oauth2/token", "iat": now, "exp": now + 60,
        "jti": uuid.uuid4().hex,
    }  # fmt: skip
    key = small.at.client_key.private_key
    assert key is not None
    assertion = signed({"kid": small.at.client_key.thumbprint()}, claims, key)
    other_bytes = signed({"kid": small.at.client_key.thumbprint()}, claims, key)
    form = "grant_type=client_credentials&client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer&client_assertion="
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    async with small.replica() as other:
        shown = [
            (hub, text) for hub in (small.hub, other) for text in (assertion, other_bytes) for _ in range(3)
        ]
        replies = await asyncio.gather(
            *(
                small.call("POST", "/oauth2/token", data=(form + text).encode(), headers=kind, hub=hub)
                for hub, text in shown
            )
        )
    assert sorted(reply.status for reply in replies) == [200] + [401] * (len(shown) - 1)
    assert {reply.json["error"] for reply in replies if reply.status == 401} == {"invalid_client"}
