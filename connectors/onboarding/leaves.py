"""The texts of a tree, each with its way down from the root."""

from collections.abc import Iterator
from dataclasses import dataclass

from connectors.onboarding.shape import Node
from connectors.onboarding.words import words

__all__ = [
    "DATES",
    "NUMBERS",
    "Leaf",
    "Path",
    "Trail",
    "base_type",
    "is_repeated",
    "is_text",
    "leaves",
    "path_of",
    "type_of",
]

Trail = tuple[Node, ...]
"""A node with all that stand above it, the root first."""

DATES = frozenset({"date", "dateTime", "gYear", "gYearMonth", "date-time"})
Path = tuple[str, ...]
"""Names from the root on. Two branches of a choice may have the same: they are one place then."""

NUMBERS = words(
    "decimal integer int long short byte float double number nonNegativeInteger positiveInteger nonPositiveInteger negativeInteger "
    "unsignedInt unsignedLong unsignedShort unsignedByte"
)
_JSON = frozenset({"string", "integer", "number", "boolean"})


@dataclass(frozen=True, slots=True)
class Leaf:
    """A text of a tree, with its way down from the root."""

    trail: Trail

    @property
    def node(self) -> Node:
        """The node itself."""
        return self.trail[-1]

    @property
    def path(self) -> "Path":
        """Its names from the root on."""
        return path_of(self.trail)


def path_of(trail: Trail) -> Path:
    """The names of a trail."""
    return tuple(f"@{node.name}" if node.attribute else node.name for node in trail)


def is_repeated(trail: Trail, above: int) -> bool:
    """Whether a node, or one above it from that depth on, may stand several times."""
    return any(node.most is None or node.most > 1 for node in trail[above:])


def is_text(node: Node) -> bool:
    """Whether a node is a text: of a built-in type, with attributes at most."""
    if node.name == "*" or any(not child.attribute for child in node.children):
        return False
    return all(kind.partition("(")[0] in _JSON for kind in node.type.split(" | ")) or (
        node.type.startswith(("xs:", "list of xs:")) and node.type != "xs:anyType"
    )


def leaves(root: Node) -> tuple[Leaf, ...]:
    """Every text below a node that a path can name, in the order of the contract; each path once."""
    found: dict[Path, Leaf] = {}
    for leaf in _leaves((root,)):
        found.setdefault(leaf.path, leaf)
    return tuple(found.values())


def _leaves(trail: Trail) -> Iterator[Leaf]:
    node = trail[-1]
    if node.name == "*":
        return
    if is_text(node):
        yield Leaf(trail)
    for child in node.children:
        yield from _leaves((*trail, child))


def base_type(node: Node) -> str:
    """`date` of `xs:date` and of `string(date)`; of several types a string, if it may be one, else the first."""
    kinds = node.type.split(" | ")
    chosen = next((kind for kind in kinds if kind in {"string", "xs:string"}), kinds[0])
    kind, _, inner = chosen.removeprefix("xs:").partition("(")
    inner = inner.rstrip(")")
    return inner if inner in DATES else kind


def type_of(node: Node) -> str:
    """The type of an attribute that a text of the contract is by itself."""
    base = base_type(node)
    if base == "gYear":
        return "year"
    if base in DATES:
        return "date"
    if base == "boolean":
        return "boolean"
    if base in {"decimal", "float", "double", "number"}:
        return "amount"
    return "code" if node.values else "text"
