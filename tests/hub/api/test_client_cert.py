"""Mutual TLS that ends at a proxy: a token is had by certificate, and opens the door with that certificate alone; from anywhere else the header is nothing."""

import base64
import json
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
import yaml
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from starlette.types import ASGIApp

from hub.demo.processes import prepare
from hub.main import create_app
from hub.settings import SettingsInvalid, read_settings
from tests.support.certificates import Pair, pair

PROXY, ELSEWHERE = "192.0.2.7", "192.0.2.8"
OWN, OTHER = pair("a-client"), pair("another-client")
QUESTION = {name: {"type": "x", "id": "x", "name": "x"} for name in ("subject", "action", "resource")}
FORM = "application/x-www-form-urlencoded"


def environment(folder: Path, **settings: str) -> dict[str, str]:
    """Of a hub whose municipal forms prove themselves by certificate."""
    own = OWN.certificate.fingerprint(hashes.SHA256()).hex(":")
    return declaring(folder, {"method": "tls_client_auth", "certificates": [own]}, **settings)


def declaring(folder: Path, proof: dict[str, Any], **settings: str) -> dict[str, str]:
    """Of a hub whose municipal forms prove themselves so."""
    processes = prepare(folder, settings)
    found = dict(processes.environment())
    file = Path(found["ONLYONCE_CATALOGUE"]) / "clients.yaml"
    declared = yaml.safe_load(file.read_text())
    client = declared["clients"]["municipal-forms"]
    del client["secretHash"]
    client |= proof
    file.write_text(json.dumps(declared))
    return found


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> ASGIApp:
    return create_app(read_settings(environment(tmp_path_factory.mktemp("mtls"), TLS_PROXIES=PROXY)))


def brought(certificate: Pair | None) -> list[tuple[bytes, bytes]]:
    if certificate is None:
        return []
    der = certificate.certificate.public_bytes(Encoding.DER)
    return [(b"client-cert", b":" + base64.b64encode(der) + b":")]


async def post(
    app: ASGIApp, path: str, body: bytes, kind: str, *, headers: list[tuple[bytes, bytes]], peer: str
) -> tuple[int, Any]:
    scope = {
        "type": "http", "method": "POST", "path": path, "raw_path": path.encode(), "query_string": b"", "client": (peer, 1),
        "headers": [(b"content-type", kind.encode()), *headers], "scheme": "http", "server": ("hub", 80), "http_version": "1.1",
    }  # fmt: skip
    said: list[Any] = []

    async def receive() -> Any:
        return {"type": "http.request", "body": body}

    async def send(message: Any) -> None:
        said.append(message)

    await app(scope, receive, send)
    return said[0]["status"], json.loads(b"".join(one.get("body", b"") for one in said[1:]))


async def token(app: ASGIApp, headers: list[tuple[bytes, bytes]], peer: str = PROXY) -> tuple[int, Any]:
    fields = {"grant_type": "client_credentials", "client_id": "municipal-forms", "scope": "evaluate"}
    return await post(app, "/oauth2/token", urlencode(fields).encode(), FORM, headers=headers, peer=peer)


async def ask(app: ASGIApp, bearer: str, headers: list[tuple[bytes, bytes]], peer: str = PROXY) -> int:
    headers = [(b"authorization", f"Bearer {bearer}".encode()), *headers]
    body = json.dumps(QUESTION).encode()
    return (await post(app, "/access/v1/evaluation", body, "application/json", headers=headers, peer=peer))[0]


async def test_the_token_opens_the_door_with_its_certificate_alone(app: ASGIApp) -> None:
    status, given = await token(app, brought(OWN))
    assert status == 200
    bearer = given["access_token"]
    assert await ask(app, bearer, brought(OWN)) == 200
    for headers in (brought(OTHER), brought(None), [*brought(OWN), *brought(OWN)], [(b"client-cert", b"::")]):
        assert await ask(app, bearer, headers) == 401
    # Whoever reaches the hub past the proxy can write any header.
    assert await ask(app, bearer, brought(OWN), ELSEWHERE) == 401


@pytest.mark.parametrize(
    ("headers", "peer"),
    [
        (brought(OWN), ELSEWHERE), (brought(OTHER), PROXY), (brought(None), PROXY), ([*brought(OTHER), *brought(OWN)], PROXY),
        ([(b"client-cert", brought(OWN)[0][1].strip(b":"))], PROXY), ([(b"client-cert", b":!!!:")], PROXY), ([(b"client-cert", b":")], PROXY),
        ([(b"client-cert-chain", brought(OWN)[0][1])], PROXY),
    ],
)  # fmt: skip
async def test_without_the_pinned_certificate_brought_by_the_proxy_there_is_no_token(
    app: ASGIApp, headers: list[tuple[bytes, bytes]], peer: str
) -> None:
    status, refused = await token(app, headers, peer)
    assert (status, refused["error"]) == (401, "invalid_client")


def test_a_client_with_certificates_that_nobody_could_bring_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(SettingsInvalid, match=r"ONLYONCE_TLS_PROXIES.*municipal-forms"):
        create_app(read_settings(environment(tmp_path)))
