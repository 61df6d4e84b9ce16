"""Reading one record of a file: each value taken is checked, each fault is noted with its line, nothing stops at the first."""

import difflib
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from hub.catalogue.documents import Listed, Mapped, Path_, line_at, shown
from hub.catalogue.errors import Offender
from hub.catalogue.model import LANGUAGES, Texts

_MAX_SUGGESTIONS: Final = 50
WORD: Final = re.compile(r"[a-z][A-Za-z0-9]{0,63}")
_SLUG = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")


@dataclass(slots=True)
class Findings:
    """Everything found wrong so far."""

    offenders: list[Offender] = field(default_factory=list)
    _suggestions: int = 0

    def add(self, file: str, line: int, message: str) -> None:
        """Note an offender."""
        self.offenders.append(Offender(file, line, message))

    def meant(self, word: object, known: Collection[str]) -> str:
        """The words `; did you mean 'X'?`, or nothing. Costly, so only for the first offenders of many."""
        if self._suggestions >= _MAX_SUGGESTIONS:
            return ""
        self._suggestions += 1
        close = difflib.get_close_matches(str(word)[:100], known, n=1, cutoff=0.6)
        return f"; did you mean '{close[0]}'?" if close else ""


@dataclass(slots=True)
class Record:
    """One record: its mapping, where it stands, and whether all that was read from it was right (`sound`).

    `what` names it in messages, such as `form 'study-grant'`.
    """

    findings: Findings
    file: str
    line: int
    what: str
    node: Mapped
    sound: bool = True

    def offend(self, message: str, *path: str | int) -> None:
        """Note that what stands at `path` in this record is wrong."""
        self.sound = False
        self.findings.add(self.file, line_at(self.node, path, self.line), f"{self.what}: {message}")

    def unknown(self, kind: str, name: object, known: Collection[str], *path: str | int) -> None:
        """Note that `path` names a `kind` that is not declared."""
        self.offend(f"unknown {kind} '{shown(name)}'{self.findings.meant(name, known)}", *path)

    def only(self, keys: Collection[str]) -> None:
        """Refuse every key that is none of these."""
        for key in self.node:
            if key not in keys:
                self.unknown("key", key, keys, key)

    def inner(self, key: str, *, required: bool = True) -> "Record | None":
        """The mapping under this key, as a record of its own."""
        value = self._take(key, Mapped, "a mapping", required)
        return None if value is None else self._child(key, value)

    def settle(self, inner: "Record") -> None:
        """Count the faults of an inner record as this record's."""
        self.sound = self.sound and inner.sound

    def text(self, key: str, *, required: bool = True) -> str:
        """A text that is not empty; empty when it is absent or wrong (then noted)."""
        value: str | None = self._take(key, str, "text (put it in quotes)", required)
        if value is None:
            return ""
        if not value.strip():
            self.offend(f"'{key}' is empty", key)
        return value

    def shaped(self, key: str, shape: "re.Pattern[str]", example: str, *, required: bool = True) -> str:
        """A text of this shape."""
        value = self.text(key, required=required)
        if value and not shape.fullmatch(value):
            self.offend(f"'{key}' must look like {example}", key)
        return value

    def choice(self, key: str, options: Collection[str], default: str | None = None) -> Any:
        """One of some words."""
        value = self.text(key, required=default is None)
        if not value:
            return default or ""
        if value not in options:
            self.unknown(f"value of '{key}'", value, options, key)
        return value

    def flag(self, key: str, default: bool) -> bool:
        """`true` or `false`."""
        value: bool | None = self._take(key, bool, "true or false", False)
        return default if value is None else value

    def whole(self, key: str, least: int, most: int) -> int | None:
        """A whole number from `least` to `most`, if there is one."""
        value: int | None = self._take(key, int, f"a whole number from {least} to {most}", False)
        if value is not None and (isinstance(value, bool) or not least <= value <= most):
            self.offend(f"'{key}' must be a whole number from {least} to {most}", key)
            return None
        return value

    def names(self, key: str, *, required: bool = True) -> tuple[str, ...]:
        """A list of texts, none twice, at least one."""
        value = self._take(key, Listed, "a list", required)
        if value is None:
            return ()
        if not value:
            self.offend(f"'{key}' is an empty list", key)
        found: dict[str, None] = {}
        for position, item in enumerate(value):
            if not isinstance(item, str) or not item.strip():
                self.offend(f"'{key}' must be a list of texts", key, position)
            elif item in found:
                self.offend(f"'{key}' names '{shown(item)}' twice", key, position)
            else:
                found[item] = None
        return tuple(found)

    def texts(self, key: str, *, required: bool = True) -> Texts | None:
        """A text in each of the four languages."""
        inner = self.inner(key, required=required)
        if inner is None:
            return None
        inner.only(LANGUAGES)
        found = {language: inner.text(language) for language in LANGUAGES}
        self.settle(inner)
        return found

    def parsed(self, key: str, parse: Callable[[str], object], example: str, *, required: bool = True) -> str:
        """A text that `parse` takes; a `ValueError` of it means that the text is wrong."""
        value = self.text(key, required=required)
        if value:
            try:
                parse(value)
            except ValueError:
                self.offend(f"'{key}' must be {example}", key)
        return value

    def _child(self, key: str, node: Mapped) -> "Record":
        return Record(
            self.findings, self.file, line_at(self.node, (key,), self.line), f"{self.what}, {key}", node
        )

    def _take(self, key: str, kind: type[Any], called: str, required: bool) -> Any:
        value = self.node.get(key)
        if value is None:
            if required:
                self.offend(f"'{key}' is missing", key)
            return None
        if not isinstance(value, kind):
            self.offend(f"'{key}' must be {called}", key)
            return None
        return value


def is_slug(name: str) -> bool:
    """Whether this is a good id: lower-case words and digits with hyphens, at most 64 long."""
    return len(name) <= 64 and _SLUG.fullmatch(name) is not None


def plain(value: Any) -> Any:
    """The same content as ordinary dicts and lists."""
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value


def at(record: Record, paths: Iterable[tuple[Path_, str]]) -> None:
    """Note faults that another room found, each by its path in this record."""
    for path, message in paths:
        record.offend(located(path, message), *path)


def located(path: Path_, message: str) -> str:
    """The message with the path before it, for a room's message that does not say where."""
    return f"{shown('.'.join(map(str, path)))}: {message}" if path else message
