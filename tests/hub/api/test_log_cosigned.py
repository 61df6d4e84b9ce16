"""What is published of a log that witnesses cosign, and other people's reader of it."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from urllib.request import urlopen

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Engine

from audit import Cosigning, Witness, cosigned_note, metadata
from audit.checkpoints.checkpoint import read_checkpoint
from tests.audit.conftest import open_engine
from tests.audit.tree.test_tiles import grow
from tests.hub.api.test_log import VERIFIER, read_by_others, refused
from tests.support.log_server import running_log
from tests.support.witnessed import ORIGIN, Tree, witness_of

KEY = Ed25519PrivateKey.from_private_bytes(bytes(32))


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = open_engine(f"sqlite:///{tmp_path / 'log.sqlite3'}")
    metadata.create_all(engine)
    yield engine
    engine.dispose()


def cosign(engine: Engine, *witnesses: Witness) -> None:
    cosigning = Cosigning(engine, ORIGIN, lambda: [KEY.public_key()])
    for witness in witnesses:
        newest = cosigning.newest(witness.key)
        assert newest is not None
        reply = witness.add_checkpoint(cosigning.submission(newest, newest.cosigned).to_bytes())
        assert reply.status == 200
        cosigning.keep(newest.note, cosigning.check(newest.note, reply.body, witness.key))


def size_at(address: str) -> int:
    with urlopen(f"{address}/checkpoint", timeout=20) as reply:
        return read_checkpoint(reply.read().decode()).size


def test_a_reader_of_other_peoples_finds_both_cosignatures_on_what_is_published(engine: Engine) -> None:
    first, second, stranger = (witness_of(Tree(KEY), name=f"w.example/{n}") for n in "123")
    published = partial(cosigned_note, witnesses=[first.key, second.key], quorum=2)
    with running_log(engine, published=published) as address:
        grow(engine, 0, 300)
        assert refused(f"{address}/checkpoint") == (404, "resourceNotFound")
        cosign(engine, first, second)
        grow(engine, 300, 310)
        cosign(engine, first, stranger)
        assert size_at(address) == 300
        cosign(engine, second)
        assert size_at(address) == 310
        said = read_by_others(address, 300, VERIFIER, first.key.text(), second.key.text())
        assert (said.returncode, said.stdout, said.stderr) == (0, "310\n", "")
        assert "no verifiable signatures" in read_by_others(address, 300, stranger.key.text()).stderr
