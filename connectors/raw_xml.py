"""XML that stands in a declaration as text, with variables in its texts and attributes."""

from lxml import etree

from connectors.scope import Path
from connectors.template import Holes, parse
from connectors.xml import NotXml, parse_text

__all__ = ["NESTED", "RawXml", "nested", "parsed"]

NESTED = "xml:"
"""Before a variable's name: its value is escaped for the XML that is the text of an element, before that text is."""


class RawXml(Exception):
    """A text that cannot stand as XML. Its text says why."""


def parsed(text: object, holes: Holes, path: Path) -> etree._Element:
    """The element that a text is, with stand-ins instead of variables. Raises `RawXml`."""
    return _element(_with_stand_ins(text, holes, path, ""), holes)


def nested(text: object, holes: Holes, path: Path) -> str:
    """A text that is XML, to be the text of an element: its variables are escaped twice. Raises `RawXml`."""
    found = _with_stand_ins(text, holes, path, NESTED)
    _element(found, holes)
    return found


def _with_stand_ins(text: object, holes: Holes, path: Path, prefix: str) -> str:
    if not isinstance(text, str):
        raise RawXml("expected XML as a text")
    template = parse(text)
    found = template.literals[0].decode()
    for name, literal in zip(template.variables, template.literals[1:], strict=True):
        found += holes.stand_in(prefix + name, path) + literal.decode()
    return found.strip()


def _element(text: str, holes: Holes) -> etree._Element:
    """The root of a text; every stand-in must be where a value can be escaped."""
    try:
        root = parse_text(text)
    except NotXml as error:
        raise RawXml(f"{error}; write one element, with the namespaces that it uses") from None
    whole = etree.tostring(root, encoding="unicode")
    texts = [part for node in root.iter() for part in (node.text, *node.attrib.values(), node.tail)]
    if holes.count(text) != sum(holes.count(part) for part in texts if part) or holes.count(
        whole
    ) != holes.count(text):
        raise RawXml("a variable may stand in a text or an attribute's value alone")
    return root
