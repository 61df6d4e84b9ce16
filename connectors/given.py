"""What a declaration gives for the inside of one element, taken piece by piece by what the contract has there."""

from collections import deque
from collections.abc import Iterator, Mapping
from typing import Any

from connectors.scope import Path

__all__ = ["TEXT", "Given"]

TEXT = "_value_1"
"""The key of an element's own text beside its attributes (zeep's name for it)."""


class Given:
    """A mapping whose values are taken once each. A list under an element's name is as many elements."""

    def __init__(self, mapping: Mapping[Any, object], path: Path) -> None:
        """Start with all of `mapping`, which stands at `path`."""
        self.path = path
        self._left: dict[str, object] = {str(key): value for key, value in mapping.items()}
        self._queues: dict[str, deque[tuple[Path, object]]] = {}
        self._begun: set[str] = set()
        self._order = {key: position for position, key in enumerate(self._left)}

    def has(self, key: str) -> bool:
        """Whether something is left under a key. A null is nothing."""
        return self._left.get(key) is not None

    def is_list(self, key: str) -> bool:
        """Whether a list stands under a key."""
        return isinstance(self._left.get(key), list)

    def pop(self, key: str) -> object:
        """All that is left under a key; `None` if nothing is."""
        self._queues.pop(key, None)
        return self._left.pop(key, None)

    def order(self) -> Mapping[str, int]:
        """The position of each key in the declaration."""
        return self._order

    def count(self) -> int:
        """How many values are left."""
        return sum(len(self._queue(key)) for key in self._left)

    def take(
        self, name: str | None, clark: str, room: int | None, *, whole: bool = False
    ) -> list[tuple[Path, object]]:
        """Up to `room` values of an element, each with its place. `whole`: a list is one value."""
        key = clark if clark in self._left else name
        if key is None or key not in self._left:
            return []
        if whole:
            return [((*self.path, key), self.pop(key))]
        queue = self._queue(key)
        taken = [queue.popleft() for _ in range(len(queue) if room is None else min(room, len(queue)))]
        if taken:
            self._begun.add(key)
        if not queue:
            self.pop(key)
        return taken

    def _queue(self, key: str) -> deque[tuple[Path, object]]:
        if key not in self._queues:
            value, path = self._left[key], (*self.path, key)
            self._queues[key] = (
                deque(((*path, i), one) for i, one in enumerate(value))
                if isinstance(value, list)
                else deque([(path, value)])
            )
        return self._queues[key]

    def attribute(self, name: str) -> tuple[Path, object] | None:
        """The value of an attribute, by `@` and its name or by its name alone."""
        bare = name.rpartition("}")[2]
        for key in (f"@{name}", f"@{bare}", name, bare):
            if key in self._left and key not in self._begun:  # not what is left of elements of that name
                value = self.pop(key)
                return None if value is None else ((*self.path, key), value)
        return None

    def open_attributes(self) -> list[tuple[Path, str, object]]:
        """What is left that can only be an attribute: `@name`, `@{namespace}name`."""
        keys = [key for key in self._left if key.startswith("@")]
        return [((*self.path, key), key[1:], self.pop(key)) for key in keys]

    def full_names(self) -> list[str]:
        """The keys in Clark notation that are left."""
        return [key for key in self._left if key.startswith("{")]

    def left(self) -> Iterator[tuple[Path, bool]]:
        """The place of everything that nobody took, and whether others of its name were taken. A null is as if it were not there."""
        for key, value in self._left.items():
            queue = self._queue(key)
            if isinstance(value, list) and 0 < len(queue) < len(value):
                yield queue[0][0], True
            elif value is not None:
                yield (*self.path, key), False
