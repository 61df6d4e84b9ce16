"""The declaration that would write a given message: what a person does by hand, done by rule."""

from collections import Counter
from typing import Any

from lxml import etree

XSI = "{http://www.w3.org/2001/XMLSchema-instance}"


def declared(node: etree._Element) -> Any:
    """What a declaration says of an element: a text, or a mapping of what is in it."""
    found: dict[str, Any] = {}
    for name, value in node.attrib.items():
        if name == f"{XSI}nil":
            found["xsi:nil"] = value == "true"
        elif name == f"{XSI}type":
            found["xsi:type"] = braced(clark(node, str(value)))
        else:
            found[f"@{name!s}"] = braced(str(value))
    children = list(node)
    names = Counter(
        etree.QName(child).localname for child in {child.tag: child for child in children}.values()
    )
    for child in children:
        foreign = etree.QName(child).namespace not in {None, etree.QName(node).namespace}
        add(found, child, full=foreign or names[etree.QName(child).localname] > 1)
    if not children and not found:
        return braced(node.text or "")
    if (node.text or "").strip():
        found["_value_1"] = braced(node.text or "")
    return found


def clark(node: etree._Element, name: str) -> str:
    """A name with a prefix as a name in Clark notation."""
    prefix, _, bare = name.rpartition(":")
    return f"{{{node.nsmap[prefix or None]}}}{bare}"


def add(found: dict[str, Any], child: etree._Element, *, full: bool) -> None:
    """Note a child under its name, its full name if that could be another's, or as XML if no contract names it."""
    name = etree.QName(child)
    if str(name.namespace).startswith("urn:any:"):
        found.setdefault("xml", []).append(etree.tostring(child, encoding="unicode", with_tail=False))
        return
    key = str(child.tag) if full else name.localname
    value = declared(child)
    if key not in found:
        found[key] = value
    elif isinstance(found[key], list):
        found[key].append(value)
    else:
        found[key] = [found[key], value]


def braced(text: str) -> str:
    """A text as a declaration has it, where braces are variables."""
    return text.replace("{", "{{").replace("}", "}}")


def leaves(node: etree._Element) -> Counter[tuple[str, str, str]]:
    """Every text and attribute with the path that it stands at; the order of elements is left aside."""
    found: Counter[tuple[str, str, str]] = Counter()
    walk(node, "", found)
    return found


def walk(node: etree._Element, path: str, found: Counter[tuple[str, str, str]]) -> None:
    at = f"{path}/{node.tag}"
    found[at, "", (node.text or "").strip()] += 1
    for name, value in node.attrib.items():
        found[at, str(name), clark(node, str(value)) if name == f"{XSI}type" else str(value)] += 1
    for child in node:
        walk(child, at, found)
