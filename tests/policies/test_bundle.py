"""A policy set as one signed file: made the same each time, and read only as it was signed."""

import gzip
import io
import json
import tarfile
from collections.abc import Callable
from datetime import timedelta, timezone
from pathlib import Path

import pytest

from policies import PolicyInvalid, PolicySet, build_bundle, policy_set, read_bundle, read_policies
from policies.bundle import MAX_FILES, MAX_PACKED, MAX_UNPACKED
from policies.signing import KEY_ID, SigningKey
from tests.policies import bundles
from tests.policies.bundles import BUILT, ED_KEY, KEY, TAMPERED, a_set, built, packed, signed, unpacked


def read(folder: Path, data: bytes, key: SigningKey = KEY) -> PolicySet:
    """Read a bundle as the hub does."""
    path = folder / "bundle.tar.gz"
    path.write_bytes(data)
    return read_bundle(path, key.verification_key)


def refusal(folder: Path, data: bytes, key: SigningKey = KEY) -> str:
    """What is said of a bundle that is refused, after the file's name."""
    with pytest.raises(PolicyInvalid) as refused:
        read(folder, data, key)
    (line,) = str(refused.value).splitlines()
    assert line.startswith(f"{folder / 'bundle.tar.gz'}: ")
    return line.removeprefix(f"{folder / 'bundle.tar.gz'}: ")


@pytest.mark.parametrize("key", [KEY, ED_KEY], ids=["ES256", "EdDSA"])
def test_what_is_read_is_what_was_built(key: SigningKey, built_in: PolicySet, tmp_path: Path) -> None:
    back = read(tmp_path, built(built_in, key), key)
    assert back == built_in
    assert dict(back.modules) == dict(built_in.modules)
    assert back.built_at == BUILT


@pytest.mark.parametrize("key", [KEY, ED_KEY], ids=["ES256", "EdDSA"])
def test_the_same_set_key_and_time_make_the_same_bytes(key: SigningKey) -> None:
    elsewhere = BUILT.astimezone(timezone(timedelta(hours=2)))
    assert build_bundle(a_set(), key, BUILT) == build_bundle(a_set(), key, elsewhere)
    assert build_bundle(a_set(), key, BUILT + timedelta(seconds=1)) != build_bundle(a_set(), key, BUILT)


def test_the_manifest_says_what_opa_and_an_auditor_need() -> None:
    files = unpacked(built())
    assert json.loads(files[".manifest"]) == {
        "revision": a_set().revision,
        "roots": ["onlyonce"],
        "rego_version": 1,
        "metadata": {"builtAt": "2026-03-01T12:00:00Z"},
    }
    assert json.loads(files["data.json"]) == {"onlyonce": {"revision": a_set().revision}}


def test_nothing_tells_who_built_it_where() -> None:
    with tarfile.open(fileobj=io.BytesIO(built()), mode="r:gz") as tar:
        for one in tar:
            assert (one.mtime, one.uid, one.gid, one.uname, one.gname, one.mode) == (0, 0, 0, "", "", 0o644)


@pytest.mark.parametrize("data", TAMPERED.values(), ids=TAMPERED)
def test_a_bundle_that_is_not_what_the_key_signed_is_refused_by_name(data: bytes, tmp_path: Path) -> None:
    assert refusal(tmp_path, data)


def test_each_refusal_says_what_is_wrong(tmp_path: Path) -> None:
    assert refusal(tmp_path, TAMPERED["altered module"]) == "more/part.rego is not as it was signed"
    assert refusal(tmp_path, TAMPERED["added file"]) == "holds a file that its signature does not name"
    assert refusal(tmp_path, TAMPERED["removed file"]) == "lacks a file that its signature names"
    assert refusal(tmp_path, TAMPERED["unsigned"]) == "is not signed"
    assert refusal(tmp_path, built(), ED_KEY) == "is not signed by the key that was given"


def member(name: str, kind: bytes = tarfile.REGTYPE, target: str = "") -> tarfile.TarInfo:
    """A member of a tar that no honest bundle has."""
    made = tarfile.TarInfo(name)
    made.type, made.linkname = kind, target
    return made


def with_member(extra: tarfile.TarInfo, data: bytes = b"") -> bytes:
    """A good bundle with one more member."""
    files = [(tarfile.TarInfo(name), content) for name, content in unpacked(built()).items()]
    return bundles.packed_members([*files, (extra, data)])


