"""How often a particle of XML Schema occurs."""

from dataclasses import dataclass, replace

from lxml import etree

from connectors.onboarding.shape import Node
from connectors.onboarding.xsd import documentation_of

__all__ = ["Times", "any_of", "counted"]


@dataclass(frozen=True, slots=True)
class Times:
    """How often what stands here occurs, and in which choice it is."""

    least: int = 1
    most: int | None = 1
    choice: int | None = None
    branch: int | None = None

    def of(self, node: etree._Element) -> "Times":
        """The same, times what `node` says of itself."""
        least, most = _number(node.get("minOccurs"), 1), _number(node.get("maxOccurs"), 1)
        times = None if self.most is None or most is None else self.most * most
        if most == 0 or self.most == 0:
            times = 0
        return replace(self, least=self.least * (least or 0), most=times)


def _number(text: str | None, default: int) -> int | None:
    """A count; `None` for `unbounded`."""
    text = (text or "").strip()
    if text == "unbounded":
        return None
    return min(int(text), 1 << 31) if text.isascii() and text.isdecimal() and len(text) < 12 else default


def counted(node: Node, times: Times) -> Node:
    """The node, occurring that often."""
    return replace(node, least=times.least, most=times.most, choice=times.choice, branch=times.branch)


def any_of(node: etree._Element, times: Times) -> Node:
    """The node that `xsd:any` or `xsd:anyAttribute` stands for."""
    space = node.get("namespace", "##any")
    said = documentation_of(node) or ("" if space == "##any" else f"of the namespace {space[:200]}")
    return counted(Node("*", None, "any", documentation=said), times)
