"""The part of a REST declaration that says how a list comes in pages."""

import re
from dataclasses import dataclass

from connectors.json_reply import compile_path
from connectors.scope import Scope
from connectors.values import Select

__all__ = ["PageRule", "read_pages"]

_KINDS = ("link", "linkHeader", "number", "cursor")
_PLAIN = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*", re.ASCII)


@dataclass(frozen=True, slots=True)
class PageRule:
    """Where the list stands in a page, and how the next one is asked for."""

    items: tuple[str, ...]
    kind: str
    next: Select | None
    """`link`: the next page's address. `cursor`: what stands for it. `number`: how many pages there are."""
    parameter: str
    first: int
    most: int


def read_pages(scope: Scope) -> PageRule | None:
    """Read `pages`."""
    below = scope.scope("pages")
    if below is None:
        return None
    items = below.text("items", required=True) or "x"
    if not _PLAIN.fullmatch(items):
        below.problem("expected plain names with dots between them", "items")
    kind = below.choice("by", _KINDS) or _KINDS[0]
    parameter = below.text("parameter", required=True) if kind in {"number", "cursor"} else None
    rule = PageRule(
        items=tuple(items.split(".")),
        kind=kind,
        next=_next(below, kind),
        parameter=parameter or "",
        first=below.integer("first", 1, least=0, most=1) if kind == "number" else 1,
        most=below.integer("most", 20, least=2, most=1000),
    )
    below.done()
    return rule


def _next(scope: Scope, kind: str) -> Select | None:
    if kind == "linkHeader":
        return None
    key = "last" if kind == "number" else "next"
    path = scope.text(key, required=kind != "number")
    try:
        return None if path is None else compile_path(path)
    except ValueError as error:
        scope.problem(str(error), key)
        return None
