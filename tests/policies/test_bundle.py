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


PLAIN, POLICY, TWICE = (
    "holds something other than plain files",
    "holds a file that is no policy",
    "holds a file twice",
)
NO_TAR, NO_BUNDLE, NO_JSON = (
    "is not a gzipped tar",
    "its signature is not one of a bundle",
    "holds JSON that cannot be read",
)
NOT_ITS = "its manifest or its data is not that of its policies"
NO_TIME = "its manifest does not say when it was built (metadata.builtAt)"
REGO = b"package onlyonce"

HOSTILE: dict[str, tuple[str, Callable[[], bytes]]] = {
    "a path out of it": (POLICY, lambda: with_member(member("../outside.rego"), REGO)),
    "a path out of it, further in": (POLICY, lambda: with_member(member("a/../../outside.rego"), REGO)),
    "an absolute path, twice over": (POLICY, lambda: with_member(member("//etc/x.rego"), REGO)),
    "a backslash": (POLICY, lambda: with_member(member("a\\b.rego"), REGO)),
    "a symbolic link": (PLAIN, lambda: with_member(member("link.rego", tarfile.SYMTYPE, "/etc/passwd"))),
    "a hard link": (PLAIN, lambda: with_member(member("link.rego", tarfile.LNKTYPE, "decision.rego"))),
    "a device": (PLAIN, lambda: with_member(member("dev.rego", tarfile.CHRTYPE))),
    "a folder": (PLAIN, lambda: with_member(member("folder", tarfile.DIRTYPE))),
    "a file with holes": (PLAIN, lambda: with_member(holes(), b"0\n")),
    "a file twice": (TWICE, lambda: packed([*unpacked(built()).items(), ("decision.rego", REGO)])),
    "a file twice, once from the root": (TWICE, lambda: packed([*unpacked(built()).items(), ("/decision.rego", REGO)])),
    "a test": (POLICY, lambda: resigned({"decision_test.rego": b"package onlyonce_test"})),
    "something other than policies": (POLICY, lambda: resigned({"policy.wasm": b"\0asm"})),
    "data of its own": (NOT_ITS, lambda: resigned({"data.json": b'{"onlyonce": {"revision": "x", "y": 1}}'})),
    "data below": (POLICY, lambda: resigned({"more/data.json": b"{}"})),
    "other roots": (NOT_ITS, lambda: resigned({".manifest": manifest_with(roots=[""])})),
    "Rego of another version": (NOT_ITS, lambda: resigned({".manifest": manifest_with(rego_version=0)})),
    "a WebAssembly module": (NOT_ITS, lambda: resigned({".manifest": manifest_with(wasm=[])})),
    "a revision that is not its hash": (
        NOT_ITS, lambda: resigned({"more/part.rego": b"package onlyonce.part\n\nx := 3\n"}),
    ),
    "text that is no UTF-8": ("more/part.rego is not UTF-8", lambda: resigned({"more/part.rego": b"\xff"})),
    "no time": (NO_TIME, lambda: resigned({".manifest": manifest_with(metadata={})})),
    "a time without a zone": (
        NO_TIME, lambda: resigned({".manifest": manifest_with(metadata={"builtAt": "2026-03-01T12:00:00"})}),
    ),
    "what is no time": (NO_TIME, lambda: resigned({".manifest": manifest_with(metadata={"builtAt": "now"})})),
    "a name twice in JSON": (NO_JSON, lambda: packed({**unpacked(built()), ".manifest": b'{"roots": 1, "roots": 2}'})),
    "a number that is none": (NO_JSON, lambda: packed({**unpacked(built()), ".manifest": b'{"roots": NaN}'})),
    "JSON too deep": (NO_JSON, lambda: packed({**unpacked(built()), ".manifest": b'{"a":' * 100_000})),
    "two signatures": ("does not have exactly one signature", lambda: packed({**unpacked(built()), ".signatures.json": twice()})),
    "a signature by a weaker hash": (NO_BUNDLE, lambda: claiming(lambda files: [one.update(algorithm="MD5") for one in files])),
    "a signature that names a file twice": (NO_BUNDLE, lambda: claiming(lambda files: files.append(dict(files[0])))),
    "a signature of no files": (NO_BUNDLE, lambda: packed(signed(unpacked(built()), {"keyid": KEY_ID}))),
    "a signature for another scope": (NO_BUNDLE, lambda: claiming(lambda _: None, scope="write")),
    "too many files": (
        "holds too many files, or too large ones", lambda: packed([(f"m{n}.rego", b"") for n in range(MAX_FILES + 1)]),
    ),
    "one that is too large unpacked": ("is too large unpacked", lambda: gzip.compress(bytes(MAX_UNPACKED + 1))),
    "one that is too large": ("is too large", lambda: bytes(MAX_PACKED + 1)),
    "nothing": (NO_TAR, lambda: gzip.compress(b"")),
    "no file at all": (NO_TAR, lambda: b""),
    "no gzip": (NO_TAR, lambda: b"PK\3\4" + bytes(100)),
    "no tar": (NO_TAR, lambda: gzip.compress(b"hello" * 500)),
    "a tar cut off": ("is not signed", lambda: gzip.compress(gzip.decompress(built())[:1100])),
    "a gzip cut off": (NO_TAR, lambda: built()[:-200]),
}  # fmt: skip


