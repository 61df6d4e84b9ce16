"""The door of portals, asked as a proxy asks it."""

import base64
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from cryptography.hazmat.primitives.serialization import Encoding

from audit import History
from hub.api.portal_usage import PREFIX, PortalDoor
from hub.identity import Portals
from hub.keys import KeyFolder
from hub.services.health import Health
from hub.services.portal_usage import PortalUsage
from tests.hub.services.conftest import CITIZEN, House, Logins
from tests.support.certificates import Pair, pair

PROXY = "192.0.2.7"
PORTAL = pair("portal")
FIND = "/v2/findUsage"
Json = dict[str, Any]


@dataclass(frozen=True)
class Got:
    status: int
    headers: dict[bytes, bytes]
    body: bytes
    scope: Json

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def der(certificate: Pair) -> bytes:
    return certificate.certificate.public_bytes(Encoding.DER)


def sent(certificate: Pair | None = PORTAL, **others: str) -> list[tuple[bytes, bytes]]:
    """The headers of a request."""
    found = [
        (name.replace("_", "-").lower().encode(), value.encode()) for name, value in others.items() if value
    ]
    if certificate is not None:
        found.append((b"client-cert", b":" + base64.b64encode(der(certificate)) + b":"))
    return found


class Door:
    """The door of portals over the services of a hub."""

    def __init__(self, house: House, folder: Path) -> None:
        logins = Logins("")
        history = History(house.engine, KeyFolder(folder / "keys").epochs)
        usage = PortalUsage(
            house.log,
            house.journal,
            house.catalogue,
            history=history,
            logins=logins,
            audience="it",
            clock=house.clock,
        )
        pinned = folder / "portals"
        pinned.mkdir()
        (pinned / "eesti.pem").write_text(PORTAL.cert)
        (pinned / "eesti.old.pem").write_text(OLD.cert)
        portals = Portals.read(pinned, house.clock)
        self.passed: list[str] = []
        self._door = PortalDoor(
            self._behind, usage, portals=portals, proxies=frozenset({PROXY}), health=Health([], []), admit_test_numbers=True
        )  # fmt: skip

    async def _behind(self, scope: Any, _: Any, __: Any) -> None:
        self.passed.append(scope["path"])

    async def get(
        self,
        path: str = FIND,
        query: Json | None = None,
        headers: list[tuple[bytes, bytes]] | None = None,
        *,
        client: str = PROXY,
        method: str = "GET",
    ) -> Got:
        scope: Json = {
            "type": "http", "method": method, "path": PREFIX + path, "raw_path": (PREFIX + path).encode(),
            "query_string": urlencode(query or {}).encode(), "headers": headers if headers is not None else asked(), "client": (client, 1),
        }  # fmt: skip
        said: list[Json] = []

        async def receive() -> Json:
            return {"type": "http.request"}

        async def send(message: Any) -> None:
            said.append(message)

        await self._door(scope, receive, send)
        return Got(said[0]["status"], dict(said[0]["headers"]), said[1]["body"], scope)


OLD = pair("old-portal", end=datetime(2025, 1, 1, tzinfo=UTC))


def asked(user: str = f"BE{CITIZEN}", **others: str) -> list[tuple[bytes, bytes]]:
    return sent(PORTAL, X_Road_UserId=user, **others)


def about(number: str = CITIZEN, **others: Any) -> Json:
    return {"userCode": f"BE{number}", **others}
