"""What a call does not do: the contract is read at start, once, in a thread; no call reads a file or builds anything of zeep."""

import asyncio
import shutil
import threading
from pathlib import Path

import pytest
import zeep

from connectors import Reading
from connectors.folder import Folder
from connectors.soap import SoapSource
from tests.connectors.conftest import CONTRACTS, NOW, Peer, about, http, reply, soap_declaration

CALLS = 60


@pytest.fixture
def read_in(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The thread of each read of a contract's document."""
    threads: list[str] = []
    read = Folder.read

    def noting(self: Folder, location: str) -> tuple[Path, bytes]:
        threads.append(threading.current_thread().name)
        return read(self, location)

    monkeypatch.setattr(Folder, "read", noting)
    return threads


def made(folder: Path, peer: Peer) -> SoapSource:
    shutil.copytree(CONTRACTS, folder, dirs_exist_ok=True)
    peer.answer = http(reply())
    declaration = soap_declaration(folder=folder, validateReply=True)
    return SoapSource(declaration, address=peer.address, secrets=str, clock=lambda: NOW)


async def ask_often(source: SoapSource) -> None:
    readings = await asyncio.gather(*(source.ask(about(source)) for _ in range(CALLS)))
    assert all(isinstance(reading, Reading) for reading in readings)


async def test_no_call_reads_the_contract(
    tmp_path: Path, peer: Peer, read_in: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    source = made(tmp_path, peer)
    await source.start()
    assert read_in
    assert threading.main_thread().name not in read_in
    read_in.clear()
    shutil.rmtree(tmp_path)
    monkeypatch.delattr(zeep, "Client")
    await ask_often(source)
    assert not read_in
    await source.close()


async def test_calls_that_come_before_the_start_wait_for_one_reading_of_the_contract(
    tmp_path: Path, peer: Peer, read_in: list[str]
) -> None:
    once = made(tmp_path, peer)
    await once.start()
    documents = len(read_in)
    await once.close()
    read_in.clear()
    source = made(tmp_path, peer)
    await ask_often(source)
    assert len(read_in) == documents
    assert threading.main_thread().name not in read_in
    await source.close()
