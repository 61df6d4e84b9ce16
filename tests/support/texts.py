"""Texts that are valid by a simple type of XML Schema, drawn by chance from a seed."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from re import _constants as code  # how the standard library itself reads a pattern
from re import _parser as parser
from typing import Any

from lxml import etree

from connectors.onboarding.xsd import XSD, Component, Schemas, local, qualified

TRIES = 2000
WORDS = ["Zoé", "d'Ω", "<b>", "&", '"c"', "'d'", "]]>", "12", "straße"]
INTEGERS = {
    "integer": (-(10**12), 10**12), "long": (-(2**63), 2**63 - 1), "int": (-(2**31), 2**31 - 1),
    "short": (-(2**15), 2**15 - 1), "byte": (-128, 127), "nonNegativeInteger": (0, 10**12),
    "positiveInteger": (1, 10**12), "nonPositiveInteger": (-(10**12), 0), "negativeInteger": (-(10**12), -1),
    "unsignedLong": (0, 2**64 - 1), "unsignedInt": (0, 2**32 - 1), "unsignedShort": (0, 2**16 - 1),
    "unsignedByte": (0, 255),
}  # fmt: skip
LISTS = {"NMTOKENS": "NMTOKEN", "IDREFS": "NCName", "ENTITIES": "NCName"}


@dataclass
class Facets:
    """What a chain of restrictions says of its texts."""

    base: str = "string"
    values: list[str] = field(default_factory=list)
    patterns: list[list[str]] = field(default_factory=list)
    bounds: dict[str, str] = field(default_factory=dict)


class Texts:
    """Draws texts for the types of a contract."""

    def __init__(self, schemas: Schemas, random: Random) -> None:
        self._schemas, self._random = schemas, random

    def named(self, name: str) -> str:
        """A text of the type that a name in Clark notation stands for."""
        space, _, bare = name.rpartition("}")
        if space == f"{{{XSD}":
            return self._fitting(Facets(bare))
        return self.of(self._schemas.types[name])

    def of(self, component: Component) -> str:
        """A text of a simple type, or of a complex type of simple content."""
        node, origin = component.node, component.origin
        for child in node.iterchildren(etree.Element):
            if local(child) == "list":
                return " ".join(
                    self._member(child, "itemType", component) for _ in range(self._random.randint(1, 3))
                )
            if local(child) == "union":
                return self._member(child, "memberTypes", component)
        for derived in node.iterfind(f"{{{XSD}}}simpleContent/*"):
            if local(derived) == "extension":
                return self.named(qualified(derived, derived.get("base", ""), origin.namespace))
        return self._fitting(self._facets(component))

    def _member(self, node: etree._Element, key: str, holder: Component) -> str:
        """A text of one of the types that a list or union is made of."""
        names = [qualified(node, one, holder.origin.namespace) for one in node.get(key, "").split()]
        inner = [Component(one, holder.origin) for one in node.iterchildren(f"{{{XSD}}}simpleType")]
        members: list[str | Component] = [*names, *inner]
        chosen = self._random.choice(members)
        return self.named(chosen) if isinstance(chosen, str) else self.of(chosen)

    def _facets(self, component: Component) -> Facets:
        """Those of the restriction and of all that it restricts; the nearest counts."""
        derived = next(component.node.iter(f"{{{XSD}}}restriction", f"{{{XSD}}}extension"))
        base = derived.get("base")
        if base is None:
            found = self._facets(Component(derived[0], component.origin))
        else:
            name = qualified(derived, base, component.origin.namespace)
            space, _, bare = name.rpartition("}")
            found = Facets(bare) if space == f"{{{XSD}" else self._facets(self._schemas.types[name])
        own = list(derived.iterchildren(etree.Element))
        found.values = [one.get("value", "") for one in own if local(one) == "enumeration"] or found.values
        patterns = [one.get("value", "") for one in own if local(one) == "pattern"]
        found.patterns += [patterns] if patterns else []
        found.bounds |= {local(one): one.get("value", "") for one in own}
        return found

    def _fitting(self, facets: Facets) -> str:
        for _ in range(TRIES):
            text = self._drawn(facets)
            if fits(text, facets):
                return text
        raise ValueError(f"no text found for {facets}")

    def _drawn(self, facets: Facets) -> str:
        """A text that may fit."""
        if facets.values:
            return self._random.choice(facets.values)
        if facets.patterns:
            pattern = translated(self._random.choice(facets.patterns[-1]))
            return "".join(sample(parser.parse(pattern), self._random))
        return self._built_in(facets)

    def _built_in(self, facets: Facets) -> str:
        random, base = self._random, facets.base
        if base in LISTS:
            return " ".join(self._built_in(Facets(LISTS[base])) for _ in range(random.randint(1, 3)))
        if base in INTEGERS:
            return str(self._whole(facets, *INTEGERS[base]))
        if base == "decimal":
            places = int(facets.bounds.get("fractionDigits", 2))
            return str(Decimal(self._whole(facets, -99999, 99999, 10**places)).scaleb(-places))
        drawn: dict[str, Callable[[], str]] = {
            "boolean": lambda: random.choice(["true", "false", "0", "1"]),
            "date": lambda: self._day(facets).isoformat(),
            "dateTime": lambda: (
                f"{self._day(facets)}T{random.randint(0, 23):02}:59:07{random.choice(['', 'Z', '+02:00', '.125'])}"
            ),
            "time": lambda: f"{random.randint(0, 23):02}:{random.randint(0, 59):02}:00",
            "gYear": lambda: str(random.randint(1900, 2099)),
            "gYearMonth": lambda: f"{random.randint(1900, 2099)}-{random.randint(1, 12):02}",
            "duration": lambda: random.choice(["P1Y", "PT5M", "-P3D"]),
            "double": lambda: str(random.uniform(-5, 5)),
            "float": lambda: random.choice(["INF", "NaN", "1.5E3"]),
            "base64Binary": lambda: random.choice(["b25jZQ==", "b25s eQ==", ""]),
            "hexBinary": lambda: random.randbytes(int(facets.bounds.get("length", 2))).hex(),
            "anyURI": lambda: "urn:x",
            "language": lambda: random.choice(["nl", "fr-BE"]),
            "ID": lambda: f"i{random.getrandbits(60)}",
            "NCName": lambda: f"n{random.getrandbits(9)}",
            "Name": lambda: "a:b",
            "NMTOKEN": lambda: "1.x",
            "QName": lambda: "xml:lang",
        }
        return drawn[base]() if base in drawn else self._words(facets)

    def _whole(self, facets: Facets, least: int, most: int, scale: int = 1) -> int:
        low = Decimal(facets.bounds.get("minInclusive", facets.bounds.get("minExclusive", least))) * scale
        high = Decimal(facets.bounds.get("maxInclusive", facets.bounds.get("maxExclusive", most))) * scale
        if digits := facets.bounds.get("totalDigits"):
            low, high = max(low, Decimal(1 - 10 ** int(digits))), min(high, Decimal(10 ** int(digits) - 1))
        return self._random.choice([int(low), int(high), self._random.randint(int(low), int(high))])

    def _day(self, facets: Facets) -> date:
        low = date.fromisoformat(facets.bounds.get("minInclusive", "1900-01-01")[:10])
        high = date.fromisoformat(facets.bounds.get("maxInclusive", "2099-12-31")[:10])
        return low + timedelta(days=self._random.randint(0, (high - low).days))

    def _words(self, facets: Facets) -> str:
        most = int(facets.bounds.get("length", facets.bounds.get("maxLength", 40)))
        least = int(facets.bounds.get("length", facets.bounds.get("minLength", 0)))
        size = self._random.randint(least, max(least, min(most, least + 40)))
        text = ""
        while len(text) < size:
            text += self._random.choice(WORDS) + " "
        return text[:size].strip().ljust(least, "x")


def fits(text: str, facets: Facets) -> bool:
    """Whether a text is what all the restrictions want."""
    bounds = {} if facets.base == "hexBinary" else facets.bounds  # its length is in bytes
    if not int(bounds.get("minLength", 0)) <= len(text) <= int(bounds.get("maxLength", 1 << 30)):
        return False
    if "length" in bounds and len(text) != int(bounds["length"]):
        return False
    if facets.values and text not in facets.values:
        return False
    if any(not any(re.fullmatch(translated(p), text) for p in step) for step in facets.patterns):
        return False
    if facets.base in INTEGERS or facets.base == "decimal":
        return _within(Decimal(text), Decimal, bounds)
    return facets.base != "date" or _within(date.fromisoformat(text), date.fromisoformat, bounds)


def _within(value: Any, read: Callable[[str], Any], bounds: dict[str, str]) -> bool:
    found = {
        name: read(text) for name, text in bounds.items() if name.startswith(("minI", "minE", "maxI", "maxE"))
    }
    least, most = (
        found.get("minInclusive", found.get("minExclusive")),
        found.get("maxInclusive", found.get("maxExclusive")),
    )
    if (least is not None and value < least) or (most is not None and value > most):
        return False
    return value not in {found.get("minExclusive"), found.get("maxExclusive")}


def translated(pattern: str) -> str:
    """A pattern of XML Schema as one of Python's; what it means for the letters drawn here."""
    for theirs, ours in ((r"\p{L}", "A-Za-zé"), (r"\p{N}", "0-9"), (r"\d", "0-9")):
        pattern = re.sub(
            rf"(\[[^\]]*)?{re.escape(theirs)}",
            lambda match, ours=ours: match[1] + ours if match[1] else f"[{ours}]",  # type: ignore[misc]
            pattern,
        )
    return pattern.replace("$", r"\$").replace("[^", "[^\n<&")


def sample(parsed: Any, random: Random) -> Iterator[str]:
    """A text that a parsed pattern of Python's matches."""
    for kind, value in parsed:
        if kind in {code.MAX_REPEAT, code.MIN_REPEAT}:
            least, most, inner = value
            for _ in range(random.randint(least, min(most, least + 8))):
                yield from sample(inner, random)
        elif kind is code.BRANCH:
            yield from sample(random.choice(value[1]), random)
        elif kind is code.SUBPATTERN:
            yield from sample(value[3], random)
        else:
            yield random.choice("abc12é-" if kind is code.ANY else _members([(kind, value)]))


def _members(items: Any) -> str:
    """The characters that a class admits, of those that one types."""
    if items[0][0] is code.IN:
        return _members(items[0][1])
    if items[0][0] is code.NEGATE:
        barred = _members(items[1:])
        return "".join(c for c in "abcXYZ019-é" if c not in barred)
    found = ""
    for kind, value in items:
        if kind is code.LITERAL:
            found += chr(value)
        elif kind is code.RANGE:
            found += "".join(map(chr, range(value[0], value[1] + 1)))
        elif kind is code.CATEGORY:
            found += " " if value is code.CATEGORY_SPACE else "0123456789"
    return found
