"""Connections that are secured beyond what https itself does, over real TLS."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from connectors import DeclarationInvalid, SourceUnavailable
from connectors.declared import DeclaredSource
from connectors.rest import RestSource
from connectors.security import SecretFiles
from connectors.security.names import PASSWORD_TEXT
from connectors.soap import SoapSource
from tests.connectors.conftest import (
    NOW,
    Peer,
    about,
    http,
    json_http,
    reply,
    rest_declaration,
    soap_declaration,
)
from tests.support.certificates import expired, pair

TLS = {"certificate": "certificate", "key": "key", "authorities": "authorities"}
Make = Callable[..., Awaitable[DeclaredSource]]


class TlsPeer(Peer):
    """Notes who called."""

    callers: list[str]

    @property
    def address(self) -> str:
        return super().address.replace("http:", "https:")

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        subject = writer.get_extra_info("peercert")["subject"]
        self.callers.append(next(value for ((name, value),) in subject if name == "commonName"))
        await super().serve(reader, writer)


@pytest.fixture
async def peer(tmp_path: Path) -> AsyncIterator[TlsPeer]:
    """A peer that lets in whoever has a certificate of the clients' authority."""
    server = pair("server", issuer="server authority")
    (tmp_path / "server.pem").write_text(server.key + server.cert)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cadata=pair("client authority").cert)
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_cert_chain(tmp_path / "server.pem")
    found = TlsPeer()
    found.callers = []
    listening = await asyncio.start_server(found.serve, "127.0.0.1", 0, ssl=context)
    found.port = listening.sockets[0].getsockname()[1]
    yield found
    listening.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The secrets' folder, with what opens the peer."""
    place = tmp_path / "secrets"
    place.mkdir()
    client = pair("hub", issuer="client authority")
    (place / "certificate").write_text(client.cert)
    (place / "key").write_text(client.key)
    (place / "authorities").write_text(pair("server authority").cert)
    return place


@pytest.fixture
async def make(peer: TlsPeer, folder: Path) -> AsyncIterator[Make]:
    made: list[DeclaredSource] = []

    async def maker(
        kind: type[SoapSource] | type[RestSource] = SoapSource, tls: dict[str, str] = TLS, **changes: Any
    ) -> DeclaredSource:
        declare = soap_declaration if kind is SoapSource else rest_declaration
        source = kind(
            declare(tls=tls, address="https://source.test", **changes),
            address=peer.address,
            secrets=SecretFiles(folder),
            clock=lambda: NOW,
        )
        made.append(source)
        await source.start()
        return source

    yield maker
    for source in made:
        await source.close()


async def test_both_protocols_show_a_client_certificate(peer: TlsPeer, make: Make) -> None:
    peer.answer = http(reply())
    source = await make()
    assert (await source.ask(about(source))).values
    peer.answer = json_http('{"enterprise": {"name": "Bakery"}}')
    source = await make(RestSource)
    assert (await source.ask(about(source, "0123456789"))).values
    assert peer.callers == ["hub", "hub"]


async def test_the_token_endpoint_is_shown_the_certificate_where_the_declaration_says_so(
    peer: TlsPeer, make: Make, folder: Path
) -> None:
    async def answer(writer: asyncio.StreamWriter) -> None:
        is_token = peer.head.startswith("POST /token ")
        writer.write(
            json_http('{"access_token": "t-1"}' if is_token else '{"enterprise": {"name": "Bakery"}}')
        )

    peer.answer = answer
    (folder / "password").write_text("w")
    oauth = {"tokenUrl": f"https://127.0.0.1:{peer.port}/token", "clientId": "hub", "secret": "password"}
    declared = {"oauth2": oauth | {"method": "client_secret_post", "tls": True}}
    source = await make(RestSource, authentication=declared)
    assert (await source.ask(about(source, "0123456789"))).values
    assert peer.callers == ["hub", "hub"]
    assert "Authorization: Bearer t-1" in peer.head
    source = await make(RestSource, authentication={"oauth2": declared["oauth2"] | {"tls": False}})
    with pytest.raises(SourceUnavailable, match="at its token endpoint"):
        await source.ask(about(source, "0123456789"))


async def test_a_password_itself_is_sent_over_tls(peer: TlsPeer, make: Make, folder: Path) -> None:
    peer.answer = http(reply())
    (folder / "password").write_text("w<&rd")
    token = {"username": "hub", "password": "password", "type": "text"}
    source = await make(security={"usernameToken": token})
    await source.ask(about(source))
    assert f'Type="{PASSWORD_TEXT}">w&#60;&#38;rd</' in peer.body


async def test_who_shows_no_certificate_is_not_answered(peer: TlsPeer, make: Make) -> None:
    peer.answer = http(reply())
    source = await make(tls={"authorities": "authorities"})
    with pytest.raises(SourceUnavailable):
        await source.ask(about(source))
    assert peer.requests == []


async def test_a_source_of_another_authority_is_not_asked(peer: TlsPeer, make: Make, folder: Path) -> None:
    (folder / "authorities").write_text(pair("other authority").cert)
    for tls in (TLS, {"certificate": "certificate", "key": "key"}):
        source = await make(tls=tls)
        with pytest.raises(SourceUnavailable, match="its TLS certificate is not trusted"):
            await source.ask(about(source))
    assert peer.requests == []


async def test_a_certificate_that_changes_is_shown_from_the_next_call_on(
    peer: TlsPeer, make: Make, folder: Path
) -> None:
    peer.answer = http(reply())
    source = await make()
    await source.ask(about(source))
    await source.ask(about(source))
    assert peer.callers == ["hub"]
    newer = pair("newer hub", issuer="client authority")
    (folder / "certificate").write_text(newer.cert)
    await source.ask(about(source))  # its key is not there yet
    assert peer.callers == ["hub"]
    assert "is not that of the key" in source.troubles["tls"]
    (folder / "key").write_text(newer.key)
    await source.ask(about(source))
    assert peer.callers == ["hub", "newer hub"]
    assert source.troubles == {}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (("certificate", expired("hub", NOW).cert), "the certificate has expired"),
        (("certificate", pair("other").cert), "is not that of the key"),
        (("key", "nonsense"), "the key is not a private key in PEM"),
        (("authorities", "nonsense"), "holds no certificate in PEM"),
        (("authorities", None), "there is no secret authorities"),
    ],
)
async def test_secrets_that_cannot_be_used_are_a_fault_at_start_and_change_nothing_later(
    peer: TlsPeer, make: Make, folder: Path, change: tuple[str, str | None], expected: str
) -> None:
    peer.answer = http(reply())
    source = await make()
    name, text = change
    if text is None:
        (folder / name).unlink()
    else:
        (folder / name).write_text(text)
    assert (await source.ask(about(source))).values
    assert expected in source.troubles["tls"]
    with pytest.raises(DeclarationInvalid, match=expected):
        await make()


async def test_an_http_address_is_refused_where_tls_is_declared(peer: TlsPeer, folder: Path) -> None:
    source = SoapSource(
        soap_declaration(tls=TLS),
        address="http://127.0.0.1:9/",
        secrets=SecretFiles(folder),
        clock=lambda: NOW,
    )
    with pytest.raises(DeclarationInvalid, match="expected an https address"):
        await source.start()
