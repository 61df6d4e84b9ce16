"""YAML read with the line of everything in it.

A strict and small part of YAML: one document, mappings with text or whole numbers as keys, lists, scalars. No anchors and aliases (an
alias can make a file of a kilobyte gigabytes large), no tags, no key twice. Scalars mean what YAML 1.2 says: `no` is a text, so is a
number with a leading zero, so is a date.

The tree is built from the parser's events, without recursion, so that no file is deep enough to exhaust the stack.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import yaml

from hub.catalogue.errors import Offender

MAX_BYTES: Final = 64 * 1024 * 1024
_MAX_DEPTH = 40
_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]{0,17})")
_DECIMAL = re.compile(r"[-+]?(0|[1-9][0-9]{0,17})\.[0-9]{1,17}")
_WORDS: Final[dict[str, bool | None]] = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False,
}  # fmt: skip
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

Key = str | int
Path_ = tuple[Key, ...]


class Mapped(dict[Key, Any]):
    """A mapping that knows on which line each of its keys stands."""

    __slots__ = ("lines",)

    def __init__(self) -> None:
        super().__init__()
        self.lines: dict[Key, int] = {}


class Listed(list[Any]):
    """A list that knows on which line each of its items begins."""

    __slots__ = ("lines",)

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[int] = []


def _holds(node: object, step: Key) -> bool:
    if isinstance(node, Listed):
        return isinstance(step, int) and 0 <= step < len(node)
    return isinstance(node, Mapped) and step in node.lines


def line_at(node: Any, path: Path_, line: int) -> int:
    """The line of the deepest part of `path` that is there, from a node that begins on `line`."""
    for step in path:
        if not _holds(node, step):
            break
        line, node = node.lines[step], node[step]
    return line


@dataclass(slots=True)
class Document:
    """One file: what it says, and what is wrong with its YAML. `readable` is false when it can't be read at all."""

    file: str
    content: bytes = b""
    root: Any = None
    readable: bool = True
    offenders: list[Offender] = field(default_factory=list)


def read_document(path: Path, file: str) -> Document:
    """Read one YAML file; whatever is wrong is in the answer, named `file`."""
    try:
        if path.stat().st_size > MAX_BYTES:
            return _unreadable(file, 1, f"the file is larger than {MAX_BYTES // 1024 // 1024} MiB")
        content = path.read_bytes()
    except OSError as problem:
        return _unreadable(file, 1, f"the file can't be read: {problem.strerror or type(problem).__name__}")
    return parse(content, file)


def parse(content: bytes, file: str) -> Document:
    """Parse YAML from bytes; whatever is wrong is in the answer."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        return _unreadable(file, content.count(b"\n", 0, problem.start) + 1, "the file is not valid UTF-8")
    builder = _Builder(file)
    try:
        builder.build(yaml.parse(text, Loader=_LOADER))
    except _TooDeepError as problem:
        return _unreadable(file, problem.line, f"nested deeper than {_MAX_DEPTH} levels")
    except yaml.YAMLError as problem:
        return _unreadable(file, _line_of(problem, text), f"not valid YAML: {_cause_of(problem)}")
    except (ValueError, OverflowError, RecursionError):
        return _unreadable(
            file, 1, "not valid YAML"
        )  # the parser's own trouble, e.g. an escape outside Unicode
    return Document(file, content, builder.root, offenders=builder.offenders)


def _unreadable(file: str, line: int, message: str) -> Document:
    return Document(file, readable=False, offenders=[Offender(file, line, message)])


def _line_of(problem: yaml.YAMLError, text: str) -> int:
    mark = getattr(problem, "problem_mark", None) or getattr(problem, "context_mark", None)
    if mark is not None:
        return int(mark.line) + 1
    position = getattr(problem, "position", None)
    return text.count("\n", 0, position) + 1 if isinstance(position, int) else 1


def _cause_of(problem: yaml.YAMLError) -> str:
    cause = getattr(problem, "problem", None) or getattr(problem, "reason", None) or "it can't be parsed"
    return str(cause)


class _TooDeepError(Exception):
    def __init__(self, line: int) -> None:
        super().__init__()
        self.line = line


_NO_KEY: Final = object()
_BAD_KEY: Final = object()


@dataclass(slots=True)
class _Open:
    """A mapping or list that is being filled; `key` is the mapping's key that waits for its value."""

    node: Mapped | Listed
    line: int
    key: Any = _NO_KEY
    key_line: int = 0


class _Builder:
    def __init__(self, file: str) -> None:
        self.file = file
        self.root: Any = None
        self.offenders: list[Offender] = []
        self._open: list[_Open] = []
        self._documents = 0

    def build(self, events: Iterator[Any]) -> None:
        for event in events:
            line = event.start_mark.line + 1
            if isinstance(event, yaml.ScalarEvent):
                self._refuse_extras(event, line)
                self._place(_scalar(event), line)
            elif isinstance(event, yaml.CollectionStartEvent):
                self._refuse_extras(event, line)
                self._begin(Mapped() if isinstance(event, yaml.MappingStartEvent) else Listed(), line)
            elif isinstance(event, yaml.CollectionEndEvent):
                self._end()
            elif isinstance(event, yaml.AliasEvent):
                self._offend(line, "aliases (*name) are not allowed in a catalogue: write the value out")
                self._place(None, line)
            elif isinstance(event, yaml.DocumentStartEvent):
                self._begin_document(line)

    def _begin_document(self, line: int) -> None:
        self._documents += 1
        if self._documents == 2:
            self._offend(line, "a second document (---) in one file: put it in a file of its own")

    def _begin(self, node: Mapped | Listed, line: int) -> None:
        if len(self._open) >= _MAX_DEPTH:
            raise _TooDeepError(line)
        self._open.append(_Open(node, line))

    def _end(self) -> None:
        closed = self._open.pop()
        self._place(closed.node, closed.line)

    def _place(self, value: Any, line: int) -> None:
        if not self._open:
            if self._documents == 1:
                self.root = value
            return
        parent = self._open[-1]
        if isinstance(parent.node, Listed):
            parent.node.append(value)
            parent.node.lines.append(line)
        elif parent.key is _NO_KEY:
            parent.key, parent.key_line = self._key(parent.node, value, line), line
        else:
            if parent.key is not _BAD_KEY:
                parent.node[parent.key] = value
                parent.node.lines[parent.key] = parent.key_line
            parent.key = _NO_KEY

    def _key(self, node: Mapped, value: Any, line: int) -> Any:
        if isinstance(value, bool) or not isinstance(value, str | int):
            self._offend(line, "a key must be a text or a whole number")
            return _BAD_KEY
        if value in node.lines:
            self._offend(
                line, f"duplicate key '{shown(value)}': it stands on line {node.lines[value]} already"
            )
            return _BAD_KEY
        return value

    def _refuse_extras(self, event: Any, line: int) -> None:
        if event.anchor is not None:
            self._offend(line, "anchors (&name) are not allowed in a catalogue: write the value out")
        if event.tag is not None:
            self._offend(line, "tags (!name) are not allowed in a catalogue")

    def _offend(self, line: int, message: str) -> None:
        self.offenders.append(Offender(self.file, line, message))


def _scalar(event: Any) -> str | int | float | bool | None:
    text: str = event.value
    if not event.implicit[0]:
        return text
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    if _DECIMAL.fullmatch(text):
        return float(text)
    return text


def shown(value: object) -> str:
    """A short, printable form of something found in a file, for a message."""
    text = "".join(c if c.isprintable() else "?" for c in str(value))
    return text if len(text) <= 60 else text[:57] + "…"
