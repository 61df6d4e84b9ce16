"""The hub's keys: a folder of files that only the hub's account can read, made at first start.

Keys never stand in the database. Each file is written whole under another name and then linked into place, so that two
replicas that start at once on one folder end up with the same keys.
"""

import hashlib
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeVar

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from hub.epochs import EpochFolder
from hub.keyfiles import KeysUnusable, refuse_if_others_may_read, write_once
from hub.log_keys import LogKeys
from hub.token_keys import TokenKeys

__all__ = ["KeyFolder", "KeysUnusable"]
_SECRET: Final = 32
_Key = TypeVar("_Key", rsa.RSAPrivateKey, ec.EllipticCurvePrivateKey)


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
        refuse_if_others_may_read(folder)
        self.handles = self._private("handles.rsa.pem", rsa.RSAPrivateKey)
        self.tokens = TokenKeys(folder, create=create)
        self.receipts = self._private("receipts.p256.pem", ec.EllipticCurvePrivateKey)
        self.consents = self._private("consents.p256.pem", ec.EllipticCurvePrivateKey)
        self.login = self._private("login.p256.pem", ec.EllipticCurvePrivateKey)
        self.identity = self._secret("identity.key")
        self.log = LogKeys(folder, create=create)
        self.epochs = EpochFolder(folder, create=create)
        self.fingerprints = {
            "handles": _fingerprint(self.handles.public_key()),
            "log": _fingerprint(self.log.public[0]),
            **self.epochs.fingerprints(),
        }

    @property
    def blind(self) -> bytes:
        """The key of the log's blind indexes: derived from that of the handles, which it lasts as long as (HKDF, RFC 5869)."""
        secret = self.handles.private_numbers().d.to_bytes(self.handles.key_size // 8, "big")
        return HKDF(
            algorithm=hashes.SHA256(), length=32, salt=None, info=b"onlyonce blind indexes v1"
        ).derive(secret)

    def _secret(self, name: str) -> bytes:
        """32 random bytes, of which the keys of what is sealed in the database are derived (`hub.identity.Vault`)."""
        data = self._read(name, lambda: secrets.token_bytes(_SECRET))
        if len(data) != _SECRET:
            raise KeysUnusable(f"{self._folder / name}: is not a key of {_SECRET} bytes")
        return data

    def _private(self, name: str, kind: type[_Key]) -> _Key:
        data = self._read(name, lambda: _new_key(kind))
        try:
            key = serialization.load_pem_private_key(data, password=None)
        except ValueError:
            raise KeysUnusable(f"{self._folder / name}: is not a private key in PEM") from None
        if not isinstance(key, kind):
            raise KeysUnusable(f"{self._folder / name}: is not a key of the right kind")
        return key

    def _read(self, name: str, make: Callable[[], bytes]) -> bytes:
        path = self._folder / name
        if not path.exists():
            if not self._create:
                raise KeysUnusable(f"{path}: is missing")
            write_once(path, make())
        refuse_if_others_may_read(path)
        return path.read_bytes()


def _fingerprint(key: rsa.RSAPublicKey | ed25519.Ed25519PublicKey) -> str:
    der = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(der).hexdigest()


def _new_key(kind: type[_Key]) -> bytes:
    key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
    if kind is rsa.RSAPrivateKey:
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    else:
        key = ec.generate_private_key(ec.SECP256R1())
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
