"""JSON and YAML that a stranger wrote: bounded before anything is built of it, aliases counted as often as they are used.

YAML is read as version 1.2 has it (https://yaml.org/spec/1.2.2/#103-core-schema), as OpenAPI wants: `NO` is a text, and so is a date.
"""

import json
import re
from typing import Any

import yaml

__all__ = ["NotData", "parse_data"]

_MOST_DEPTH = 200
_MOST_PARTS = 2_000_000
_MOST_YAML = 12 << 20
_BASE: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class NotData(Exception):
    """Bytes that are neither JSON nor YAML as we take them."""


class _Loader(_BASE):  # type: ignore[misc]
    """Safe, and with the words of YAML 1.2 only."""

    yaml_implicit_resolvers = {  # noqa: RUF012 - PyYAML's own way
        first: [pair for pair in pairs if pair[0].rpartition(":")[2] in {"int", "float", "null", "merge"}]
        for first, pairs in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:bool", re.compile(r"^(?:true|True|TRUE|false|False|FALSE)$"), list("tTfF")
)


def parse_data(content: bytes) -> Any:
    """The mapping or list that a JSON or YAML document is. Raises `NotData`."""
    try:
        if content[:64].lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in {b"{", b"["}:
            try:
                return json.loads(content)
            except ValueError:  # YAML may begin like this too
                return _yaml(content)
        return _yaml(content)
    except RecursionError:
        raise NotData("is nested too deeply") from None


def _yaml(content: bytes) -> Any:
    if len(content) > _MOST_YAML:
        raise NotData(f"is YAML larger than {_MOST_YAML >> 20} MiB")
    try:
        measure = _Measure()
        for event in yaml.parse(content, Loader=_BASE):
            measure.take(event)
        return yaml.load(content, Loader=_Loader)  # noqa: S506 - a safe loader: see there
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" (line {mark.line + 1})" if mark is not None else ""
        raise NotData(f"is neither JSON nor YAML{where}") from None
    except (
        ValueError,
        TypeError,
        OverflowError,
        AttributeError,
    ):  # numbers and keys beyond what Python takes
        raise NotData("is YAML with a number or key that cannot be read") from None


class _Measure:
    """Counts everything in a document, with what aliases repeat, from the parser's events."""

    def __init__(self) -> None:
        self._sizes: dict[str, int] = {}
        self._stack: list[tuple[str | None, int]] = [(None, 0)]

    def take(self, event: yaml.Event) -> None:
        """Count one event. Raises `NotData` beyond the bounds."""
        if isinstance(event, yaml.AliasEvent):
            if event.anchor not in self._sizes:
                raise NotData("has an alias that stands within what it repeats, or repeats nothing")
            self._add(self._sizes[event.anchor])
        elif isinstance(event, yaml.CollectionStartEvent):
            self._sizes.pop(event.anchor or "", None)
            self._stack.append((event.anchor, 1))
            if len(self._stack) > _MOST_DEPTH:
                raise NotData(f"is nested deeper than {_MOST_DEPTH}")
        elif isinstance(event, yaml.CollectionEndEvent):
            self._done(*self._stack.pop())
        elif isinstance(event, yaml.ScalarEvent):
            self._done(event.anchor, 1)

    def _done(self, anchor: str | None, size: int) -> None:
        if anchor:
            self._sizes[anchor] = size
        self._add(size)

    def _add(self, size: int) -> None:
        anchor, own = self._stack[-1]
        if own + size > _MOST_PARTS:
            raise NotData(f"has more than {_MOST_PARTS:,} parts, counting what its aliases repeat")
        self._stack[-1] = (anchor, own + size)
