"""What an attacker comes to: the doors of a hub, with what opens them; and a wire on which anything can be written."""

import asyncio
import time
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from joserfc.jwk import ECKey

from hub.keys import KeyFolder
from tests.end_to_end.house import MUNICIPALITY, PREFILLS, House
from tests.end_to_end.people import ssin
from tests.end_to_end.refusals import SOMEBODY, USAGE, prefill_body
from tests.end_to_end.replies import Json, Reply
from tests.support.forging import Claims, Header, signed


@dataclass(frozen=True)
class Door:
    """A door that tokens open, and what a token says and who signs it that opens it."""

    house: House
    method: str
    path: str
    body: Json | None
    claims: dict[str, Any]
    header: dict[str, Any]
    sign: Callable[[Header, Claims], Awaitable[str]]
    publishes: str
    """Who publishes the key that it checks with, and where."""

    async def tried(self, token: str) -> Reply:
        """Come with a token."""
        return await self.house.call(self.method, self.path, token=token, body=self.body)

    async def public_jwk(self) -> Json:
        """The key that it checks with, as anybody can have it."""
        hub, path = self.publishes.split("|")
        keys = (await self.house.call("GET", path, hub=hub)).json["keys"]
        found: Json = next(one for one in keys if one["kid"] == self.header["kid"])
        return found

    async def public(self) -> EllipticCurvePublicKey:
        """The same as a key."""
        found = ECKey.import_key(await self.public_jwk()).public_key
        assert isinstance(found, EllipticCurvePublicKey)
        return found


async def doors(house: House) -> dict[str, Door]:
    """The three doors that a token opens, and for each one that would, not yet signed."""
    now = int(time.time())
    times = {"iat": now, "exp": now + 300, "jti": uuid.uuid4().hex}
    (tokens,) = KeyFolder(house.keys, create=False).tokens.from_moments().values()
    login_keys = (await house.call("GET", "/jwks", hub=house.at.login_url)).json["keys"]
    client = {
        "iss": house.hub, "sub": "grants-portal", "client_id": "grants-portal", "aud": f"{house.hub}/api/prefill",
        "scope": "prefill", **times,
    }  # fmt: skip
    person = {
        "iss": house.at.login_url, "sub": "x", "egovNRN": ssin(SOMEBODY), "acr": "urn:be:fedict:iam:fas:Level450",
        "dpoOf": [MUNICIPALITY], **times,
    }  # fmt: skip

    async def by_hub(header: Header, claims: Claims) -> str:
        return signed(header, claims, tokens)

    async def by_login(header: Header, claims: Claims) -> str:
        asked = {"header": dict(header), "claims": dict(claims)}
        return str((await house.call("POST", "/sign", body=asked, hub=house.at.login_url)).json["token"])

    def of_people(method: str, path: str, body: Json | None, audience: str) -> Door:
        header = {"typ": "at+jwt", "kid": login_keys[0]["kid"]}
        claims = {**person, "aud": f"{house.hub}/api/{audience}"}
        return Door(house, method, path, body, claims, header, by_login, f"{house.at.login_url}|/jwks")

    own = {"typ": "at+jwt", "kid": ECKey.import_key(tokens).thumbprint()}
    return {
        "prefill": Door(
            house, "POST", PREFILLS, prefill_body(), client, own, by_hub, f"{house.hub}|/oauth2/jwks"
        ),
        "citizen": of_people("GET", USAGE, None, "citizen"),
        "dpo": of_people("POST", "/api/dpo/v1/usage/search", {"reason": "x"}, "dpo"),
    }


async def raw(house: House, sent: bytes, *, within: float = 20.0) -> bytes:
    """Send bytes to the hub, and give all that it answers until it closes the connection."""
    host, port = house.hub.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    try:
        writer.write(sent)
        await writer.drain()
        return await asyncio.wait_for(reader.read(), within)
    finally:
        writer.close()


def statuses_of(answer: bytes) -> list[int]:
    """The status of each response in what came back."""
    return [int(one[:3]) for one in answer.split(b"HTTP/1.1 ")[1:]]
