"""Keys, certificates and passwords change while sources are asked."""

import asyncio
import logging
import os
from pathlib import Path

import pytest
from lxml import etree

from connectors import ContractBroken
from connectors.security import SecretFiles, names
from connectors.security.rotating import Rotating, Unusable
from tests.connectors.conftest import NOW, Peer, about, http, reply
from tests.connectors.security import signing
from tests.connectors.security.conftest import SIGNATURE, VERIFY, Secure
from tests.support.certificates import expired, pair


def token(peer: Peer) -> str:
    """The certificate that the last request told."""
    root = etree.fromstring(peer.requests[-1].partition(b"\r\n\r\n")[2])
    return next(root.iter(f"{{{names.WSSE}}}BinarySecurityToken")).text or ""


def in_der(certificate: str) -> str:
    return "".join(certificate.split("\n")[1:-2])


async def test_requests_are_signed_with_the_new_key_once_it_and_its_certificate_are_there(
    secure: Secure, peer: Peer, secrets: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    peer.answer = http(reply())
    source = await secure({"signature": SIGNATURE})
    await source.ask(about(source))
    assert token(peer) == in_der(pair("hub").cert)
    secrets["our-key"] = pair("newer hub").key
    for _ in range(3):
        await source.ask(about(source))
        assert token(peer) == in_der(pair("hub").cert)
    assert list(source.troubles) == ["security.signature"]
    secrets["our-key"] = pair("hub").key
    await source.ask(about(source))
    assert source.troubles == {}
    secrets["our-key"] = pair("newer hub").key
    assert len(caplog.records) == 1
    assert "PRIVATE" not in caplog.text
    secrets["our-certificate"] = pair("newer hub").cert
    await source.ask(about(source))
    assert token(peer) == in_der(pair("newer hub").cert)
    assert source.troubles == {}


async def test_an_expired_certificate_does_not_replace_one_that_works(
    secure: Secure, peer: Peer, secrets: dict[str, str]
) -> None:
    peer.answer = http(reply())
    source = await secure({"signature": SIGNATURE})
    secrets["our-certificate"] = expired("hub", NOW).cert
    await source.ask(about(source))
    assert token(peer) == in_der(pair("hub").cert)
    assert source.troubles == {"security.signature": "the certificate has expired"}
    health = source.health()
    assert (health.state, health.works) == ("degraded", False)
    assert health.cause == "a changed secret is not in use: security.signature: the certificate has expired"
    secrets["our-certificate"] = pair("hub").cert
    await source.ask(about(source))
    assert source.health().works


async def test_answers_are_verified_by_the_new_certificate(
    secure: Secure, peer: Peer, secrets: dict[str, str]
) -> None:
    source = await secure({"verify": VERIFY})
    peer.answer = http(signing.raw(signing.sign(signing.unsigned(), pair("newer source"))))
    with pytest.raises(ContractBroken):
        await source.ask(about(source))
    secrets["their-certificate"] = "nonsense"
    with pytest.raises(ContractBroken):
        await source.ask(about(source))
    assert list(source.troubles) == ["security.verify"]
    secrets["their-certificate"] = pair("newer source").cert
    assert (await source.ask(about(source))).values
    peer.answer = http(signing.raw(signing.signed()))
    with pytest.raises(ContractBroken):
        await source.ask(about(source))


async def test_a_password_changes(secure: Secure, peer: Peer, secrets: dict[str, str]) -> None:
    peer.answer = http(reply())
    source = await secure({"usernameToken": {"username": "hub", "password": "password"}})
    await source.ask(about(source))
    before = peer.body
    await source.ask(about(source))
    assert peer.body == before
    secrets["password"] = "another"
    await source.ask(about(source))
    assert peer.body != before
    before = peer.body
    secrets["password"] = ""
    await source.ask(about(source))
    assert peer.body == before
    assert source.troubles == {"security.usernameToken": "is empty"}


async def test_a_secret_inside_the_request_changes(
    secure: Secure, peer: Peer, secrets: dict[str, str]
) -> None:
    peer.answer = http(reply())
    request = {"Number": "{subject}", "Part": ["{secret:password}"]}
    source = await secure({"signature": SIGNATURE}, request=request)
    await source.ask(about(source))
    assert ">pass&lt;&amp;&gt;wörd</" in peer.body
    secrets["password"] = "another"
    await source.ask(about(source))
    assert ">another</" in peer.body
    secrets["password"] = "\x00"
    await source.ask(about(source))
    assert ">another</" in peer.body
    assert "cannot be sent" in source.troubles["request"]


async def test_calls_under_way_while_keys_change_are_all_answered(
    secure: Secure, peer: Peer, secrets: dict[str, str]
) -> None:
    peer.answer = http(signing.raw(signing.signed()))
    source = await secure({"signature": SIGNATURE, "verify": VERIFY})
    pairs = [pair("hub"), pair("newer hub")]

    async def rotate() -> None:
        for turn in range(20):
            await asyncio.sleep(0.005)
            secrets["our-key"] = pairs[turn % 2].key
            await asyncio.sleep(0.005)
            secrets["our-certificate"] = pairs[turn % 2].cert

    rotating = asyncio.create_task(rotate())
    while not rotating.done():
        readings = await asyncio.gather(*[source.ask(about(source)) for _ in range(8)])
        assert all(reading.values for reading in readings)
    await rotating


def test_a_file_is_read_again_when_it_changes_and_not_otherwise(tmp_path: Path) -> None:
    secrets, path = SecretFiles(tmp_path), tmp_path / "word"
    path.write_text(" one\n")
    os.utime(path, (1, 1))
    first = secrets("word")
    assert first == "one"
    assert secrets("word") is first
    path.write_text("two\n")
    assert secrets("word") == "two"
    (tmp_path / "next").write_text("three\n")
    (tmp_path / "next").rename(path)
    assert secrets("word") == "three"
    path.unlink()
    with pytest.raises(LookupError):
        secrets("word")


def test_a_file_that_changes_twice_within_a_tick_of_its_clock_is_read_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing but its content tells then that it is another. Later changes show in its times."""
    secrets, path = SecretFiles(tmp_path), tmp_path / "word"
    path.write_text("one")
    status = path.stat()
    monkeypatch.setattr(Path, "stat", lambda *_: status)
    assert secrets("word") == "one"
    path.write_text("two")
    assert secrets("word") == "two"
    monkeypatch.setattr(
        "connectors.security.secret_files.time.time_ns", lambda: status.st_ctime_ns + 3 * 10**9
    )
    assert secrets("word") == "two"
    path.unlink()
    assert secrets("word") == "two"


@pytest.mark.parametrize("name", ["../word", "", ".", "..", "folder", "absent", "binary", "\0"])
def test_what_is_no_secret_is_never_read(tmp_path: Path, name: str) -> None:
    (tmp_path / "word").write_text("one")
    below = tmp_path / "secrets"
    (below / "folder").mkdir(parents=True)
    (below / "binary").write_bytes(b"\xff\xfe")
    with pytest.raises(LookupError):
        SecretFiles(below)(name)
    with pytest.raises(LookupError):
        SecretFiles(None)("word")


def test_what_could_not_be_made_is_tried_again_after_a_while_and_reported_once(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    now, ready = [0.0], [False]
    monkeypatch.setattr("connectors.security.rotating.time.monotonic", lambda: now[0])
    tries: list[str] = []

    def make(text: str) -> str:
        tries.append(text)
        if text == "new" and not ready[0]:
            raise Unusable("is not valid yet")
        return text.upper()

    kept = {"a": "old"}
    rotating = Rotating("persons", ("tls",), ("a",), kept.__getitem__, make)
    kept["a"] = "new"
    caplog.set_level(logging.WARNING)
    for at in (0.0, 1.0, 29.0, 30.0, 31.0):
        now[0] = at
        assert rotating.current() == "OLD"
    assert tries == ["old", "new", "new"]
    assert [record.levelname for record in caplog.records] == ["ERROR"]
    ready[0], now[0] = True, 60.0
    assert rotating.current() == "NEW"
    assert rotating.trouble is None
