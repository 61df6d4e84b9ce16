"""Cosignatures of witnesses, as C2SP tlog-cosignature has them."""

import base64
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from audit import CheckpointInvalid, CheckpointSigner
from audit.checkpoints.checkpoint import open_checkpoint, read_checkpoint, read_verifier_key
from audit.witnesses.cosignature import Cosignature, WitnessKey, check_cosignature, cosign, cosignatures_in

LOG = CheckpointSigner("example.org/log", Ed25519PrivateKey.from_private_bytes(bytes(range(32))))
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32, 64)))
NOTE = LOG.sign(7, bytes(range(32)))
TEXT = read_checkpoint(NOTE).text()
WITNESS = WitnessKey("witness.example/w1", KEY.public_key())
OTHER = WitnessKey("witness.example/w2", Ed25519PrivateKey.from_private_bytes(bytes(32)).public_key())
# The example of c2sp.org/tlog-cosignature; its keys are not published.
PUBLISHED = (
    "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n"
    "— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n"
    "— witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==\n"
)


def made(at: int = 1_795_435_200) -> Cosignature:
    return cosign(TEXT, WITNESS.name, KEY, at)


def test_a_cosignature_is_over_the_time_and_the_whole_text_of_the_checkpoint() -> None:
    message = b"cosignature/v1\ntime 1795435200\n" + TEXT.encode()
    WITNESS.key.verify(made().signature, message)


def test_its_line_holds_key_id_time_and_signature() -> None:
    line = made().line()
    assert line.startswith("— witness.example/w1 ")
    decoded = base64.b64decode(line.split(" ")[2])
    assert (decoded[:4], int.from_bytes(decoded[4:12]), len(decoded)) == (WITNESS.id, 1_795_435_200, 76)


def test_it_is_found_under_the_note_beside_the_signatures_of_others() -> None:
    foreign = cosign(TEXT, OTHER.name, Ed25519PrivateKey.generate(), 1).line()
    (found,) = cosignatures_in(NOTE + foreign + made().line(), [WITNESS])
    assert (found.witness, found.timestamp) == (WITNESS, 1_795_435_200)


def test_of_two_by_one_witness_the_later_counts_once() -> None:
    for lines in ((made(5), made(9)), (made(9), made(5))):
        (found,) = cosignatures_in(NOTE + "".join(one.line() for one in lines), [WITNESS])
        assert found.timestamp == 9


def test_the_published_example_has_the_shape_that_is_read_here() -> None:
    assert read_checkpoint(PUBLISHED).size == 20_852_163
    assert cosignatures_in(PUBLISHED, [WITNESS]) == []
    stamped = base64.b64decode(PUBLISHED.rsplit(" ", maxsplit=1)[-1])[4:]
    assert int.from_bytes(stamped[:8]) == 1_679_315_147
    assert Cosignature(WITNESS, 1_679_315_147, stamped[8:]).to_bytes() == stamped


@pytest.mark.parametrize("at", range(72))
def test_no_byte_of_it_can_be_changed(at: int) -> None:
    stamped = bytearray(made().to_bytes())
    stamped[at] ^= 0x80
    with pytest.raises(CheckpointInvalid):
        check_cosignature(TEXT, bytes(stamped), WITNESS)


def test_its_time_is_one_that_there_is() -> None:
    assert check_cosignature(TEXT, made(2**63 - 1).to_bytes(), WITNESS).timestamp == 2**63 - 1
    with pytest.raises(CheckpointInvalid, match="a time that there is not"):
        check_cosignature(TEXT, made(2**63).to_bytes(), WITNESS)


def test_it_is_of_no_other_text_key_or_length() -> None:
    stamped = made().to_bytes()
    assert check_cosignature(TEXT, stamped, WITNESS).timestamp == 1_795_435_200
    for text, given, witness in (
        (TEXT.replace("7", "8"), stamped, WITNESS),
        (TEXT, stamped, OTHER),
        (TEXT, stamped[:-1], WITNESS),
        (TEXT, stamped + b"\0", WITNESS),
    ):
        with pytest.raises(CheckpointInvalid):
            check_cosignature(text, given, witness)


def test_a_wrong_one_of_a_known_witness_spoils_the_note() -> None:
    stale = cosign(TEXT.replace("7", "8"), WITNESS.name, KEY, 1).line()
    with pytest.raises(CheckpointInvalid, match="is wrong"):
        cosignatures_in(NOTE + stale, [WITNESS])


def test_a_witness_is_known_by_a_verifier_key_of_its_own_type() -> None:
    assert WitnessKey.read(WITNESS.text()).id == WITNESS.id
    name, key_id, encoded = WITNESS.text().split("+", 2)
    assert base64.b64decode(encoded)[0] == 4
    signer = base64.b64encode(b"\x01" + base64.b64decode(encoded)[1:]).decode()
    for text in (f"{name}+{key_id}+{signer}", f"{name}+00000000+{encoded}", f"a b+{key_id}+{encoded}", ""):
        with pytest.raises(CheckpointInvalid):
            WitnessKey.read(text)


def test_the_example_of_the_documentation_is_right() -> None:
    text = (Path(__file__).parents[3] / "docs" / "log-format.md").read_text("utf-8")
    example = text.partition("### Example of a cosignature")[2].split("```")[1]
    note, _, keys = example.lstrip("\n").rpartition("\n\n")
    log, witness = (line.split("  ")[-1].strip() for line in keys.strip().split("\n"))
    origin, public = read_verifier_key(log)
    assert open_checkpoint(note + "\n", origin, public).size == 7
    (found,) = cosignatures_in(note + "\n", [WitnessKey.read(witness)])
    assert found.timestamp == 1_795_435_200
    assert (note + "\n", witness) == (NOTE + made().line(), WITNESS.text())
