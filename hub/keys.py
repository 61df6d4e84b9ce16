"""The hub's keys: a folder of files that only the hub's account can read, made at first start.

Keys never stand in the database. Each file is written whole under another name and then linked into place, so that two
replicas that start at once on one folder end up with the same keys.
"""

import contextlib
import hashlib
import os
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_Key = TypeVar("_Key", rsa.RSAPrivateKey, ec.EllipticCurvePrivateKey, ed25519.Ed25519PrivateKey)
_NONCE = 12


class KeysUnusable(Exception):
    """The key folder cannot be used. The message names the file and what is wrong, never a key."""


class KeyFolder:
    """The keys of one hub, shared by its replicas. `fingerprints` tell them apart from any others without revealing them.

    Raises:
        KeysUnusable: a file can be read by others, is missing in a folder opened with `create=False`, or holds no such key.
    """

    def __init__(self, folder: Path, *, create: bool = True) -> None:
        self._folder, self._create = folder, create
        if create:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not folder.is_dir():
            raise KeysUnusable(f"{folder}: there is no such folder")
        _refuse_if_others_may_read(folder)
        self.handles = self._private("handles.rsa.pem", rsa.RSAPrivateKey)
        self.tokens = self._private("tokens.p256.pem", ec.EllipticCurvePrivateKey)
        self.receipts = self._private("receipts.p256.pem", ec.EllipticCurvePrivateKey)
        self.consents = self._private("consents.p256.pem", ec.EllipticCurvePrivateKey)
        self.log = self._private("log.ed25519.pem", ed25519.Ed25519PrivateKey)
        epoch, secret = self._secret("epoch-0001.key", 32)
        self.epochs = EpochKeys((epoch, secret))
        self.fingerprints = {
            "handles": _fingerprint(self.handles.public_key()),
            "log": _fingerprint(self.log.public_key()),
            f"epoch-{epoch}": hashlib.sha256(b"onlyonce epoch key fingerprint v1\0" + secret).hexdigest(),
        }

    def _private(self, name: str, kind: type[_Key]) -> _Key:
        data = self._read(name, lambda: _new_key(kind))
        try:
            key = serialization.load_pem_private_key(data, password=None)
        except ValueError:
            raise KeysUnusable(f"{self._folder / name}: is not a private key in PEM") from None
        if not isinstance(key, kind):
            raise KeysUnusable(f"{self._folder / name}: is not a key of the right kind")
        return key

    def _secret(self, name: str, length: int) -> tuple[str, bytes]:
        data = self._read(name, lambda: secrets.token_bytes(length))
        if len(data) != length:
            raise KeysUnusable(f"{self._folder / name}: is not {length} bytes long")
        return name.removeprefix("epoch-").removesuffix(".key"), data

    def _read(self, name: str, make: Callable[[], bytes]) -> bytes:
        path = self._folder / name
        if not path.exists():
            if not self._create:
                raise KeysUnusable(f"{path}: is missing")
            _write_once(path, make())
        _refuse_if_others_may_read(path)
        return path.read_bytes()


class EpochKeys:
    """Wraps the data keys of the usage log under an epoch's key (AES-256-GCM)."""

    def __init__(self, *epochs: tuple[str, bytes]) -> None:
        self._keys = {name: AESGCM(key) for name, key in epochs}
        self.current = epochs[-1][0]

    def wrap(self, key: bytes, ad: bytes) -> bytes:
        """Wrap a data key under the current epoch; `ad` binds it to its subject."""
        nonce = secrets.token_bytes(_NONCE)
        return nonce + self._keys[self.current].encrypt(nonce, key, ad)

    def unwrap(self, epoch: str, wrapped: bytes, ad: bytes) -> bytes:
        """Unwrap a data key.

        Raises:
            KeyError: the epoch's key is gone, or the wrapped key was altered.
        """
        try:
            return self._keys[epoch].decrypt(wrapped[:_NONCE], wrapped[_NONCE:], ad)
        except InvalidTag:
            raise KeyError(epoch) from None


def _fingerprint(key: rsa.RSAPublicKey | ed25519.Ed25519PublicKey) -> str:
    der = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(der).hexdigest()


def _new_key(kind: type[_Key]) -> bytes:
    key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey
    if kind is rsa.RSAPrivateKey:
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    elif kind is ec.EllipticCurvePrivateKey:
        key = ec.generate_private_key(ec.SECP256R1())
    else:
        key = ed25519.Ed25519PrivateKey.generate()
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _write_once(path: Path, data: bytes) -> None:
    """Write a file that was not there; where another replica was quicker, its file stays."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
    finally:
        draft.unlink()
    _sync(path.parent)


def _sync(folder: Path) -> None:
    """Make the folder's entries durable: a key that a database relies on must not be gone after a power cut."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _refuse_if_others_may_read(path: Path) -> None:
    if path.stat().st_mode & 0o077:
        raise KeysUnusable(f"{path}: others may read it; take their rights away (chmod go= {path})")
