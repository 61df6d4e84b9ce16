"""The tree of the usage log, as anyone may read it: checkpoints, tiles, proofs. Nothing in it is about a person.

Leaves are hashes over salted digests; whoever does not have an entry's fields and salts learns from them how many entries there are, and no more.
"""

from collections.abc import Callable
from typing import Final, TypeVar

from audit import Consistency, Inclusion, LogUnavailable, Proofs
from audit.tiles import read_path
from hub.services.errors import Fault, NotFound, NotRecorded, RequestInvalid
from hub.services.reading import Reads

T = TypeVar("T")
_THREADS: Final = 2


class LogTree:
    """Reads what is published of the log. A few at once, for anyone may ask.

    Args:
        proofs: of the log.
    """

    def __init__(self, proofs: Proofs) -> None:
        self._proofs, self._reads = proofs, Reads("log-tree", threads=_THREADS)

    async def checkpoint(self) -> str:
        """The last checkpoint.

        Raises:
            NotFound: nothing was signed yet.
            NotRecorded: the log cannot be read.
        """
        return await self._read(self._proofs.checkpoint)

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
