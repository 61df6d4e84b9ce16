"""What a schema of OpenAPI says, with `$ref`, `allOf`, `oneOf` and `anyOf` looked through.

OpenAPI 3.0 and 3.1 and Swagger 2.0 differ in how they say null and the like; all are taken at once.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from connectors.onboarding.documents import Documents
from connectors.onboarding.tree import MOST_VALUES, Allowance, shortened

__all__ = ["Facts", "Located", "References", "Schemas", "mapping"]

_MOST_HOPS = 32
_MOST_PARTS = 500
_MOST_KEPT = 20_000


def mapping(value: object) -> Mapping[Any, Any]:
    """The value, if it is a mapping; else an empty one, for a stranger's document may hold anything anywhere."""
    return value if isinstance(value, Mapping) else {}


@dataclass(frozen=True, slots=True)
class Located:
    """A value, the document that it stands in, and the name by which it was referred to."""

    value: Any
    path: Path
    name: str = ""

    def at(self, key: Any) -> "Located":
        """The value under a key."""
        return Located(mapping(self.value).get(key), self.path)


class References:
    """Follows `$ref` inside the contract's folder."""

    def __init__(self, documents: Documents) -> None:
        """Read what is referred to by `documents`."""
        self._documents = documents

    def follow(self, found: Located) -> Located:
        """What a value stands for; one that refers to nothing, or in a circle, stands for `None`.

        Raises `ContractUnreadable` if it refers to a document that is not in the folder.
        """
        for _ in range(_MOST_HOPS):
            reference = mapping(found.value).get("$ref")
            if not isinstance(reference, str):
                return found
            found = self._target(reference, found.path)
        return Located(None, found.path, found.name)

    def _target(self, reference: str, path: Path) -> Located:
        location, _, pointer = reference.partition("#")
        name = unquote(reference.rstrip("/").rpartition("/")[2]).partition("#")[0] or "#"
        at, value = self._documents.data(
            self._documents.beside(path, unquote(location)) if location else str(path), path.name
        )
        for step in pointer.split("/")[1:]:
            value = _step(value, unquote(step).replace("~1", "/").replace("~0", "~"))
        return Located(value, at, name)


def _step(value: Any, key: str) -> Any:
    """One step of a JSON pointer (RFC 6901)."""
    if isinstance(value, Mapping):
        if key in value:
            return value[key]
        return value.get(int(key)) if key.isdecimal() and len(key) < 6 else None  # YAML reads 200 as a number
    if isinstance(value, list) and key.isdecimal() and len(key) < 9 and int(key) < len(value):
        return value[int(key)]
    return None


@dataclass(slots=True)
class Facts:
    """A schema, looked through."""

    named: str = ""
    types: list[str] = field(default_factory=list)
    format: str = ""
    documentation: str = ""
    nillable: bool = False
    values: tuple[str, ...] = ()
    facets: str = ""
    """What else is asked of a text or number."""
    cut: bool = False
    properties: dict[str, Located] = field(default_factory=dict)
    required: set[str] = field(default_factory=set)
    others: Located | None = None
    """The schema of properties of any name."""
    items: Located | None = None
    least_items: int = 0
    alternatives: list[Located] = field(default_factory=list)
    discriminator: str = ""
    """The property that tells which alternative it is, and `discriminated` what it says for each."""
    discriminated: tuple[str, ...] = ()
    ids: set[int] = field(default_factory=set)
    """What tells the schemas that it is made of from others."""

    @property
    def type(self) -> str:
        """Its type as a word."""
        kinds = self.types or self._guessed()
        if kinds == ["object"]:
            return self.named or "object"
        words = [f"{kind}({self.format})" if self.format and kind != "object" else kind for kind in kinds]
        return " | ".join(words) or "any"

    @property
    def is_array(self) -> bool:
        """Whether it is a list and nothing else."""
        return (self.types or self._guessed()) == ["array"]

    def _guessed(self) -> list[str]:
        if self.properties or self.others:
            return ["object"]
        return ["array"] if self.items else []


