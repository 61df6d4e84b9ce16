"""The keys of the log's epochs as files `epoch-0001.key`, `epoch-0002.key`, … of the hub's key folder, shared by its replicas.

The highest number is the current epoch. A replica finds out that another one began by looking for the files before each key that it
wraps: under the log's lock, and a look costs two microseconds. So the folder must show a new file to all replicas at once, as one disk does.
When an epoch began is when its file was written: copy the folder with its times (`cp -p`, `tar`).
"""

import hashlib
import re
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from audit import EPOCH_KEY, EpochKeys
from hub.keyfiles import KeysUnusable, refuse_if_others_may_read, sync, wipe, write_once

_FILE = re.compile(r"epoch-([0-9]{4,9})\.key", re.ASCII)
_GONE = ".epoch-*.gone"


class EpochFolder(EpochKeys):
    """An `audit.EpochRing` in a folder.

    Args:
        folder: of the hub's keys.
        create: whether the first epoch is begun where there is none.

    Raises:
        KeysUnusable: there is no epoch, others may read a file, or it holds no key.
    """

    def __init__(self, folder: Path, *, create: bool = True) -> None:
        super().__init__({})
        self._folder = folder
        if create and not self._files():
            write_once(self._path(1), secrets.token_bytes(EPOCH_KEY))
        self._load()

    @property
    def current(self) -> str:
        """See `audit.KeyRing`."""
        epoch = super().current
        if self._path(int(epoch) + 1).exists() or not self._path(int(epoch)).exists():
            self._load()
            return super().current
        return epoch

    def unwrap(self, epoch: str, wrapped: bytes, ad: bytes) -> bytes:
        """See `audit.KeyRing`."""
        if epoch not in self._ciphers and epoch.isdecimal() and self._path(int(epoch)).exists():
            self._load()
        return super().unwrap(epoch, wrapped, ad)

    def epochs(self) -> Mapping[str, datetime]:
        """See `audit.EpochRing`."""
        for leftover in self._folder.glob(_GONE):
            wipe(leftover)
        self._load()
        return {
            epoch: datetime.fromtimestamp(self._path(int(epoch)).stat().st_mtime, UTC)
            for epoch in self._ciphers
        }

    def begin(self) -> str:
        """See `audit.EpochRing`."""
        write_once(self._path(int(self.current) + 1), secrets.token_bytes(EPOCH_KEY))
        return self.current

    def destroy(self, epoch: str) -> None:
        """See `audit.EpochRing`. First it is no epoch any more, then it is overwritten and taken away."""
        if epoch == self.current:
            raise ValueError("the current epoch is in use")
        path = self._path(int(epoch))
        gone = path.with_name(f".{path.stem}.gone")
        try:
            path.rename(gone)
        except FileNotFoundError:  # another replica was quicker
            pass
        else:
            sync(self._folder)
            wipe(gone)
        self._ciphers = {name: cipher for name, cipher in self._ciphers.items() if name != epoch}

    def fingerprints(self) -> dict[str, str]:
        """By name, what tells each epoch's key from any other without revealing it."""
        return {
            f"epoch-{epoch}": hashlib.sha256(b"onlyonce epoch key fingerprint v1\0" + key).hexdigest()
            for epoch, key in self._read().items()
        }

    def _load(self) -> None:
        keys = self._read()
        if not keys:
            raise KeysUnusable(f"{self._path(1)}: is missing")
        self._hold(keys)

    def _read(self) -> dict[str, bytes]:
        found = {}
        for number in self._files():
            path = self._path(number)
            try:
                refuse_if_others_may_read(path)
                key = path.read_bytes()
            except FileNotFoundError:  # destroyed meanwhile
                continue
            if len(key) != EPOCH_KEY:
                raise KeysUnusable(f"{path}: is not {EPOCH_KEY} bytes long")
            found[f"{number:04}"] = key
        return found

    def _files(self) -> list[int]:
        names = (_FILE.fullmatch(path.name) for path in self._folder.iterdir())
        return sorted(int(name[1]) for name in names if name is not None)

    def _path(self, number: int) -> Path:
        return self._folder / f"epoch-{number:04}.key"
