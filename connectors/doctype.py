"""Document type declarations are refused everywhere but in one case: the schemas of the W3C (XML Signature, XML Encryption, `xml.xsd`)
begin with one that nothing in them needs. It is cut out unread; where the text does need it, the text is not well-formed any more.
"""

import re

__all__ = ["without_doctype", "without_schema_doctype"]

_BEFORE_ROOT = 1 << 16
_DOCTYPE = re.compile(  # its parts are taken once and for all (`(?>`): nothing is tried twice
    rb"""<!DOCTYPE(?>(?:[^\[>"']|"[^"]*"|'[^']*')*)(?>(?:\[(?>(?:<!--.*?-->|[^\]"']|"[^"]*"|'[^']*')*)\]\s*)?)>""",
    re.DOTALL,
)
_OF_SCHEMAS = re.compile(
    rb"""<!DOCTYPE\s+(?:\w+:)?schema\s+PUBLIC\s+(["'])-//W3C//DTD XMLSCHEMA 200102//EN\1""", re.IGNORECASE
)


def without_doctype(content: bytes) -> bytes:
    """The document without its document type declaration; the same object, if it has none."""
    head = content[:_BEFORE_ROOT]
    if b"<!DOCTYPE" not in head:
        return content
    return _DOCTYPE.sub(b"", head, count=1) + content[_BEFORE_ROOT:]


def without_schema_doctype(content: bytes) -> bytes:
    """The document without the declaration that schemas of the W3C have; any other is left where it is, to be refused."""
    return without_doctype(content) if _OF_SCHEMAS.search(content, 0, _BEFORE_ROOT) else content