class Schemas:
    """Looks through schemas."""

    def __init__(
        self, references: References, allowance: Allowance, subtypes: Mapping[int, list[Located]]
    ) -> None:
        """`subtypes`: the schemas that extend one with a discriminator, by its identity."""
        self._references, self._allowance, self._subtypes = references, allowance, subtypes
        self._known: dict[tuple[int, str, frozenset[int]], tuple[Any, Facts]] = {}

    def facts(self, schema: Located, seen: frozenset[int] = frozenset()) -> Facts:
        """What a schema says, without what those in `seen` say. Not to be changed: it is kept for when it is asked again."""
        key = (id(schema.value), schema.name, seen)
        if key not in self._known:
            facts = Facts()
            self._look(schema, facts, seen)
            if len(self._known) > _MOST_KEPT:
                self._known.clear()
            self._known[key] = (
                schema.value,
                facts,
            )  # the value is kept too: while it is, nothing else has its id
        return self._known[key][1]

    def _look(self, schema: Located, into: Facts, seen: frozenset[int]) -> None:
        """Add what a schema says; the outermost word counts."""
        self._allowance.step()
        said = _text(mapping(schema.value).get("description"))  # OpenAPI 3.1: beside a `$ref`, and stronger
        found = self._references.follow(schema)
        into.documentation = into.documentation or said
        into.named = into.named or found.name
        value = found.value
        if not isinstance(value, Mapping) or id(value) in into.ids or id(value) in seen:
            return
        into.ids.add(id(value))
        self._plain(value, into)
        self._structure(found, into)
        for part in _list(value.get("allOf"))[:_MOST_PARTS]:
            self._look(Located(part, found.path), into, seen)
        self._choose(found, into, seen)

    @staticmethod
    def _plain(value: Mapping[Any, Any], into: Facts) -> None:
        kinds = value.get("type")
        types = [kind for kind in (kinds if isinstance(kinds, list) else [kinds]) if isinstance(kind, str)]
        into.nillable |= "null" in types or value.get("nullable") is True or value.get("x-nullable") is True
        into.types = into.types or [kind for kind in types if kind != "null"]
        into.format = into.format or _text(value.get("format"))[:40]
        into.documentation = (
            into.documentation or _text(value.get("description")) or _text(value.get("title"))
        )
        into.facets = into.facets or _facets(value)
        values = value.get("enum")
        if "const" in value:
            values = [value["const"]]
        if isinstance(values, list) and not into.values:
            into.nillable |= None in values
            into.values = tuple(_word(one)[:200] for one in values[:MOST_VALUES] if one is not None)
            into.cut |= len(values) > MOST_VALUES

    @staticmethod
    def _structure(found: Located, into: Facts) -> None:
        value, path = found.value, found.path
        for name, schema in mapping(value.get("properties")).items():
            into.properties.setdefault(str(name), Located(schema, path))
        into.required |= {str(name) for name in _list(value.get("required"))}
        others = [value.get("additionalProperties"), *mapping(value.get("patternProperties")).values()]
        for other in others:
            if other is True or isinstance(other, Mapping):
                into.others = into.others or Located({} if other is True else other, path)
        if "items" in value and into.items is None:
            into.items = Located(value["items"], path)
            least = value.get("minItems")
            into.least_items = least if isinstance(least, int) and 0 <= least < 1 << 31 else 0

    def _choose(self, found: Located, into: Facts, seen: frozenset[int]) -> None:
        """Take in `oneOf`, `anyOf`, and the schemas that a discriminator tells apart; one that is left alone is no choice."""
        value = found.value
        self._discriminate(mapping(value.get("discriminator")), into)
        options = [
            Located(one, found.path)
            for key in ("oneOf", "anyOf")
            for one in _list(value.get(key))[:_MOST_PARTS]
            if not self._is_null(one, into)
        ]
        if not options and isinstance(value.get("discriminator"), Mapping | str):
            into.alternatives += self._discriminated(found)
        elif len(options) == 1:
            self._look(options[0], into, seen)
        else:
            into.alternatives += options

    @staticmethod
    def _discriminate(said: Mapping[Any, Any], into: Facts) -> None:
        if isinstance(name := said.get("propertyName"), str) and not into.discriminator:
            into.discriminator = name
            into.discriminated = tuple(str(key)[:200] for key in mapping(said.get("mapping")))[:_MOST_PARTS]

    @staticmethod
    def _is_null(option: object, into: Facts) -> bool:
        kind = mapping(option).get("type")
        is_null = kind in ("null", ["null"])
        into.nillable |= is_null
        return is_null

    def _discriminated(self, found: Located) -> Iterator[Located]:
        """The schemas of `discriminator.mapping`; without one, those that extend this."""
        known = mapping(mapping(found.value.get("discriminator")).get("mapping"))
        if not known:
            yield from self._subtypes.get(id(found.value), ())
        for target in list(dict.fromkeys(t for t in known.values() if isinstance(t, str)))[:_MOST_PARTS]:
            is_name = "/" not in target and "#" not in target and "." not in target
            yield Located({"$ref": f"#/components/schemas/{target}" if is_name else target}, found.path)


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _text(value: object) -> str:
    return shortened(value) if isinstance(value, str) else ""


def _word(value: object) -> str:
    """A value of an enumeration as JSON would write it, a text without its quotes."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, str | int | float) else type(value).__name__


def _facets(value: Mapping[Any, Any]) -> str:
    """What a schema asks of a text or number, in words."""
    known = ("pattern", "minLength", "maxLength", "minimum", "maximum")
    said = [
        f"{name} {str(value[name])[:80]}" for name in known if isinstance(value.get(name), str | int | float)
    ]
    return ", ".join(said)[:200]
