"""A secured message that was refused for its token is not sent a second time as it was."""

import asyncio
import time
from itertools import count

import pytest
from lxml import etree

from connectors.security import names
from connectors.soap import SoapSource
from tests.connectors.authorisation import CLIENT, SECRET, World, running
from tests.connectors.conftest import NOW, Peer, about, http, reply, soap_declaration
from tests.support.certificates import pair

OAUTH = {"clientId": CLIENT, "method": "client_secret_basic", "secret": "client-secret"}
SECURITY = {
    "usernameToken": {"username": "hub", "password": "password"},
    "signature": {"key": "our-key", "certificate": "our-certificate"},
}
SIGNED = f"//{{{names.DS}}}SignatureValue"


@pytest.mark.parametrize("secured", [True, False])
async def test_after_a_401_a_secured_message_is_made_anew_and_another_sent_again(
    peer: Peer, *, secured: bool
) -> None:
    async def second_refused(writer: asyncio.StreamWriter) -> None:
        writer.write(http(b"", status=401) if len(peer.requests) == 2 else http(reply()))

    peer.answer = second_refused
    secrets = {
        "client-secret": SECRET, "password": "word",
        "our-key": pair("hub").key, "our-certificate": pair("hub").cert,
    }  # fmt: skip
    async with running(World()) as world:
        numbers = count()
        source = SoapSource(
            soap_declaration(
                authentication={"oauth2": {**OAUTH, "tokenUrl": world.token_url}},
                security=SECURITY if secured else None,
            ),
            address=peer.address, secrets=secrets.__getitem__, clock=lambda: NOW, uuid=lambda: f"id-{next(numbers)}",
        )  # fmt: skip
        await source.start()
        assert (await source.ask(about(source))).values
        assert source._gate is not None
        assert source._gate._tokens is not None
        source._gate._tokens._monotonic = lambda: (
            time.monotonic() + 60
        )  # a token just got would not be got again
        assert (await source.ask(about(source))).values
        await source.close()
    _, first, second = (request.partition(b"\r\n\r\n")[2] for request in peer.requests)
    assert (first != second) is secured
    if secured:
        nonces, signatures = (
            [etree.fromstring(body).findtext(f".//{{{names.WSSE}}}Nonce") for body in (first, second)],
            [etree.fromstring(body).findtext(f".{SIGNED}") for body in (first, second)],
        )
        assert len(set(nonces)) == len(set(signatures)) == 2
