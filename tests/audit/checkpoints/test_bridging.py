"""The notice by which a log that lost entries goes on under another name."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from audit import Bridge, CheckpointInvalid, bridging
from audit.checkpoints.checkpoint import Checkpoint, open_note

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
OLD = Checkpoint("example.org/log", 9, bytes(range(32)))
NEW = Checkpoint("example.org/log/2", 7, bytes(range(32, 64)))
BRIDGE = Bridge(OLD, NEW, 1_795_435_200_000, "The disk burnt.")


def test_the_next_name_is_counted() -> None:
    names = ["a.example/log", "a.example/log/2", "a.example/log/9", "a.example/log/19", "a.example/1"]
    assert [bridging.next_origin(name).rsplit("/", 1)[1] for name in names] == ["2", "3", "10", "20", "2"]


def test_a_notice_reads_back_and_is_signed_in_both_names() -> None:
    note = BRIDGE.sign(KEY)
    assert bridging.read_bridge(note) == BRIDGE
    for name in (OLD.origin, NEW.origin):
        assert open_note(note, {name: KEY.public_key()}) == BRIDGE.text()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("\n9\n", "\n09\n"), ("/2\n7", "/ 2\n7"), ("burnt.\n", "burnt.\nmore\n"), ("1795435200000", "soon"),
        ("example.org/log/2\n7", "example.org/log\n7"), ("v1", "v2"), ("ICEi", "ICE"),
    ],
)  # fmt: skip
def test_what_is_no_notice_is_refused(old: str, new: str) -> None:
    note = BRIDGE.sign(KEY)
    assert old in note
    with pytest.raises(CheckpointInvalid):
        bridging.read_bridge(note.replace(old, new, 1))


def test_the_example_of_the_documentation_is_right() -> None:
    text = (Path(__file__).parents[3] / "docs" / "log-format.md").read_text("utf-8")
    example = text.partition("### Example of a bridge")[2].split("```")[1].lstrip("\n")
    note, _, outcome = example.rpartition("\n\n")
    assert note + "\n" == BRIDGE.sign(KEY)
    assert outcome.split()[-1] == bridging.digest(note + "\n")
