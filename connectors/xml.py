"""Reading XML that a stranger wrote: no DTD, no entities, no network, bounded depth; then compiled XPath.

An XPath of a declaration is checked whole when the declaration is read, since libxml2 itself finds an unknown prefix or
function only when it comes to evaluate it.
"""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache, partial
from typing import Any

from lxml import etree

from connectors.rule import PathLanguage
from connectors.values import Scalar, Select, Unfit
from connectors.xml_paths import one_pass, plain

__all__ = ["NotXml", "compile_path", "language", "parse", "parse_text", "scalar"]

_XML = "http://www.w3.org/XML/1998/namespace"
_NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"
_DECLARATION = re.compile(r"\A\s*<\?xml\s[^>]*\?>\s*")
_TRUE = frozenset({"true", "1"})
_LITERAL = re.compile(r"""'[^']*'|"[^"]*\"""")
_PREFIX = re.compile(r"(?<![\w.-])([\w.-]+):(?!:)[\w*]")
_FUNCTION = re.compile(r"([\w.:-]+)\s*\(")
_FUNCTIONS = frozenset(
    [
        "last",
        "position",
        "count",
        "local-name",
        "namespace-uri",
        "name",
        "string",
        "concat",
        "starts-with",
        "contains",
        "substring-before",
        "substring-after",
        "substring",
        "string-length",
        "normalize-space",
        "translate",
        "boolean",
        "not",
        "true",
        "false",
        "number",
        "sum",
        "floor",
        "ceiling",
        "round",
        "node",
        "text",
        "and",
        "or",
        "mod",
        "div",
    ]
)


class NotXml(Exception):
    """Bytes that are not XML as we take it. Its text never holds any of them."""


@lru_cache(maxsize=16)
def _parser(encoding: str | None) -> etree.XMLParser:
    """A parser for one encoding; `None`: the one that the document names."""
    return etree.XMLParser(
        encoding=encoding,
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        attribute_defaults=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
        strip_cdata=True,
        collect_ids=False,
        recover=False,
    )


def parse(body: bytes, charset: str | None = None) -> etree._Element:
    """The root of a document. The `charset` of the Content-Type, if any, outranks what the document says (RFC 7303).

    Raises `NotXml`: not well-formed, deeper than 256, with a document type declaration, or of an unknown encoding.
    """
    if b"<!DOCTYPE" in body[:4096]:  # before the parser spends anything on it
        raise NotXml("has a document type declaration")
    named = charset if charset and charset not in {"utf-8", "utf8"} and body[:3] != b"\xef\xbb\xbf" else None
    try:
        root = etree.fromstring(body, _parser(named))
    except (etree.XMLSyntaxError, ValueError):
        raise NotXml("is not well-formed XML") from None
    except LookupError:
        raise NotXml("is in an unknown encoding") from None
    if root is None:
        raise NotXml("is empty")
    if root.getroottree().docinfo.internalDTD is not None:
        raise NotXml("has a document type declaration")
    return root


def parse_text(text: str) -> etree._Element:
    """The root of a document that is text already, whatever encoding it says it had. Raises `NotXml` as `parse` does."""
    return parse(_DECLARATION.sub("", text, count=1).encode())


def _check(bare: str, namespaces: Mapping[str, str]) -> None:
    """Look for what libxml2 would find late. `bare` is an expression without its literals."""
    for prefix in _PREFIX.findall(bare):
        if prefix not in {*namespaces, "xml"}:
            raise ValueError(f"the prefix {prefix} is not among the namespaces")
    for function in _FUNCTION.findall(bare):
        if function.rpartition("::")[2] not in _FUNCTIONS:
            raise ValueError(f"{function} is no function of XPath 1.0")
    if "$" in bare:
        raise ValueError("variables are not known here")


def compile_path(path: str, namespaces: Mapping[str, str]) -> Select:
    """A compiled XPath 1.0. Raises `ValueError` with what is wrong with it."""
    _check(_LITERAL.sub("''", path), namespaces)
    try:
        compiled = etree.XPath(path, namespaces=dict(namespaces), regexp=False, smart_strings=False)
        compiled(etree.Element("probe"))
    except (etree.XPathError, ValueError, TypeError):
        raise ValueError("not an XPath 1.0 expression") from None

    def select(point: Any) -> Sequence[Any]:
        try:
            found = compiled(point)
        except etree.XPathError:
            raise Unfit("cannot be evaluated") from None
        return found if isinstance(found, list) else (found,)

    return plain(path, {**namespaces, "xml": _XML}, select)


def language(namespaces: Mapping[str, str]) -> PathLanguage:
    """XPath 1.0 with these prefixes, and how what it finds is read."""
    return PathLanguage(
        partial(compile_path, namespaces=namespaces), scalar, etree.iselement, lambda _found: False, one_pass
    )


def scalar(item: Any) -> Scalar:
    """The text of an element or attribute. Raises `Unfit` for an element that holds elements."""
    if not etree.iselement(item):
        if isinstance(item, str | float | bool):
            return item
        raise Unfit("is not a text")
    if len(item):
        raise Unfit("holds elements where a text was declared")
    if item.attrib and item.get(_NIL) in _TRUE:
        return None
    return item.text
