"""What a witness cosigns, and what it refuses, by C2SP tlog-witness."""

from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from audit import CheckpointInvalid, CheckpointSigner
from audit.checkpoints.checkpoint import Checkpoint, open_checkpoint
from audit.tree.merkle import EMPTY_ROOT
from audit.witnesses.cosignature import cosignatures_in
from audit.witnesses.witnessing import MOST_PROOF_LINES, SIZE, Submission, origin_hash
from tests.support.witnessed import NAME, ORIGIN, DictMemory, Tree, witness_of


def test_a_log_that_only_grows_is_cosigned_at_each_step() -> None:
    tree = Tree()
    witness = witness_of(tree)
    for old, size in ((0, 3), (3, 4), (4, 4), (4, 11), (11, 64)):
        given = tree.submission(old, size)
        reply = witness.add_checkpoint(given.to_bytes())
        assert (reply.status, reply.content_type.partition(";")[0]) == (200, "text/plain")
        (cosignature,) = cosignatures_in(given.note + reply.body, [witness.key])
        assert (cosignature.witness.name, cosignature.timestamp) == (NAME, 1_795_435_200)


def test_an_empty_log_can_be_cosigned_too_and_only_with_the_empty_root() -> None:
    tree = Tree()
    witness = witness_of(tree)
    assert witness.add_checkpoint(tree.submission(0, 0).to_bytes()).status == 200
    wrong = Submission(0, [], tree.signer.sign(0, bytes(32)))
    assert witness.add_checkpoint(wrong.to_bytes()).status == 409
    assert open_checkpoint(tree.note(0), ORIGIN, tree.key.public_key()).root == EMPTY_ROOT


def test_another_history_is_not_cosigned_whatever_its_size() -> None:
    tree = Tree()
    fork = Tree(tree.key, salt="fork")
    witness = witness_of(tree)
    assert witness.add_checkpoint(tree.submission(0, 5).to_bytes()).status == 200
    assert witness.add_checkpoint(fork.submission(5, 5).to_bytes()).status == 409
    for size in (6, 8, 20):
        assert witness.add_checkpoint(fork.submission(5, size).to_bytes()).status == 422
    assert witness.add_checkpoint(tree.submission(5, 6).to_bytes()).status == 200


def test_an_old_checkpoint_is_answered_with_the_size_that_is_known() -> None:
    tree = Tree()
    witness = witness_of(tree)
    witness.add_checkpoint(tree.submission(0, 9).to_bytes())
    for old, size in ((0, 4), (4, 6), (0, 9), (4, 12), (10, 12)):
        reply = witness.add_checkpoint(tree.submission(old, size).to_bytes())
        assert (reply.status, reply.body, reply.content_type) == (409, "9\n", SIZE)


def test_a_proof_that_is_longer_shorter_or_altered_is_refused() -> None:
    tree = Tree()
    witness = witness_of(tree)
    witness.add_checkpoint(tree.submission(0, 5).to_bytes())
    good = tree.submission(5, 11)
    for proof in ([], good.proof[:-1], [*good.proof, bytes(32)], good.proof[::-1], [bytes(32)] * 3):
        assert witness.add_checkpoint(replace(good, proof=proof).to_bytes()).status == 422
    assert witness.add_checkpoint(good.to_bytes()).status == 200


def test_from_nothing_there_is_nothing_to_prove() -> None:
    tree = Tree()
    given = replace(tree.submission(0, 5), proof=[bytes(32)])
    assert witness_of(tree).add_checkpoint(given.to_bytes()).status == 422


def test_a_log_that_is_not_followed_is_not_found() -> None:
    other = Tree(origin="example.org/other")
    assert witness_of(Tree()).add_checkpoint(other.submission(0, 5).to_bytes()).status == 404


