"""What a document of a contract asks for, and the same document asking for something else."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from lxml import etree

from connectors.doctype import without_doctype
from connectors.onboarding.data import NotData, parse_data
from connectors.onboarding.xsd import KNOWN, XSD, local
from connectors.xml import NotXml, parse

__all__ = ["Document", "Unusable", "read_document"]

_WSDL = "{http://schemas.xmlsoap.org/wsdl/}"
_ASKING = tuple(f"{{{XSD}}}{name}" for name in ("import", "include", "redefine", "override"))
_NO_REFERENCES = frozenset({"example", "value", "default", "enum", "const"})


class Unusable(Exception):
    """Bytes that are no document of a contract. Its text says why."""


@dataclass(slots=True)
class Document:
    """One document: its bytes, what it asks for, and how it is written anew with other names for that."""

    content: bytes
    suffix: str
    """`.wsdl`, `.xsd`, `.json` or `.yaml`."""
    references: tuple[str, ...]
    """The locations that it names, as it does."""
    rewrite: Callable[[Mapping[str, str]], bytes]
    """The document with each of those locations replaced."""
    without_dtd: bool = False
    """Whether a document type declaration was left out of `content`."""


def read_document(content: bytes) -> Document:
    """Find out what a document is, and what it asks for. Raises `Unusable`."""
    if content[:64].lstrip(b"\xef\xbb\xbf \t\r\n\x00\xff\xfe")[:1] == b"<":
        return _xml(content)
    return _data(content)


def _xml(content: bytes) -> Document:
    bare = without_doctype(content)
    try:
        root = parse(bare)
    except NotXml as error:
        raise Unusable(str(error)) from None
    is_wsdl = root.tag == f"{_WSDL}definitions"
    if not is_wsdl and local(root) != "schema":
        raise Unusable("is neither a WSDL 1.1 nor a schema")
    found = list(_asking(root))

    def rewrite(names: Mapping[str, str]) -> bytes:
        for node, key in found:
            location = node.get(key, "")
            node.set(key, names.get(location, location))
        return etree.tostring(root.getroottree(), encoding="UTF-8", xml_declaration=True) + b"\n"

    references = tuple(dict.fromkeys(node.get(key, "") for node, key in found))
    return Document(bare, ".wsdl" if is_wsdl else ".xsd", references, rewrite, bare is not content)


def _asking(root: etree._Element) -> Iterator[tuple[etree._Element, str]]:
    """The elements that ask for a document, and the attribute that says where it is."""
    for node in root.iter(*_ASKING):
        location = node.get("schemaLocation")
        if location and not (node.get("namespace") in KNOWN and "://" in location):
            yield node, "schemaLocation"
    for node in root.iterchildren(f"{_WSDL}import"):
        if node.get("location"):
            yield node, "location"


def _data(content: bytes) -> Document:
    try:
        root = parse_data(content)
    except NotData as error:
        raise Unusable(str(error)) from None
    if not isinstance(root, dict):
        raise Unusable("is neither XML nor a mapping of JSON or YAML")
    try:
        found = tuple(
            dict.fromkeys(filter(None, (urlsplit(one)._replace(fragment="").geturl() for one in _refs(root))))
        )
    except (ValueError, RecursionError):
        raise Unusable("has references that are none, or is nested too deeply") from None

    def rewrite(names: Mapping[str, str]) -> bytes:
        return json.dumps(_renamed(root, names), ensure_ascii=False, indent=2).encode() + b"\n"

    is_json = content.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"{"
    return Document(content, ".json" if is_json else ".yaml", found, rewrite)


def _refs(value: Any) -> Iterator[str]:
    """Every reference in a document, in schemas, responses, paths and discriminators."""
    if isinstance(value, list):
        for one in value:
            yield from _refs(one)
    elif isinstance(value, dict):
        for key, below in value.items():
            if key == "$ref" and isinstance(below, str):
                yield below
            elif key == "discriminator" and isinstance(below, dict):
                yield from filter(_is_reference, _mapped(below).values())
            elif key not in _NO_REFERENCES:
                yield from _refs(below)


def _mapped(discriminator: Mapping[Any, Any]) -> Mapping[Any, Any]:
    found = discriminator.get("mapping")
    return found if isinstance(found, Mapping) else {}


def _is_reference(target: object) -> bool:
    """Whether a discriminator's target is a reference, not the name of a schema."""
    return isinstance(target, str) and ("/" in target or "#" in target)


def _renamed(value: Any, names: Mapping[str, str]) -> Any:
    """The same document with its references replaced."""
    if isinstance(value, list):
        return [_renamed(one, names) for one in value]
    if not isinstance(value, dict):
        return value
    found: dict[Any, Any] = {}
    for key, below in value.items():
        if key == "$ref" and isinstance(below, str):
            found[key] = _with_name(below, names)
        elif key == "discriminator" and isinstance(below, dict):
            targets = {k: _with_name(t, names) if _is_reference(t) else t for k, t in _mapped(below).items()}
            found[key] = below | ({"mapping": targets} if targets else {})
        else:
            found[key] = below if key in _NO_REFERENCES else _renamed(below, names)
    return found


def _with_name(reference: str, names: Mapping[str, str]) -> str:
    location, mark, pointer = reference.partition("#")
    return names.get(location, location) + mark + pointer
