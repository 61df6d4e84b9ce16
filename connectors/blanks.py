"""Blanks: what a skeleton leaves for a person to fill in. A declaration that still has one is refused."""

from collections.abc import Iterator, Mapping

__all__ = ["BLANK", "UNFILLED", "blanks_in"]

BLANK = "FILL-IN"
UNFILLED = f"is still to be filled in ({BLANK})"


def blanks_in(node: object, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Where a nested structure still holds blanks, in its values or its keys."""
    if isinstance(node, str):
        if BLANK in node:
            yield path
    elif isinstance(node, Mapping):
        for key, value in node.items():
            if isinstance(key, str) and BLANK in key:
                yield (*path, key)
            yield from blanks_in(value, (*path, key))
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from blanks_in(value, (*path, index))