def holes() -> tarfile.TarInfo:
    """A file that says it is very long, and holds next to nothing."""
    made = member("holes.rego")
    made.pax_headers = {
        "GNU.sparse.major": "1",
        "GNU.sparse.minor": "0",
        "GNU.sparse.realsize": "99999999999",
    }
    return made


def resigned(changes: dict[str, bytes]) -> bytes:
    """A bundle with other files, which the key signed."""
    return packed(signed({**unpacked(built()), **changes}))


def manifest_with(**changes: object) -> bytes:
    return json.dumps({**json.loads(unpacked(built())[".manifest"]), **changes}).encode()


def twice() -> bytes:
    said = json.loads(unpacked(built())[".signatures.json"])
    return json.dumps({"signatures": said["signatures"] * 2}).encode()


def claiming(alter: Callable[[list[dict[str, str]]], object], **more: str) -> bytes:
    """A good bundle whose signature claims otherwise."""
    files = unpacked(built())
    token = json.loads(files[".signatures.json"])["signatures"][0]
    claims = KEY.verification_key.claims(token)
    assert claims is not None
    alter(claims["files"])  # type: ignore[arg-type]
    return packed(signed(files, {**claims, **more}))


@pytest.mark.parametrize(("why", "make"), HOSTILE.values(), ids=HOSTILE)
def test_a_bundle_with_what_no_bundle_needs_is_refused(
    why: str, make: Callable[[], bytes], tmp_path: Path
) -> None:
    assert refusal(tmp_path, make()) == why


def test_a_bundle_does_not_say_when_it_was_packed() -> None:
    assert built()[4:8] == bytes(4)


def test_every_byte_of_the_content_counts(tmp_path: Path) -> None:
    content = bytearray(gzip.decompress(built()))
    with tarfile.open(fileobj=io.BytesIO(bytes(content)), mode="r:") as tar:
        bodies = [(one.offset_data, one.size) for one in tar]
    for start, size in bodies:
        for at in range(start, start + size, 41):
            flipped = bytearray(content)
            flipped[at] ^= 1
            assert refusal(tmp_path, gzip.compress(bytes(flipped), 1))


@pytest.mark.parametrize("name", [".manifest", "data.json", ".signatures.json"])
def test_half_a_character_is_refused_like_any_other_json_that_cannot_be_read(
    name: str, tmp_path: Path
) -> None:
    files = {**unpacked(built()), name: b'{"signatures": ["\\ud800"], "revision": "\\ud800"}'}
    assert refusal(tmp_path, packed(files)) == "holds JSON that cannot be read"


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
