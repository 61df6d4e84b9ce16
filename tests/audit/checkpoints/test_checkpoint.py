"""Checkpoints and signed notes, against notes that others published."""

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from audit import CheckpointInvalid, CheckpointSigner
from audit.checkpoints.checkpoint import (
    Checkpoint,
    key_id,
    open_checkpoint,
    open_note,
    parse_checkpoint,
    read_checkpoint,
    read_verifier_key,
    sign_note,
    verifier_key,
)

# From Go's golang.org/x/mod/sumdb/note, and from the documentation of C2SP's other implementations.
PUBLISHED = {
    "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW": (
        "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n\n"
        "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
    ),
    "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k": (
        "This is an example message.\n\n"
        "— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n"
    ),
}
# The example of c2sp.org/tlog-checkpoint; its key is not published.
CHECKPOINT = (
    "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n"
    "— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n"
)
ORIGIN = "example.org/log"
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
ROOT = bytes(range(32))


@pytest.fixture
def note() -> str:
    return CheckpointSigner(ORIGIN, KEY).sign(7, ROOT)


@pytest.mark.parametrize("verifier", PUBLISHED)
def test_a_published_note_opens_with_its_published_key(verifier: str) -> None:
    name, hint, key = verifier.split("+", 2)
    public = Ed25519PublicKey.from_public_bytes(base64.b64decode(key)[1:])
    assert key_id(name, public).hex() == hint
    text = PUBLISHED[verifier].rpartition("\n\n")[0] + "\n"
    assert open_note(PUBLISHED[verifier], {name: public}) == text


@pytest.mark.parametrize("verifier", PUBLISHED)
def test_a_published_note_whose_text_was_changed_does_not_open(verifier: str) -> None:
    name, _, key = verifier.split("+", 2)
    public = Ed25519PublicKey.from_public_bytes(base64.b64decode(key)[1:])
    with pytest.raises(CheckpointInvalid):
        open_note("x" + PUBLISHED[verifier], {name: public})


def test_the_published_checkpoint_is_read_as_it_says() -> None:
    root = base64.b64decode("CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=")
    checkpoint = Checkpoint("example.com/behind-the-sofa", 20852163, root)
    assert read_checkpoint(CHECKPOINT) == checkpoint
    assert CHECKPOINT.startswith(checkpoint.text() + "\n")


def test_a_signed_checkpoint_opens_with_the_public_key_and_is_the_same_each_time(note: str) -> None:
    assert open_checkpoint(note, ORIGIN, KEY.public_key()) == Checkpoint(ORIGIN, 7, ROOT)
    assert CheckpointSigner(ORIGIN, KEY).sign(7, ROOT) == note


def test_no_character_of_a_checkpoint_can_be_changed(note: str) -> None:
    for at, old in enumerate(note):
        for new in {"A", "0", "\n"} - {old}:
            with pytest.raises(CheckpointInvalid):
                open_checkpoint(note[:at] + new + note[at + 1 :], ORIGIN, KEY.public_key())


def test_signatures_of_unknown_keys_are_ignored_and_one_of_the_known_key_must_hold(note: str) -> None:
    stranger = Ed25519PrivateKey.generate()
    text = note.rpartition("\n\n")[0] + "\n"
    witnessed = note + sign_note(text, "witness.example", stranger).splitlines()[-1] + "\n"
    assert open_checkpoint(witnessed, ORIGIN, KEY.public_key()).size == 7
    with pytest.raises(CheckpointInvalid, match="no known key"):
        open_checkpoint(note, ORIGIN, stranger.public_key())
    forged = sign_note(text, ORIGIN, KEY).replace("— " + ORIGIN + " ", "— " + ORIGIN + " ")
    signature = bytearray(base64.b64decode(forged.split()[-1]))
    signature[-1] ^= 1
    bad = f"— {ORIGIN} {base64.b64encode(signature).decode()}\n"
    with pytest.raises(CheckpointInvalid, match="wrong"):
        open_checkpoint(note + bad, ORIGIN, KEY.public_key())


def test_another_logs_checkpoint_is_refused(note: str) -> None:
    text = note.rpartition("\n\n")[0] + "\n"
    elsewhere = sign_note(text.replace(ORIGIN, "example.org/other"), ORIGIN, KEY)
    with pytest.raises(CheckpointInvalid, match="another log"):
        open_checkpoint(elsewhere, ORIGIN, KEY.public_key())


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a\n1\n",
        f"a\n01\n{base64.b64encode(ROOT).decode()}\n",
        f"a\n-1\n{base64.b64encode(ROOT).decode()}\n",
        f"a\n1\n{base64.b64encode(ROOT[1:]).decode()}\n",
        f"a\n1\n{base64.b64encode(ROOT).decode()}\n\n",
        f"\n1\n{base64.b64encode(ROOT).decode()}\n",
        f"a\n1\n{base64.b64encode(ROOT).decode()}",
        f"a\n1\n{base64.b64encode(ROOT).decode()[:-2]}q=\n",
    ],
)
def test_a_text_that_is_no_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(CheckpointInvalid):
        parse_checkpoint(text)


@pytest.mark.parametrize("origin", ["", "a b", "a+b", "a\nb"])
def test_an_origin_that_would_break_a_note_is_refused(origin: str) -> None:
    with pytest.raises(CheckpointInvalid):
        CheckpointSigner(origin, KEY)


def test_an_empty_trees_checkpoint_says_zero() -> None:
    assert parse_checkpoint(Checkpoint("a", 0, ROOT).text()).size == 0


def test_a_verifier_key_is_read_back_and_one_that_was_changed_is_refused() -> None:
    key = Ed25519PrivateKey.generate().public_key()
    text = verifier_key("example.org/log", key)
    name, read = read_verifier_key(text + "\n")
    assert (name, read.public_bytes_raw()) == ("example.org/log", key.public_bytes_raw())
    for wrong in (text[1:], text[:-4], text.replace("+", "-"), text.replace("+", "+0", 1), ""):
        with pytest.raises(CheckpointInvalid):
            read_verifier_key(wrong)
