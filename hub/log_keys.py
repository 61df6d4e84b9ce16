"""The keys that sign the log's checkpoints, as files of the hub's key folder: `log.ed25519.pem` first, then `log-0002.ed25519.pem` and on.

The highest number is the newest. Once it signs alone, the private key before it is overwritten and taken away; its public key stays, in
`log.ed25519.pub`, so that what it signed can be verified for ever. The replicas share one folder and look at each signing which keys there are.
"""

import re
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from audit import SigningKey
from hub.keyfiles import KeysUnusable, refuse_if_others_may_read, sync, wipe, write_once

_FILE: Final = re.compile(r"log(?:-([0-9]{4}))?\.ed25519\.(pem|pub)", re.ASCII)
_GONE: Final = ".log*.ed25519.pem.gone"
_MOST: Final = 9999


class LogKeys:
    """The log's keys in a folder.

    Args:
        folder: of the hub's keys.
        create: whether the first key is made where there is none, and what a process that died left of one that was replaced is wiped.

    Raises:
        KeysUnusable: there is no key, others may read a file, or it holds no Ed25519 key.
    """

    def __init__(self, folder: Path, *, create: bool = True) -> None:
        self._folder = folder
        self._seen: tuple[str, ...] = ()
        self._keys: tuple[SigningKey, ...] = ()
        if create and not self._names():
            write_once(folder / _name(1, "pem"), _new())
        if create:
            self._wipe_gone()
        if not self():
            raise KeysUnusable(f"{folder / _name(1, 'pem')}: is missing")

    def __call__(self) -> Sequence[SigningKey]:
        """All keys, oldest first. Files are read again only where others are there.

        Raises:
            KeysUnusable: a file cannot be used.
        """
        names = self._names()
        if names != self._seen:
            self._keys, self._seen = self._read(names), names
        return self._keys

    @property
    def public(self) -> list[Ed25519PublicKey]:
        """All public keys, oldest first."""
        return [key.public for key in self()]

    def begin(self) -> Ed25519PublicKey:
        """Make the next key. It signs from the moment in which the log names it.

        Raises:
            KeysUnusable: the key before the newest one is still needed.
        """
        keys = self()
        if sum(key.private is not None for key in keys) > 1:
            raise KeysUnusable(
                f"{self._folder}: the newest key does not sign alone yet; start a hub that lets it begin"
            )
        if len(keys) >= _MOST:
            raise KeysUnusable(f"{self._folder}: there is no number left for another key")
        write_once(self._folder / _name(len(keys) + 1, "pem"), _new())
        return self.public[-1]

    def retire(self, newest: Ed25519PublicKey) -> None:
        """Destroy every private key before this one. Their public keys stay.

        First it is no key any more, then it is overwritten and taken away: a replica never reads half of one.
        """
        for number, key in enumerate(self(), 1):
            if key.public == newest:
                break
            path = self._folder / _name(number, "pem")
            if path.exists():
                public = key.public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
                write_once(path.with_suffix(".pub"), public)
                with suppress(FileNotFoundError):  # another replica was quicker
                    path.rename(path.with_name(f".{path.name}.gone"))
        sync(self._folder)
        self._wipe_gone()

    def _wipe_gone(self) -> None:
        for gone in self._folder.glob(_GONE):
            wipe(gone)

    def _names(self) -> tuple[str, ...]:
        return tuple(sorted(path.name for path in self._folder.iterdir() if _FILE.fullmatch(path.name)))

    def _read(self, names: Sequence[str]) -> tuple[SigningKey, ...]:
        found: dict[int, SigningKey] = {}
        for name in names:  # a `.pem` comes before its `.pub`
            match = _FILE.fullmatch(name)
            number = int(match[1] or 1) if match else 0
            if number in found:
                continue
            try:
                found[number] = self._key(self._folder / name)
            except (
                FileNotFoundError
            ):  # wiped meanwhile: its public key stands beside it, and is read at the next look
                return self._keys
        if sorted(found) != list(range(1, len(found) + 1)):
            raise KeysUnusable(f"{self._folder}: a key of the log is missing among {', '.join(names)}")
        return tuple(found[number] for number in sorted(found))

    @staticmethod
    def _key(path: Path) -> SigningKey:
        refuse_if_others_may_read(path)
        data = path.read_bytes()
        try:
            if path.suffix == ".pub":
                public = load_pem_public_key(data)
                if isinstance(public, Ed25519PublicKey):
                    return SigningKey(public)
            else:
                private = load_pem_private_key(data, password=None)
                if isinstance(private, Ed25519PrivateKey):
                    return SigningKey(private.public_key(), private)
        except ValueError:
            raise KeysUnusable(f"{path}: is not a key in PEM") from None
        raise KeysUnusable(f"{path}: is not an Ed25519 key")


def _name(number: int, suffix: str) -> str:
    return f"log{'' if number == 1 else f'-{number:04}'}.ed25519.{suffix}"


def _new() -> bytes:
    return Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
