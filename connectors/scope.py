"""Reading a plain mapping strictly: each key is taken once, what is left over is a problem, and all problems are kept."""

from collections.abc import Iterable, Mapping
from typing import Any

from connectors.errors import Problem

__all__ = ["Path", "Scope"]

Path = tuple[str | int, ...]


class Scope:
    """One mapping of a declaration, at its path. `done()` reports the keys that nobody took."""

    def __init__(self, value: object, path: Path, problems: list[Problem]) -> None:
        """Take over a mapping; anything else is a problem and reads as empty."""
        self.path, self.problems = path, problems
        self._left: dict[Any, Any] = {}
        if isinstance(value, Mapping):
            self._left = dict(value)
        else:
            self.problem("expected a mapping")
        self._known: list[str] = []

    def problem(self, message: str, *at: str | int) -> None:
        """Note a problem here, or at a path below."""
        self.problems.append(Problem((*self.path, *at), message))

    def peek(self, key: str) -> object:
        """Whatever stands under a key, without taking it."""
        return self._left.get(key)

    def take(self, key: str, *, required: bool = False) -> Any:
        """Whatever stands under a key; null and absent are the same."""
        self._known.append(key)
        value = self._left.pop(key, None)
        if value is None and required:
            self.problem(f"`{key}` is missing")
        return value

    def text(self, key: str, *, required: bool = False) -> str | None:
        """A string that is not empty."""
        value = self.take(key, required=required)
        if value is None or (isinstance(value, str) and value.strip()):
            return value
        self.problem("expected a text (put numbers and yes/no in quotes)", key)
        return None

    def choice(self, key: str, options: Iterable[str], default: str | None = None) -> str | None:
        """One of some words."""
        value = self.take(key)
        if value is None:
            if default is None:
                self.problem(f"`{key}` is missing")
            return default
        known = list(options)
        if value in known:
            return str(value)
        self.problem(f"expected one of: {', '.join(known)}", key)
        return default

    def integer(self, key: str, default: int, *, least: int, most: int) -> int:
        """A whole number within bounds."""
        value = self.take(key)
        if value is None:
            return default
        if isinstance(value, int) and not isinstance(value, bool) and least <= value <= most:
            return value
        self.problem(f"expected a whole number from {least} to {most}", key)
        return default

    def flag(self, key: str) -> bool:
        """True or false; false when absent."""
        value = self.take(key)
        if value is None or isinstance(value, bool):
            return bool(value)
        self.problem("expected true or false", key)
        return False

    def texts(self, key: str, *, required: bool = False) -> tuple[str, ...]:
        """A list of strings that is not empty, or absent."""
        value = self.take(key, required=required)
        if value is None:
            return ()
        if isinstance(value, list) and value and all(isinstance(v, str) and v for v in value):
            return tuple(value)
        self.problem("expected a list of texts", key)
        return ()

    def scope(self, key: str, *, required: bool = False) -> "Scope | None":
        """A mapping below."""
        value = self.take(key, required=required)
        return None if value is None else Scope(value, (*self.path, key), self.problems)

    def names(self) -> tuple[str, ...]:
        """The keys not yet taken; one that is no string is a problem."""
        for key in [k for k in self._left if not isinstance(k, str)]:
            self.problem(f"put the key {key} in quotes", str(key))
            del self._left[key]
        return tuple(self._left)

    def mapping_of_texts(self, key: str) -> dict[str, str]:
        """A mapping whose keys and values are strings."""
        below = self.scope(key)
        found = {} if below is None else {k: below.text(k) for k in below.names()}
        return {k: v for k, v in found.items() if v is not None}

    def done(self) -> None:
        """Report each key that nobody took."""
        known = ", ".join(dict.fromkeys(self._known))
        for key in self._left:
            self.problem(f"unknown key; known here: {known}", str(key))