HOSTILE: dict[str, Callable[[], bytes]] = {
    "a path out of it": lambda: with_member(member("../outside.rego"), b"package onlyonce"),
    "a path out of it, further in": lambda: with_member(member("a/../../outside.rego"), b"package onlyonce"),
    "an absolute path, twice over": lambda: with_member(member("//etc/x.rego"), b"package onlyonce"),
    "a backslash": lambda: with_member(member("a\\b.rego"), b"package onlyonce"),
    "a symbolic link": lambda: with_member(member("link.rego", tarfile.SYMTYPE, "/etc/passwd")),
    "a hard link": lambda: with_member(member("link.rego", tarfile.LNKTYPE, "decision.rego")),
    "a device": lambda: with_member(member("dev.rego", tarfile.CHRTYPE)),
    "a folder": lambda: with_member(member("folder", tarfile.DIRTYPE)),
    "a file twice": lambda: packed([*unpacked(built()).items(), ("decision.rego", b"package onlyonce")]),
    "a file twice, once from the root": lambda: packed([*unpacked(built()).items(), ("/decision.rego", b"package onlyonce")]),
    "a test": lambda: packed(signed({**unpacked(built()), "decision_test.rego": b"package onlyonce_test"})),
    "something other than policies": lambda: packed(signed({**unpacked(built()), "policy.wasm": b"\0asm"})),
    "data of its own": lambda: packed(signed({**unpacked(built()), "data.json": b'{"onlyonce": {"revision": "x", "y": 1}}'})),
    "data below": lambda: packed(signed({**unpacked(built()), "more/data.json": b"{}"})),
    "a name twice in JSON": lambda: packed({**unpacked(built()), ".manifest": b'{"revision": "a", "revision": "b"}'}),
    "a revision that is not its hash": lambda: packed(
        signed({**unpacked(built()), "more/part.rego": b"package onlyonce.part\n\nx := 3\n"})
    ),
    "no time": lambda: packed(signed({**unpacked(built()), ".manifest": _without_metadata()})),
    "two signatures": lambda: packed({**unpacked(built()), ".signatures.json": _twice()}),
    "a signature of files by a weaker hash": lambda: packed(signed(unpacked(built()), _listed("MD5"))),
    "a signature for another scope": lambda: packed(signed(unpacked(built()), {**_listed("SHA-256"), "scope": "write"})),
    "too many files": lambda: packed([(f"m{n}.rego", b"") for n in range(MAX_FILES + 1)]),
    "one that is too large unpacked": lambda: gzip.compress(bytes(MAX_UNPACKED + 1)),
    "one that is too large": lambda: bytes(MAX_PACKED + 1),
    "nothing": lambda: b"",
    "no gzip": lambda: b"PK\3\4" + bytes(100),
    "no tar": lambda: gzip.compress(b"hello" * 500),
    "a tar cut off": lambda: gzip.compress(gzip.decompress(built())[:1000]),
    "a gzip cut off": lambda: built()[:-200],
}  # fmt: skip


def _without_metadata() -> bytes:
    said = json.loads(unpacked(built())[".manifest"])
    del said["metadata"]
    return json.dumps(said).encode()


def _twice() -> bytes:
    said = json.loads(unpacked(built())[".signatures.json"])
    return json.dumps({"signatures": said["signatures"] * 2}).encode()


def _listed(algorithm: str) -> dict[str, object]:
    files = json.loads(unpacked(built())[".manifest"]) and unpacked(built())
    listed = unpacked(packed(signed(files)))
    return {
        "files": [{"name": name, "hash": "0", "algorithm": algorithm} for name in listed],
        "keyid": KEY_ID,
    }


@pytest.mark.parametrize("make", HOSTILE.values(), ids=HOSTILE)
def test_a_bundle_with_what_no_bundle_needs_is_refused(make: Callable[[], bytes], tmp_path: Path) -> None:
    assert refusal(tmp_path, make())


def test_every_byte_of_the_content_counts(tmp_path: Path) -> None:
    content = bytearray(gzip.decompress(built()))
    with tarfile.open(fileobj=io.BytesIO(bytes(content)), mode="r:") as tar:
        bodies = [(one.offset_data, one.size) for one in tar]
    for start, size in bodies:
        for at in range(start, start + size, 41):
            flipped = bytearray(content)
            flipped[at] ^= 1
            assert refusal(tmp_path, gzip.compress(bytes(flipped), 1))


def test_signed_policies_are_screened_like_any_other(tmp_path: Path) -> None:
    files = {**unpacked(built()), "more/part.rego": b"package onlyonce.part\n\nx := time.now_ns()\n"}
    assert (
        refusal(tmp_path, packed(signed(files)))
        == "more/part.rego:3: `time.now_ns` reads the clock: the time is input"
    )


def test_a_name_that_no_bundle_holds_is_refused_when_built() -> None:
    with pytest.raises(PolicyInvalid, match=r"a b\.rego: a bundle has no place for this name"):
        build_bundle(policy_set({"a b.rego": "package onlyonce\nx := 1"}), KEY, BUILT)


def test_where_a_key_is_set_nothing_unsigned_is_read(tmp_path: Path) -> None:
    (tmp_path / "a.rego").write_text("package onlyonce\nx := 1\n")
    (tmp_path / "key.pub").write_bytes(bundles.public_pem(KEY))
    for path in (None, tmp_path):
        with pytest.raises(PolicyInvalid, match="is no signed bundle, and a key is set"):
            read_policies(path, key=tmp_path / "key.pub")


def test_a_bundle_is_not_read_without_a_key(tmp_path: Path) -> None:
    (tmp_path / "bundle.tar.gz").write_bytes(built())
    with pytest.raises(PolicyInvalid, match=r"bundle\.tar\.gz: is a bundle, and there is no key"):
        read_policies(tmp_path / "bundle.tar.gz")
