"""The keys that sign clients' access tokens, as files of the hub's key folder: `tokens.p256.pem` first, then `tokens-1790000000.p256.pem` and on.

The number is the moment from which a key signs, in seconds since 1970. Until then it is published beside the one that signs; from then on that one is
still accepted until the last token that it signed is over, and is then overwritten and taken away. So the names of the files and the time say everything, and the
replicas that share the folder agree without a word.
"""

import logging
import re
from collections.abc import Iterable
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from hub.keyfiles import KeysUnusable, refuse_if_others_may_read, sync, wipe, write_once

_FIRST: Final = "tokens.p256.pem"
_FILE: Final = re.compile(r"tokens(?:-([0-9]{1,12}))?\.p256\.pem", re.ASCII)
_GONE: Final = ".tokens*.p256.pem.gone"
_LOOK_EVERY_S: Final = 1.0
Keys = tuple[ec.EllipticCurvePrivateKey, ...]
_log = logging.getLogger("hub.keys")


class TokenKeys:
    """The keys in a folder.

    Args:
        folder: of the hub's keys.
        create: whether the first key is made where there is none, and keys that are over are destroyed.

    Raises:
        KeysUnusable: there is no key, others may read a file, or it holds no P-256 key.
    """

    def __init__(self, folder: Path, *, create: bool = True) -> None:
        self._folder, self._create = folder, create
        self._read: dict[int, ec.EllipticCurvePrivateKey] = {}
        self._looked_at, self._current = float("-inf"), Keys()
        if create and not self._files():
            write_once(folder / _FIRST, _new())
        if create:
            self._wipe_gone()
        if not self.from_moments():
            raise KeysUnusable(f"{folder / _FIRST}: is missing")

    def __call__(self, now: float, kept_s: float) -> Keys:
        """The keys in force and the one to come: first the one that signs. The same object, until they change; the folder is looked at once a second.

        Args:
            now: seconds since 1970.
            kept_s: how long a key is accepted after it signed for the last time, in seconds.
        """
        if not self._looked_at <= now < self._looked_at + _LOOK_EVERY_S:
            self._looked_at = now
            try:
                self._look(now, kept_s)
            except (KeysUnusable, OSError) as error:
                if not self._current:
                    raise
                _log.error("the keys of tokens cannot be read: %s", error)
        return self._current

    def from_moments(self) -> dict[int, ec.EllipticCurvePrivateKey]:
        """All keys, oldest first, by the moment from which each signs, in seconds since 1970 (0: the first).

        Raises:
            KeysUnusable: a file cannot be used.
        """
        found = {}
        for begins, path in sorted(self._files().items()):
            key = self._read.get(begins) or _key(path)
            if key is not None:
                found[begins] = key
        self._read = found
        return found

    def begin(self, at: int, *, now: float) -> None:
        """Make the next key. It signs from `at` on (seconds since 1970).

        Raises:
            KeysUnusable: the newest one does not sign yet.
        """
        newest = max(self.from_moments())
        if newest > now or newest >= at:
            raise KeysUnusable(f"{self._folder}: the newest key does not sign yet, or began this very second")
        write_once(self._path(at), _new())

    def replace(self, at: int) -> None:
        """Make a key that signs from now on (`at`), and destroy all others at once: no token that they signed holds any more.

        Raises:
            KeysUnusable: a key was made this very second.
        """
        before = self._files()
        if at in before:
            raise KeysUnusable(f"{self._folder}: a key was made this very second; try again")
        write_once(self._path(at), _new())
        self._destroy(before.values())

    def _look(self, now: float, kept_s: float) -> None:
        keys = self.from_moments()
        moments = list(keys)
        signs = max((one for one in moments if one <= now), default=moments[0] if moments else None)
        if signs is None:
            raise KeysUnusable(f"{self._folder / _FIRST}: is missing")
        over = {
            one for one, following in pairwise(moments)
            if one < signs and now >= following + kept_s
        }  # fmt: skip
        if over and self._create:
            self._destroy([self._path(one) for one in over])
        current = (keys[signs], *(keys[one] for one in moments if one != signs and one not in over))
        if current != self._current:
            self._current = current

    def _files(self) -> dict[int, Path]:
        named = ((_FILE.fullmatch(path.name), path) for path in self._folder.iterdir())
        return {int(match[1] or 0): path for match, path in named if match}

    def _path(self, begins: int) -> Path:
        return self._folder / (f"tokens-{begins}.p256.pem" if begins else _FIRST)

    def _destroy(self, paths: Iterable[Path]) -> None:
        """First a file is no key any more, then it is overwritten and taken away: a replica never reads half of one."""
        for path in paths:
            with suppress(FileNotFoundError):  # another replica was quicker
                path.rename(path.with_name(f".{path.name}.gone"))
        sync(self._folder)
        self._wipe_gone()

    def _wipe_gone(self) -> None:
        for gone in self._folder.glob(_GONE):
            wipe(gone)


def _key(path: Path) -> ec.EllipticCurvePrivateKey | None:
    """The key in a file; None where it was taken away meanwhile."""
    try:
        refuse_if_others_may_read(path)
        key = load_pem_private_key(path.read_bytes(), password=None)
    except FileNotFoundError:
        return None
    except ValueError:
        raise KeysUnusable(f"{path}: is not a private key in PEM") from None
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
        raise KeysUnusable(f"{path}: is not a key of the right kind")
    return key


def _new() -> bytes:
    key = ec.generate_private_key(ec.SECP256R1())
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
