"""Which data keys were destroyed on an order: a list beside the hub's keys, out of reach of whoever restores the database.

A line for each key, written and synchronised before the key is destroyed. So a crash in between leaves a key that is listed and still there: as does a
restored backup. Whoever opens the log destroys such keys before anything else. The list only grows, by some hundred bytes a key.
"""

import fcntl
import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from hub.keyfiles import KeysUnusable, refuse_if_others_may_read, sync

_AT_ONCE = 500
_LONGEST = 4096


@dataclass(frozen=True, slots=True)
class Shred:
    """That a data key is destroyed, on an order.

    Attributes:
        key: the key's id.
        order: the order's id.
        at: when it was listed, ISO 8601 with its offset.
    """

    key: str
    order: str
    at: str


class ShredList:
    """The file. Several processes may add to it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def add(self, shreds: Sequence[Shred]) -> None:
        """Add keys, durably.

        Raises:
            OSError: nothing may be destroyed.
        """
        lines = b"".join(json.dumps(asdict(one)).encode() + b"\n" for one in shreds)
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
        with os.fdopen(descriptor, "r+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            file.truncate(_whole(file))  # what a crash left of a line was never relied on
            file.seek(0, os.SEEK_END)
            file.write(lines)
            file.flush()
            os.fsync(file.fileno())
        sync(self.path.parent)

    def read(self) -> Iterator[list[Shred]]:
        """All keys, some hundred at a time.

        Raises:
            KeysUnusable: the file was damaged, so that nobody knows what has to be destroyed.
        """
        try:
            refuse_if_others_may_read(self.path)
            file = self.path.open("rb")
        except FileNotFoundError:
            return
        with file:
            numbered = enumerate(file, 1)
            while lines := list(islice(numbered, _AT_ONCE)):
                yield [self._shred(number, line) for number, line in lines if line.endswith(b"\n")]

    def of_order(self, order: str) -> list[str]:
        """The keys that are listed for an order."""
        return [one.key for chunk in self.read() for one in chunk if one.order == order]

    def _shred(self, number: int, line: bytes) -> Shred:
        try:
            found = Shred(**json.loads(line))
            if all(isinstance(value, str) for value in asdict(found).values()):
                return found
        except (ValueError, TypeError):
            pass
        raise KeysUnusable(f"{self.path}:{number}: is not what the hub wrote there")


def _whole(file: BinaryIO) -> int:
    """How many bytes of whole lines there are."""
    size = file.seek(0, os.SEEK_END)
    start = max(0, size - _LONGEST)
    file.seek(start)
    return start + file.read().rfind(b"\n") + 1
