"""JSON and YAML that a stranger wrote: bounded while it is read, what an alias repeats counted as often as it is repeated.

YAML is read as version 1.2 has it (https://yaml.org/spec/1.2.2/#103-core-schema), as OpenAPI wants: `NO` is a text, and so is a
date. Of version 1.1, merge keys (`<<`) are taken as well.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

import yaml

__all__ = ["NotData", "parse_data"]

_MOST_DEPTH = 200
_MOST_PARTS = 1_000_000
_MOST_YAML = 12 << 20
_BASE: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_STANDARD = "tag:yaml.org,2002:"
_CONSTANTS: Mapping[str, object] = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False,
}  # fmt: skip
_INTEGER = re.compile(r"[-+]?[0-9]{1,400}", re.ASCII)
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?", re.ASCII)


class NotData(Exception):
    """Bytes that are neither JSON nor YAML as we take them."""


def parse_data(content: bytes) -> Any:
    """The mapping or list that a JSON or YAML document is. Raises `NotData`."""
    if content[:64].lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in {b"{", b"["}:
        if sum(map(content.count, (b",", b"[", b"{"))) > _MOST_PARTS:
            raise NotData(f"has more than {_MOST_PARTS:,} parts")
        try:
            return json.loads(content)
        except RecursionError:
            raise NotData("is nested too deeply") from None
        except ValueError:  # YAML may begin like this too
            pass
    return _yaml(content)


def _yaml(content: bytes) -> Any:
    if len(content) > _MOST_YAML:
        raise NotData(f"is YAML larger than {_MOST_YAML >> 20} MiB")
    builder = _Builder()
    try:
        for event in yaml.parse(content, Loader=_BASE):
            builder.take(event)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" (line {mark.line + 1})" if mark is not None else ""
        raise NotData(f"is neither JSON nor YAML{where}") from None
    except ValueError:  # bytes that are no text
        raise NotData("is neither JSON nor YAML") from None
    return builder.document


class _Open:
    """A mapping or list that is being read."""

    def __init__(self, event: yaml.CollectionStartEvent) -> None:
        self.anchor = event.anchor
        self.value: Any = {} if isinstance(event, yaml.MappingStartEvent) else []
        self.merged: list[Any] = []
        self.key: Any = None
        self.has_key = False
        self.size = 1

    def put(self, value: Any, *, is_merge: bool) -> None:
        """Take the next item, key or value."""
        if isinstance(self.value, list):
            self.value.append(value)
        elif not self.has_key:
            if isinstance(value, dict | list):
                raise NotData("has a mapping or list as a key")
            self.key, self.has_key = (_MERGE if is_merge else value), True
        else:
            self.has_key = False
            if self.key is _MERGE:
                self.merged += value if isinstance(value, list) else [value]
            else:
                self.value[self.key] = value

    def done(self) -> Any:
        """The whole: what was merged comes after what stands there itself."""
        for other in self.merged:
            if isinstance(other, dict):
                for key, value in other.items():
                    self.value.setdefault(key, value)
        return self.value


_MERGE = object()


class _Builder:
    """Builds the document from the parser's events, and counts."""

    def __init__(self) -> None:
        self.document: Any = None
        self._stack: list[_Open] = []
        self._anchors: dict[str, tuple[Any, int]] = {}

    def take(self, event: yaml.Event) -> None:
        """Take one event. Raises `NotData`."""
        if isinstance(event, yaml.AliasEvent):
            if event.anchor not in self._anchors:
                raise NotData("has an alias that stands within what it repeats, or repeats nothing")
            self._put(*self._anchors[event.anchor])
        elif isinstance(event, yaml.ScalarEvent):
            value = _scalar(event)
            self._keep(event.anchor, value, 1)
            is_merge = event.value == "<<" and event.implicit[0]
            self._put(value, 1, is_merge=is_merge)
        elif isinstance(event, yaml.CollectionStartEvent):
            self._anchors.pop(event.anchor or "", None)
            self._stack.append(_Open(event))
            if len(self._stack) > _MOST_DEPTH:
                raise NotData(f"is nested deeper than {_MOST_DEPTH}")
        elif isinstance(event, yaml.CollectionEndEvent):
            done = self._stack.pop()
            value = done.done()
            self._keep(done.anchor, value, done.size)
            self._put(value, done.size)

    def _keep(self, anchor: str | None, value: Any, size: int) -> None:
        if anchor:
            self._anchors[anchor] = value, size

    def _put(self, value: Any, size: int, *, is_merge: bool = False) -> None:
        if not self._stack:
            self.document = value
            return
        holder = self._stack[-1]
        holder.size += size
        if holder.size > _MOST_PARTS:
            raise NotData(f"has more than {_MOST_PARTS:,} parts, counting what its aliases repeat")
        holder.put(value, is_merge=is_merge)


def _scalar(event: yaml.ScalarEvent) -> Any:
    """A scalar by the core schema; one in quotes, or tagged as anything, is the text that it is."""
    text = event.value
    if not event.implicit[0] or event.tag not in {None, f"{_STANDARD}str"}:
        return text
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    return float(text) if len(text) < 400 and _FLOAT.fullmatch(text) else text
