"""Sources behind an authorisation server."""

from typing import Any

from connectors.rest import RestSource
from tests.connectors.authorisation import CLIENT, SECRET, World, pem
from tests.connectors.conftest import NOW, rest_declaration

OAUTH: dict[str, Any] = {
    "tokenUrl": "http://127.0.0.1:9/token", "clientId": CLIENT, "method": "client_secret_basic",
    "secret": "password", "scope": "read write",
}  # fmt: skip


class Ticking:
    """A monotonic clock that a test moves."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


class Sources:
    """Makes sources over a world, and closes them."""

    def __init__(self, world: World) -> None:
        self.world, self.secrets, self.ticking = world, {"password": SECRET, "key": pem("ES256")}, Ticking()
        self.made: list[RestSource] = []

    async def make(self, oauth: dict[str, Any], **changes: Any) -> RestSource:
        given = {name: value for name, value in oauth.items() if value is not None}
        declaration = rest_declaration(
            authentication={"oauth2": given | {"tokenUrl": self.world.token_url}}, **changes
        )
        source = RestSource(
            declaration, address=self.world.address, secrets=self.secrets.__getitem__, clock=lambda: NOW
        )
        self.made.append(source)
        await source.start()
        assert source._gate is not None
        assert source._gate._tokens is not None
        source._gate._tokens._monotonic = self.ticking
        return source
