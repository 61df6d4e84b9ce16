"""A SOAP source whose messages are secured, over the peer of the other tests."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from connectors.soap import SoapSource
from tests.connectors.conftest import NOW, Peer, soap_declaration
from tests.support.certificates import pair

PASSWORD = "pass<&>wörd"
NONCE = bytes(range(16))
SIGNATURE = {"key": "our-key", "certificate": "our-certificate"}
VERIFY = {"certificates": ["their-certificate"]}

Secure = Callable[..., Awaitable[SoapSource]]


@pytest.fixture
def secrets() -> dict[str, str]:
    """The secrets that a test may change."""
    return {
        "our-key": pair("hub").key,
        "our-certificate": pair("hub").cert,
        "their-certificate": pair("source").cert,
        "password": PASSWORD,
    }


@pytest.fixture
async def secure(peer: Peer, secrets: dict[str, str]) -> AsyncIterator[Secure]:
    """Makes started sources over the peer with `security` as given."""
    made: list[SoapSource] = []

    async def make(security: dict[str, Any], **changes: Any) -> SoapSource:
        source = SoapSource(
            soap_declaration(security=security, **{"limits__deadlineMs": 20_000, **changes}),
            address=peer.address,
            secrets=secrets.__getitem__,
            clock=lambda: NOW,
            uuid=lambda: "0000-uuid",
            random=lambda size: NONCE[:size],
        )
        made.append(source)
        await source.start()
        return source

    yield make
    for source in made:
        await source.close()