def test_a_checkpoint_that_the_log_did_not_sign_is_forbidden() -> None:
    tree = Tree()
    witness, given = witness_of(tree), tree.submission(0, 5)
    by_another = Tree(Ed25519PrivateKey.generate()).note(5)
    under_another_name = by_another.replace(f"— {ORIGIN}", "— example.org/other")
    altered = given.note.replace("\n5\n", "\n6\n")
    for note in (by_another, under_another_name, altered):
        assert witness.add_checkpoint(replace(given, note=note).to_bytes()).status == 403
    both = given.note + by_another.rpartition("\n\n")[2]
    assert witness.add_checkpoint(replace(given, note=both).to_bytes()).status == 200


def test_each_key_of_a_log_that_changes_its_key_counts() -> None:
    tree, memory = Tree(), DictMemory()
    witness = witness_of(tree, memory=memory)
    later = Tree(Ed25519PrivateKey.generate())
    witness._logs()[ORIGIN].append(later.key.public_key())  # type: ignore[attr-defined]
    assert witness.add_checkpoint(tree.submission(0, 5).to_bytes()).status == 200
    assert witness.add_checkpoint(later.submission(5, 6).to_bytes()).status == 200


def test_an_old_size_beyond_the_checkpoint_is_a_bad_request() -> None:
    tree = Tree()
    given = replace(tree.submission(0, 5), old_size=6)
    assert witness_of(tree).add_checkpoint(given.to_bytes()).status == 400


@pytest.mark.parametrize(
    "change",
    [
        lambda _: b"",
        lambda body: body.replace(b"old 0\n", b"old 00\n"),
        lambda body: body.replace(b"old 0\n", b"old -1\n"),
        lambda body: body.replace(b"old 0\n", b"old\n"),
        lambda body: body.replace(b"old 0\n", b"old 0\nnot base64\n"),
        lambda body: body.replace(b"old 0\n", b"old 0\nAAAA\n"),
        lambda body: body.replace(b"old 0\n", b"old 0\n" + b"%s\n" % (b"A" * 43 + b"=") * 64),
        lambda body: body.replace(b"old 0\n\n", b"old 0\n"),
        lambda body: body[:-1],
        lambda body: body + b"\n",
        lambda body: body.replace(b"example.org", b"example\xff"),
        lambda body: body.replace(b"\n5\n", b"\n05\n"),
    ],
)
def test_a_malformed_request_is_a_bad_request(change: object) -> None:
    tree = Tree()
    body = tree.submission(0, 5).to_bytes()
    assert callable(change)
    assert witness_of(tree).add_checkpoint(change(body)).status == 400


def test_a_request_reads_back_as_it_was_written() -> None:
    given = Tree().submission(5, 11)
    read = Submission.from_bytes(given.to_bytes())
    assert (read.old_size, list(read.proof), read.note) == (5, list(given.proof), given.note)
    with pytest.raises(CheckpointInvalid):
        Submission.from_bytes(replace(given, proof=[bytes(32)] * (MOST_PROOF_LINES + 1)).to_bytes())


def test_what_is_cosigned_was_remembered_before_and_a_race_is_lost_by_one() -> None:
    tree = Tree()

    class Raced(DictMemory):
        def advance(self, checkpoint: Checkpoint, note: str, *, old_size: int) -> bool:
            self.notes[checkpoint.origin] = tree.note(9)
            return super().advance(checkpoint, note, old_size=old_size)

    reply = witness_of(tree, memory=Raced()).add_checkpoint(tree.submission(0, 5).to_bytes())
    assert (reply.status, reply.body) == (409, "9\n")


def test_whoever_monitors_a_log_is_given_what_was_cosigned_last() -> None:
    tree = Tree()
    witness = witness_of(tree)
    assert witness.latest(origin_hash(ORIGIN)).status == 404
    stranger = CheckpointSigner(ORIGIN, Ed25519PrivateKey.generate()).sign(5, bytes(32))
    given = tree.submission(0, 5)
    witness.add_checkpoint(replace(given, note=given.note + stranger.rpartition("\n\n")[2]).to_bytes())
    note = witness.latest(origin_hash(ORIGIN)).body
    assert open_checkpoint(note, ORIGIN, tree.key.public_key()).size == 5
    assert len(cosignatures_in(note, [witness.key])) == 1
    assert note.count("\n— ") == 2
