"""Whether a text of a contract can be a number of a known scheme, by the type and facets that the contract gives it."""

import re

import re2

from connectors.onboarding.leaves import base_type
from connectors.onboarding.shape import Node
from connectors.request_check import SUBJECTS

__all__ = ["said_of", "takes"]

_BITS = {"byte": 7, "short": 15, "int": 31, "unsignedByte": 8, "unsignedShort": 16, "unsignedInt": 32}
_BOUND = re.compile(
    r"\b(length|minLength|maxLength|(?:min|max)Inclusive|minimum|maximum) (\d{1,18})(?!\S*\.)"
)
_PATTERN = re.compile(r"(?:^|, )pattern (.*?)(?=$|, (?:length|(?:min|max)\w+) )")
_LONGEST = 79
"""A longer pattern is not known whole, since the tree keeps no more of it."""


def said_of(scheme: str) -> str:
    """What a skeleton says of the number that a source is asked by."""
    if scheme in SUBJECTS:
        return "whom it knows, and by which number"
    return "a number of the source's own: in the contract it has another form than those that forms know"


def takes(node: Node, scheme: str) -> bool:
    """Whether a number of the scheme fits. What cannot be told does not stand in the way."""
    number = SUBJECTS.get(scheme)
    if number is None:
        return True
    bits = _BITS.get(base_type(node)) if node.type.startswith("xs:") else None
    in_type = bits is None or int(number) < 2**bits
    return (
        in_type
        and all(_holds(facet, bound, number) for facet, bound in _BOUND.findall(node.facets))
        and _fits(node, number)
    )


def _holds(facet: str, bound: str, number: str) -> bool:
    measured = len(number) if facet.lower().endswith("length") else int(number)
    if facet == "length":
        return measured == int(bound)
    return measured >= int(bound) if facet.startswith("min") else measured <= int(bound)


def _fits(node: Node, number: str) -> bool:
    """Whether a number is as one of the patterns says. Those of XML Schema are about the whole text; only they subtract classes."""
    found = _PATTERN.search(node.facets)
    patterns = found[1].split(" or ") if found else []
    whole = node.type.startswith("xs:")
    try:
        return not patterns or any(
            len(one) > _LONGEST or "-[" in one or re2.search(f"^(?:{one})$" if whole else one, number)
            for one in patterns
        )
    except re2.error:
        return True
