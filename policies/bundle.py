"""A policy set as one signed file: an OPA bundle (`.tar.gz`), made and read.

https://www.openpolicyagent.org/docs/management-bundles: the modules, `data.json`, a `.manifest` with the revision, and `.signatures.json`, a signature over
the hashes of all of them. An OPA server verifies it with the public key (`--verification-key`), and the hub does too when it is pointed at one.
The same set, key and time make the same bytes.

What the hub reads is less than what OPA reads: exactly the signed files, plain, each once, within bounds; the data of `PolicySet.data` and no other; and a
revision that is the hash of the modules. A bundle that OPA would take and the hub would not is refused by the hub; the reverse cannot be.
"""

import gzip
import hashlib
import io
import json
import re
import tarfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from policies.errors import PolicyInvalid, Problem
from policies.json_text import members_once
from policies.policy_set import PolicySet, manifest, policy_set
from policies.signing import KEY_ID, SigningKey, VerificationKey

MAX_PACKED: Final = 2 * 1024 * 1024
"""The largest bundle that is read, in bytes."""
MAX_UNPACKED: Final = 8 * 1024 * 1024
"""The largest content, in bytes, the tar's own padding included."""
MAX_FILES: Final = 512

_MANIFEST, _DATA, _SIGNATURES = ".manifest", "data.json", ".signatures.json"
_NAME = re.compile(
    r"(?!.*_test\.rego$)[A-Za-z0-9_][A-Za-z0-9_.-]*(/[A-Za-z0-9_][A-Za-z0-9_.-]*){0,8}\.rego", re.ASCII
)
_MAX_NAME: Final = 100


class _Refused(Exception):
    """Why a bundle is not read."""


def build_bundle(policies: PolicySet, key: SigningKey, built_at: datetime) -> bytes:
    """A signed bundle of a policy set.

    Args:
        policies: The set; its revision becomes the bundle's.
        key: What signs it.
        built_at: When it is built, aware; seconds count. Stands in the manifest as `metadata.builtAt`.

    Raises:
        PolicyInvalid: The name of a file does not fit a bundle.
    """
    problems = [
        Problem(name, 0, "a bundle has no place for this name")
        for name in policies.modules
        if not _fits(name)
    ]
    if problems:
        raise PolicyInvalid(tuple(problems))
    at = built_at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    files = {
        _MANIFEST: json.dumps({**manifest(policies), "metadata": {"builtAt": at}}).encode(),
        _DATA: json.dumps(policies.data).encode(),
        **{name: text.encode() for name, text in policies.modules.items()},
    }
    listed = [
        {"name": name, "hash": _hash(name, data), "algorithm": "SHA-256"} for name, data in files.items()
    ]
    token = key.sign({"files": listed, "keyid": KEY_ID})
    return _pack({**files, _SIGNATURES: json.dumps({"signatures": [token]}).encode()})


def read_bundle(path: Path, key: VerificationKey) -> PolicySet:
    """The policy set of a signed bundle, screened like any other.

    Raises:
        PolicyInvalid: The bundle is not one that this key signed, whole and unaltered; or its policies cannot be loaded. Names the file.
    """
    try:
        with path.open("rb") as file:
            packed = file.read(MAX_PACKED + 1)
    except OSError as error:
        raise PolicyInvalid((Problem(str(path), 0, f"cannot be read ({type(error).__name__})"),)) from None
    try:
        return _verified(_unpack(packed), key)
    except _Refused as refused:
        raise PolicyInvalid((Problem(str(path), 0, str(refused)),)) from None
    except PolicyInvalid as invalid:
        raise PolicyInvalid(
            tuple(Problem(f"{path}: {one.file}", one.line, one.message) for one in invalid.problems)
        ) from None


def _verified(files: dict[str, bytes], key: VerificationKey) -> PolicySet:
    signed = _signed_hashes(files.pop(_SIGNATURES, None), key)
    if files.keys() - signed:
        raise _Refused("holds a file that its signature does not name")
    if signed.keys() - files:
        raise _Refused("lacks a file that its signature names")
    altered = sorted(name for name, data in files.items() if _hash(name, data) != signed[name])
    if altered:
        raise _Refused(f"{altered[0]} is not as it was signed")
    said, data = _json(files.pop(_MANIFEST, b"")), _json(files.pop(_DATA, b""))
    made = policy_set(dict(_modules(files)))
    built_at = _built_at(said)
    if data != made.data or {**said, "metadata": None} != {**manifest(made), "metadata": None}:
        raise _Refused("its manifest or its data is not that of its policies")
    return replace(made, built_at=built_at)


