"""Handles: one per subject and room, checkable by its subject, useless to anyone else."""

import itertools
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.identity import HandleProofInvalid, Handles, check_handle
from hub.identity.handles import _message
from tests.hub.identity.conftest import NUMBER, RSA_KEY

SHA = hashes.SHA256()


@pytest.fixture
def handles() -> Handles:
    return Handles(RSA_KEY)


def test_a_handle_is_always_the_same_on_every_replica(handles: Handles) -> None:
    handle = handles.of("audit", "ssin", NUMBER)
    assert handle == handles.of("audit", "ssin", NUMBER) == Handles(RSA_KEY).of("audit", "ssin", NUMBER)
    assert len(handle) == 64
    assert set(handle) <= set("0123456789abcdef")


def test_a_handle_is_another_in_another_room_of_another_scheme_or_under_another_key(handles: Handles) -> None:
    other = Handles(rsa.generate_private_key(public_exponent=65537, key_size=2048))
    found = {
        handles.of("audit", "ssin", NUMBER), handles.of("consent", "ssin", NUMBER), handles.of("audit", "enterpriseNumber", NUMBER),
        handles.of("audit", "ssin", "85073003427"), other.of("audit", "ssin", NUMBER),
    }  # fmt: skip
    assert len(found) == 5


@given(parts=st.lists(st.tuples(st.text("ab", max_size=4), st.text("ab", max_size=4), st.text("ab", max_size=4)), min_size=2, max_size=2, unique=True))  # fmt: skip
def test_no_two_questions_are_the_same_bytes(parts: list[tuple[str, str, str]]) -> None:
    assert _message(*parts[0]) != _message(*parts[1])


def test_a_subject_checks_their_handle_with_the_public_key_alone(handles: Handles) -> None:
    proof = handles.proof("audit", "ssin", NUMBER)
    assert check_handle(handles.public_key(), "audit", "ssin", NUMBER, proof) == handles.of(
        "audit", "ssin", NUMBER
    )


def test_a_proof_is_of_one_subject_room_and_scheme(handles: Handles) -> None:
    proof = handles.proof("audit", "ssin", NUMBER)
    for question in (("consent", "ssin", NUMBER), ("audit", "nrn", NUMBER), ("audit", "ssin", "85073003427")):
        with pytest.raises(HandleProofInvalid) as refused:
            check_handle(handles.public_key(), *question, proof)
        assert NUMBER not in str(refused.value)


def _signed_otherwise(
    salt: Any = 0, mgf: hashes.HashAlgorithm = SHA, digest: hashes.HashAlgorithm = SHA
) -> bytes:
    scheme = padding.PSS(mgf=padding.MGF1(mgf), salt_length=salt)
    return RSA_KEY.sign(_message("audit", "ssin", NUMBER), scheme, digest)


def test_the_key_holder_can_make_no_second_proof(handles: Handles) -> None:
    """Salted, of other hashes, of the older padding, or the same value written otherwise: all refused."""
    n = RSA_KEY.public_key().public_numbers().n
    proof = handles.proof("audit", "ssin", NUMBER)
    value = int.from_bytes(proof, "big")
    others = [
        *(_signed_otherwise(salt=salt) for salt in (1, 8, 20, 32, padding.PSS.MAX_LENGTH)),
        _signed_otherwise(mgf=hashes.SHA1()), _signed_otherwise(digest=hashes.SHA512()),  # noqa: S303
        RSA_KEY.sign(_message("audit", "ssin", NUMBER), padding.PKCS1v15(), SHA),
        b"", b"\x00" + proof, proof + b"\x00", proof[:-1], proof[::-1], bytes(256), b"\xff" * 256,
        (n - value).to_bytes(256, "big"), (n - 1).to_bytes(256, "big"), (value ^ 1).to_bytes(256, "big"),
    ]  # fmt: skip
    for other in others:
        with pytest.raises(HandleProofInvalid):
            check_handle(handles.public_key(), "audit", "ssin", NUMBER, other)


def test_a_proof_plus_the_modulus_is_refused(handles: Handles) -> None:
    n = RSA_KEY.public_key().public_numbers().n
    for number in itertools.count():
        value = int.from_bytes(handles.proof("audit", "ssin", str(number)), "big") + n
        if value < 2**2048:
            break
    else:
        raise AssertionError
    with pytest.raises(HandleProofInvalid):
        check_handle(handles.public_key(), "audit", "ssin", str(number), value.to_bytes(256, "big"))


@settings(max_examples=50, deadline=None)
@given(place=st.integers(0, 2047))
def test_a_proof_with_one_altered_bit_is_refused(place: int) -> None:
    handles = Handles(RSA_KEY)
    altered = int.from_bytes(handles.proof("audit", "ssin", NUMBER), "big") ^ (1 << place)
    with pytest.raises(HandleProofInvalid):
        check_handle(handles.public_key(), "audit", "ssin", NUMBER, altered.to_bytes(256, "big"))


def test_a_weak_or_unusual_key_is_refused(handles: Handles) -> None:
    weak = rsa.generate_private_key(public_exponent=65537, key_size=1024)  # noqa: S505
    three = rsa.generate_private_key(public_exponent=3, key_size=2048)
    for key in (weak, three):
        with pytest.raises(ValueError, match="2048"):
            Handles(key)
        with pytest.raises(HandleProofInvalid):
            check_handle(key.public_key(), "audit", "ssin", NUMBER, handles.proof("audit", "ssin", NUMBER))


def test_the_memory_of_handles_is_bounded_and_holds_no_number() -> None:
    handles = Handles(RSA_KEY, cache_size=3)
    for number in range(10):
        handles.of("audit", "ssin", f"{NUMBER}{number}")
    assert len(handles._recent) == 3
    assert not any(NUMBER.encode() in slot for slot in handles._recent)
    assert NUMBER not in repr(vars(handles))


def test_a_remembered_handle_needs_no_signature(handles: Handles, monkeypatch: pytest.MonkeyPatch) -> None:
    handle = handles.of("audit", "ssin", NUMBER)
    monkeypatch.setattr(handles, "_sign", lambda _message: pytest.fail("signed again"))
    assert handles.of("audit", "ssin", NUMBER) == handle
