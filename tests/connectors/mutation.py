"""Spoiling contracts at random: their bytes, their XML, their JSON. The same seed spoils in the same way."""

import copy
import json
from random import Random
from typing import Any

from lxml import etree

TOKENS = [
    b"<", b">", b"/>", b'"', b"&", b"&#0;", b"<!DOCTYPE x>", b"<!--", b"]]>", b"<?x?>", b"\x00", b"\xff", b"\xef\xbb\xbf", b"\xed\xa0\x80",
    b"$ref", b"- ", b": ", b"*a", b"&a ", b"<<: ", b"{", b"}", b"[", b"]", b"\t", b"\n", b"!!int ", b"0x", b"9" * 400, b"~", b"#", b"unbounded",
    b'"#/components/schemas/Person"', b"null", b"true", b"../", b"file:///etc/passwd", b"http://127.0.0.1:9/", b"%00", b"xsd:", b"tns:", b"-1",
]  # fmt: skip
XSD = "{http://www.w3.org/2001/XMLSchema}"
TAGS = [
    f"{XSD}{name}"
    for name in (
        "element", "attribute", "complexType", "simpleType", "sequence", "choice", "all", "group", "attributeGroup", "any",
        "extension", "restriction", "union", "list", "enumeration", "import", "include", "redefine", "complexContent",
        "simpleContent", "annotation", "schema", "anyAttribute",
    )
]  # fmt: skip
ATTRIBUTES = [
    "name", "type", "ref", "base", "minOccurs", "maxOccurs", "substitutionGroup", "memberTypes", "itemType", "element", "message",
    "binding", "schemaLocation", "location", "namespace", "use", "parts", "part", "style", "value", "form", "abstract", "targetNamespace",
    "nillable", "mixed", "default", "fixed",
]  # fmt: skip
VALUES = ["", " ", "tns:GetPerson", "xsd:date", "xsd:anyType", "none:x", ":", "a:b:c", "unbounded", "-1", "99999999999999", "x y z", "{x}y",
          "xsd/persons.xsd", "persons.wsdl", "../outside.xsd", "http://127.0.0.1:9/", "file:///etc/passwd", "\u202e", "true", "rpc", "encoded"]  # fmt: skip
SCALARS: list[Any] = [
    None,
    True,
    0,
    -1,
    1.5,
    10**30,
    "",
    "x",
    [],
    {},
    "object",
    "array",
    "#/components/schemas/Person",
    "#",
    "#/",
    "2.0",
    "GET",
]
KEYS = ["$ref", "allOf", "oneOf", "anyOf", "items", "properties", "type", "enum", "required", "discriminator", "mapping", "nullable",
        "additionalProperties", "const", "schema", "content", "parameters", "in", "name", "get", "post", "servers", "default"]  # fmt: skip


def spoilt_bytes(content: bytes, random: Random) -> bytes:
    """The bytes with a few changes."""
    found = bytearray(content)
    for _ in range(random.randint(1, 6)):
        at = random.randrange(len(found) + 1)
        to = min(len(found), at + random.choice([0, 1, 4, 30, 300]))
        start = random.randrange(len(found) + 1)
        new = random.choice(
            [
                random.choice(TOKENS),
                random.randbytes(2),
                bytes(found[start : start + random.choice([5, 50, 500])]),
            ]
        )
        found[at:to] = new
    return bytes(found)


def spoilt_xml(content: bytes, random: Random) -> bytes:
    """The document with elements moved, repeated, renamed, taken out, and attributes changed."""
    root = etree.fromstring(content)
    for _ in range(random.randint(1, 8)):
        nodes = list(root.iter(etree.Element))
        one, other = random.choice(nodes), random.choice(nodes)
        kind = random.randrange(5)
        if kind == 0 and one is not root:
            one.getparent().remove(one)  # type: ignore[union-attr]
        elif kind == 1:
            other.append(copy.deepcopy(one) if len(nodes) < 500 else etree.Element(random.choice(TAGS)))
        elif kind == 2:
            one.tag = random.choice([random.choice(TAGS), other.tag])
        elif kind == 3 and other.attrib:
            name = random.choice(list(other.attrib))
            one.set(random.choice([str(name), random.choice(ATTRIBUTES)]), str(other.get(name)))
        else:
            one.set(random.choice(ATTRIBUTES), random.choice(VALUES))
    return etree.tostring(root)


def spoilt_json(value: Any, random: Random) -> bytes:
    """The document with parts exchanged, wrapped, and referring to each other."""
    whole = copy.deepcopy(value)
    for _ in range(random.randint(1, 8)):
        holders = _holders(whole)
        one, other = random.choice(holders), random.choice(holders)
        new = random.choice(
            [
                copy.deepcopy(random.choice(SCALARS)),
                copy.deepcopy(other[0]) if len(holders) < 500 else 1,
                {"$ref": "#" + other[1]},
            ]
        )
        if random.randrange(3) == 0 and isinstance(one[0], dict):
            one[0][random.choice(KEYS)] = random.choice([new, [new], {random.choice(KEYS): new}])
        elif isinstance(one[0], dict) and one[0]:
            one[0][random.choice(list(one[0]))] = new
        elif isinstance(one[0], list):
            one[0].append(new)
    return json.dumps(whole).encode()


def _holders(value: Any, pointer: str = "") -> list[tuple[Any, str]]:
    """Every mapping and list, with the pointer that leads to it."""
    found = [(value, pointer)]
    pairs = value.items() if isinstance(value, dict) else enumerate(value)
    for key, below in pairs:
        if isinstance(below, dict | list):
            step = str(key).replace("~", "~0").replace("/", "~1")
            found += _holders(below, f"{pointer}/{step}")
    return found