def _modules(files: Mapping[str, bytes]) -> Iterator[tuple[str, str]]:
    for name, data in files.items():
        try:
            yield name, data.decode()
        except UnicodeDecodeError:
            raise _Refused(f"{name} is not UTF-8") from None


def _signed_hashes(signatures: bytes | None, key: VerificationKey) -> dict[str, str]:
    """The hash that the signature gives of each file."""
    if signatures is None:
        raise _Refused("is not signed")
    said = _json(signatures)
    tokens = said.get("signatures")
    if said.keys() != {"signatures"} or not isinstance(tokens, list) or len(tokens) != 1:
        raise _Refused("does not have exactly one signature")
    claims = key.claims(tokens[0])
    if claims is None:
        raise _Refused("is not signed by the key that was given")
    return _hashes(claims)


def _hashes(claims: Mapping[str, object]) -> dict[str, str]:
    listed = claims.get("files")
    if claims.get("scope", "") != "" or not isinstance(listed, list):
        raise _Refused("its signature is not one of a bundle")
    hashes: dict[str, str] = {}
    for file in listed:
        if not isinstance(file, dict) or file.keys() != {"name", "hash", "algorithm"}:
            raise _Refused("its signature is not one of a bundle")
        name = str(file["name"]).removeprefix("/")
        if file["algorithm"] != "SHA-256" or not isinstance(file["hash"], str) or name in hashes:
            raise _Refused("its signature is not one of a bundle")
        hashes[name] = file["hash"].lower()
    return hashes


def _built_at(said: Mapping[str, object]) -> datetime:
    metadata = said.get("metadata")
    text = metadata.get("builtAt") if isinstance(metadata, dict) else None
    try:
        at = datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise _Refused("its manifest does not say when it was built (metadata.builtAt)")
    return at


def _hash(name: str, data: bytes) -> str:
    """SHA-256 of a file; of JSON, of its canonical form, as OPA hashes it."""
    if name in {_MANIFEST, _DATA}:
        data = json.dumps(_json(data), sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    return hashlib.sha256(data).hexdigest()


def _json(data: bytes) -> dict[str, Any]:
    """A JSON object, of which no two readers can think differently: no name twice, no number that is not a plain one."""
    try:
        read = json.loads(
            data, object_pairs_hook=members_once, parse_float=_not_here, parse_constant=_not_here
        )
        json.dumps(read, ensure_ascii=False).encode()  # half a character can be escaped, and not written
    except (ValueError, RecursionError):
        raise _Refused("holds JSON that cannot be read") from None
    if not isinstance(read, dict):
        raise _Refused("holds JSON that is no object")
    return read


def _not_here(_: str) -> object:
    raise ValueError("no such number is needed")


def _fits(name: str) -> bool:
    return len(name) <= _MAX_NAME and _NAME.fullmatch(name) is not None


def _pack(files: Mapping[str, bytes]) -> bytes:
    """A gzipped tar that says nothing of when, where or by whom it was made."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for name, data in files.items():
            member = tarfile.TarInfo(name)
            member.size, member.mode = len(data), 0o644
            tar.addfile(member, io.BytesIO(data))
    packed = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", fileobj=packed, mtime=0) as zipped:
        zipped.write(buffer.getvalue())
    return packed.getvalue()


def _unpack(packed: bytes) -> dict[str, bytes]:
    """The files of a gzipped tar, in memory; nothing of it ever touches the disk."""
    if len(packed) > MAX_PACKED:
        raise _Refused("is too large")
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(packed)) as zipped:
            content = zipped.read(MAX_UNPACKED + 1)
    except (OSError, EOFError, zlib.error):
        raise _Refused("is not a gzipped tar") from None
    if len(content) > MAX_UNPACKED:
        raise _Refused("is too large unpacked")
    try:
        with tarfile.open(fileobj=io.BytesIO(content), mode="r:") as tar:
            return _members(tar)
    except (tarfile.TarError, ValueError, EOFError, OverflowError):
        raise _Refused("is not a gzipped tar") from None


def _members(tar: tarfile.TarFile) -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    for member in tar:
        name = member.name.removeprefix("/")
        if member.type not in {tarfile.REGTYPE, tarfile.AREGTYPE} or member.issparse():
            raise _Refused("holds something other than plain files")
        if name not in {_MANIFEST, _DATA, _SIGNATURES} and not _fits(name):
            raise _Refused("holds a file that is no policy")
        if name in files:
            raise _Refused("holds a file twice")
        if len(files) >= MAX_FILES or member.size > MAX_UNPACKED:
            raise _Refused("holds too many files, or too large ones")
        read = tar.extractfile(member)
        files[name] = read.read() if read is not None else b""
    return files
