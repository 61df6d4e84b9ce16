"""The tree of the usage log, as anyone may read it: checkpoints, tiles, proofs. Nothing in it is about a person.

Leaves are hashes over salted digests; whoever does not have an entry's fields and salts learns from them how many entries there are, and no more.
"""

from collections.abc import Callable, Sequence
from typing import Final, TypeVar

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from audit import Consistency, Inclusion, LogUnavailable, Proofs
from audit.checkpoints.checkpoint import verifier_key
from audit.tree.tiles import read_path
from hub.services.errors import Fault, NotFound, NotRecorded, RequestInvalid
from hub.services.reading import Reads

T = TypeVar("T")
_THREADS: Final = 2


class LogTree:
    """Reads what is published of the log. A few at once, for anyone may ask.

    Args:
        proofs: of the log.
        origin: the log's.
        keys: gives the public keys of its signer, oldest first.
    """

    def __init__(self, proofs: Proofs, origin: str, keys: Callable[[], Sequence[Ed25519PublicKey]]) -> None:
        self._proofs, self._origin, self._keys = proofs, origin, keys
        self._reads = Reads("log-tree", threads=_THREADS)

    async def keys(self) -> list[tuple[str, int | None]]:
        """The verifier keys of the log, oldest first, each with the index of the entry that names it.

        Raises:
            NotRecorded: the log cannot be read.
        """

        def read() -> list[tuple[str, int | None]]:
            keys = self._keys()
            named = self._proofs.named_from(keys)
            return [(verifier_key(self._origin, key), at) for key, at in zip(keys, named, strict=True)]

        return await self._read(read)

    async def checkpoint(self) -> str:
        """The last checkpoint.

        Raises:
            NotFound: nothing was signed yet.
            NotRecorded: the log cannot be read.
        """
        return await self._read(self._proofs.checkpoint)

    async def bridges(self) -> list[str]:
        """The notices by which the log went on under another name, oldest first.

        Raises:
            NotRecorded: the log cannot be read.
        """
        return await self._read(self._proofs.bridges)

    async def tile(self, path: str) -> bytes:
        """The tile or the entry bundle at a path below `tile/`.

        Raises:
            NotFound: it is no such path, or the last checkpoint does not reach that far.
            NotRecorded: the log cannot be read.
        """
        name = read_path(path)
        if name is None:
            raise NotFound
        return await self._read(lambda: self._proofs.tile(name))

    async def inclusion(self, index: int, size: int | None) -> Inclusion:
        """That an entry is in the tree of `size` entries; None: of the last checkpoint.

        Raises:
            RequestInvalid: no tree of that size has that entry.
            NotFound: the last checkpoint does not reach that far.
            NotRecorded: the log cannot be read, or its tiles were altered.
        """
        if size is not None and index >= size:
            raise RequestInvalid(Fault("index", "must be smaller than size", where="query"))
        return await self._read(lambda: self._proofs.inclusion(index, size))

    async def consistency(self, old: int, new: int | None) -> Consistency:
        """That one tree is the beginning of another; None: of the last checkpoint's.

        Raises:
            RequestInvalid: the first is the larger one.
            NotFound: the last checkpoint does not reach that far.
            NotRecorded: the log cannot be read, or its tiles were altered.
        """
        if new is not None and old > new:
            raise RequestInvalid(Fault("oldSize", "must not be larger than newSize", where="query"))
        return await self._read(lambda: self._proofs.consistency(old, new))

    async def _read(self, read: Callable[[], T | None]) -> T:
        try:
            found = await self._reads(read)
        except LogUnavailable as error:
            raise NotRecorded(str(error)) from None
        if found is None:
            raise NotFound
        return found
