"""The shape that a signed answer must have: nothing in it may be there twice, be anything else, or stand anywhere else.

A signature tells that some elements are as the signer wrote them. It does not tell where they stand, nor that what is read is
what was signed: that is what wrapping attacks live on. So the one shape that is taken is checked, element by element;
`connectors.security.incoming` has the signature checked over the very elements found here, then removes all others.
"""

import re
from collections import Counter
from dataclasses import dataclass

from lxml import etree

from connectors.security import names

__all__ = ["Frame", "Unverified", "frame_of", "referred"]

_DS = f"{{{names.DS}}}"
_INCLUSIVE = f"{{{names.EXC_C14N}}}InclusiveNamespaces"
_REFERENCE = re.compile(r"#([A-Za-z_][\w.-]*)", re.ASCII)
"""An element of the same document by its id. `#xpointer(…)` is none."""
_MOST_REFERENCES, _MOST_PREFIXES = 32, 64
_MOST_LEVELS = 64
"""libxmlsec climbs from each node to what is signed, so that canonical XML takes as long as there are nodes times levels."""
_too_deep = etree.XPath(f"boolean({'/*' * (_MOST_LEVELS + 1)})")
_ids = etree.XPath("//@*[translate(local-name(), 'ID', 'id') = 'id']", smart_strings=False)


class Unverified(Exception):
    """An answer is not signed as declared. Its text says why, and holds nothing of the answer."""

    def __init__(self, why: str) -> None:
        """Say what is wrong."""
        super().__init__(f"is not signed as declared: {why}")


@dataclass(frozen=True, slots=True)
class Frame:
    """Where things are in an answer whose frame is right. Whether the signature holds, and for what, is not known yet."""

    header: etree._Element
    body: etree._Element
    security: etree._Element
    timestamp: etree._Element
    signature: etree._Element
    prefixes: tuple[str, ...]
    """Those that the canonical form of SignedInfo keeps though it does not use them."""
    references: tuple[str, ...]
    """The ids that the signature refers to."""


def frame_of(envelope: etree._Element) -> Frame:
    """The frame of an answer: looks at few elements, however large it is. Raises `Unverified`."""
    if _too_deep(envelope):
        raise Unverified("its elements are nested too deeply")
    space = etree.QName(envelope).namespace
    if [child.tag for child in envelope] != [f"{{{space}}}Header", f"{{{space}}}Body"]:
        raise Unverified("its envelope is not one Header and one Body")
    header, body = envelope
    security = _one(header, names.SECURITY)
    timestamp, signature = _one(security, names.TIMESTAMP), _one(security, names.SIGNATURE)
    info = _children(signature, "SignedInfo", "SignatureValue", may_end_with="KeyInfo")[0]
    if not 2 < len(info) <= 2 + _MOST_REFERENCES:
        raise Unverified("it has no references, or too many")
    method, algorithm, *references = info
    prefixes = _algorithm(method, "CanonicalizationMethod", names.EXC_C14N, prefixes=True)
    _algorithm(algorithm, "SignatureMethod", names.RSA_SHA256)
    ids = tuple(map(_reference, references))
    return Frame(header, body, security, timestamp, signature, prefixes, ids)


def referred(envelope: etree._Element, frame: Frame) -> tuple[etree._Element, ...]:
    """The elements that the signature refers to: Body and Timestamp, and it may be header blocks and tokens.

    Each must stand where it belongs, and be the only one in the document with its id, whatever the attribute is called. Raises
    `Unverified`.
    """
    if len(set(frame.references)) != len(frame.references):
        raise Unverified("it refers to something twice")
    ids = _ids(envelope)
    assert isinstance(ids, list)  # noqa: S101 - of a path to attributes
    times = Counter(ids)
    places = {place.get(names.ID): place for place in (*frame.header, *frame.security, frame.body)}
    if any(times[one] != 1 or one not in places for one in frame.references):
        raise Unverified("it refers to something that is not where it belongs, or is there twice")
    found = tuple(places[one] for one in frame.references)
    if frame.body not in found or frame.timestamp not in found:
        raise Unverified("its Body and its Timestamp are not both signed")
    return found


def _one(parent: etree._Element, tag: str) -> etree._Element:
    found = parent.findall(tag)
    if len(found) != 1:
        raise Unverified(f"it has not exactly one {etree.QName(tag).localname} where it belongs")
    return found[0]


def _reference(reference: etree._Element) -> str:
    if reference.tag != f"{_DS}Reference" or not {"URI"} <= set(reference.attrib) <= {"URI", "Id"}:
        raise Unverified("a reference is not of the declared shape")
    transforms, digest, _ = _children(reference, "Transforms", "DigestMethod", "DigestValue")
    if len(transforms) != 1:
        raise Unverified("a reference has not the one transform that is taken")
    _algorithm(transforms[0], "Transform", names.EXC_C14N, prefixes=True)
    _algorithm(digest, "DigestMethod", names.SHA256)
    found = _REFERENCE.fullmatch(reference.get("URI", ""))
    if found is None:
        raise Unverified("a reference is not to an element of the message")
    return found[1]


def _children(parent: etree._Element, *tags: str, may_end_with: str | None = None) -> list[etree._Element]:
    found = list(parent)
    wanted = [f"{_DS}{tag}" for tag in tags]
    if [one.tag for one in found] not in (wanted, [*wanted, f"{_DS}{may_end_with}"]):
        raise Unverified("its signature is not of the declared shape")
    return found


def _algorithm(
    element: etree._Element, tag: str, algorithm: str, *, prefixes: bool = False
) -> tuple[str, ...]:
    """One algorithm and no parameters, but for the prefixes that exclusive canonicalisation may be told to keep."""
    if element.tag != f"{_DS}{tag}" or element.items() != [("Algorithm", algorithm)]:
        raise Unverified(f"its {tag} is not {algorithm}")
    if not len(element):
        return ()
    if not prefixes or [one.tag for one in element] != [_INCLUSIVE] or len(element[0]):
        raise Unverified(f"its {tag} has parameters")
    kept = tuple(element[0].get("PrefixList", "").split())
    if len(kept) > _MOST_PREFIXES:
        raise Unverified(f"its {tag} keeps too many prefixes")
    return kept
