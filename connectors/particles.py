"""What a content model of XML Schema is made of, and what of it a declaration gives."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from connectors.given import Given
from connectors.onboarding.xsd import Component

__all__ = [
    "Attribute",
    "Element",
    "Group",
    "Kind",
    "Particle",
    "Wildcard",
    "bare",
    "can_be_absent",
    "has",
    "listed",
    "names",
    "wanted",
]

_MOST_NAMES = 30


@dataclass(frozen=True, slots=True, eq=False)
class Element:
    """An element at one place of a content model."""

    name: str
    namespace: str
    holder: Component | str
    """Where its type is declared, or the name of its type in Clark notation."""
    least: int = 1
    most: int | None = 1
    nillable: bool = False
    abstract: bool = False
    substitutes: tuple["Element", ...] = ()
    """What may stand in its place."""

    @property
    def clark(self) -> str:
        """Its name in Clark notation."""
        return f"{{{self.namespace}}}{self.name}" if self.namespace else self.name

    def admitted(self) -> tuple["Element", ...]:
        """It and its substitutes, without those that are abstract."""
        return tuple(one for one in (self, *self.substitutes) if not one.abstract)


@dataclass(frozen=True, slots=True, eq=False)
class Wildcard:
    """`xsd:any`."""

    least: int = 1
    most: int | None = 1


@dataclass(frozen=True, slots=True, eq=False)
class Group:
    """`xsd:sequence`, `xsd:choice` or `xsd:all`."""

    kind: str
    least: int
    most: int | None
    members: tuple["Particle", ...]


Particle: TypeAlias = Element | Wildcard | Group


@dataclass(frozen=True, slots=True)
class Attribute:
    """An attribute of a type; its name is in Clark notation."""

    name: str
    required: bool


@dataclass(frozen=True, slots=True)
class Kind:
    """A type."""

    text: bool = False
    """Its content is a text."""
    is_list: bool = False
    """The text is a list, its items parted by spaces."""
    anything: bool = False
    """`xsd:anyType`: whatever one likes."""
    mixed: bool = False
    content: Group | None = None
    attributes: Mapping[str, Attribute] = field(default_factory=dict)
    open_attributes: bool = False
    """It admits attributes that it does not name (`xsd:anyAttribute`)."""


def bare(name: str) -> str:
    """The local name of a name in Clark notation."""
    return name.rpartition("}")[2]


def names(particle: Particle) -> Iterator[str]:
    """The names that can stand in a particle."""
    if isinstance(particle, Element):
        for one in particle.admitted():
            yield one.name
    elif isinstance(particle, Wildcard):
        yield "xml"
    else:
        for member in particle.members:
            yield from names(member)


def has(kind: Kind) -> str:
    """What a type has, for a message."""
    found = list(names(kind.content)) if kind.content is not None else []
    found += [bare(attribute.name) for attribute in kind.attributes.values()]
    return listed(found) or "nothing"


def listed(found: Iterable[str]) -> str:
    """Names for a message: each once, and not all of them where they are many."""
    once = list(dict.fromkeys(found))
    return ", ".join(once[:_MOST_NAMES]) + (", …" if len(once) > _MOST_NAMES else "")


def wanted(particle: Particle, given: Given) -> set[str]:
    """The given keys that a particle could take."""
    if isinstance(particle, Element):
        return {key for one in particle.admitted() for key in (one.name, one.clark) if given.has(key)}
    if isinstance(particle, Wildcard):
        return {"xml"} if given.has("xml") else set(given.full_names())
    return {key for member in particle.members for key in wanted(member, given)}


def can_be_absent(particle: Particle) -> bool:
    """Whether the contract is content without it."""
    if particle.least == 0:
        return True
    if isinstance(particle, Group):
        absent = [can_be_absent(member) for member in particle.members]
        return any(absent) or not absent if particle.kind == "choice" else all(absent)
    return False
