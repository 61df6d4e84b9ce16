"""Which elements of a reply are likely which attribute.

Each leaf is judged by its own name, by the names above it, by its type. A leaf that stands under somebody else (a partner, a sender, an
error) is nobody's. What is proposed is shown to a person who decides: better none than a wrong one.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from connectors.onboarding.concepts import ADDRESS, CONCEPTS, FULL_ADDRESS, IDENTIFIERS, PARTS, Concept, Kind
from connectors.onboarding.fitting import Place, best_fits, places
from connectors.onboarding.leaves import Leaf, Path, Trail, leaves, path_of, type_of
from connectors.onboarding.shape import Node, Operation
from connectors.onboarding.words import meanings

__all__ = ["Proposal", "about", "identifier_in", "propose"]

_IN_A_REQUEST = frozenset({"request", "envelope"})
"""What bars nothing in a request: there, all is one."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """One attribute and where it likely stands. An object has `fields`, and `at` leads to what they stand in."""

    attribute: str
    type: str
    at: Trail
    concept: Concept | None = None
    fields: tuple["Proposal", ...] = ()

    @property
    def path(self) -> Path:
        """The names that lead to it."""
        return path_of(self.at)

    @property
    def leaf(self) -> Leaf:
        """Where it stands."""
        return Leaf(self.at)


def about(operation: Operation) -> Kind:
    """Whether an operation is about persons or organisations, by what it asks with, then by what it is called and gives."""
    asked = [*operation.parameters, *([operation.request] if operation.request else [])]
    given = [operation.reply] if operation.reply else []
    score = 0.0
    for leaf in _free(asked, _IN_A_REQUEST):
        score += 5 * _lean(leaf.node.name)
    for leaf in _free(given, frozenset()):
        score += _lean(leaf.node.name) / len(leaf.trail)
    for name in (operation.name, operation.path, operation.reply.name if operation.reply else ""):
        score += 3 * _lean(name)
    return "organisation" if score < 0 else "person"


def _free(roots: Iterable[Node], admitted: frozenset[str]) -> Iterator[Leaf]:
    """The leaves of some trees that are not about others."""
    for root in roots:
        for place in places(leaves(root), admitted):
            if not place.others:
                yield place.leaf


def _lean(name: str) -> int:
    """1: the name speaks of a person; -1: of an organisation."""
    known = meanings(name).known
    person = bool(known & {"nationalNumber", "person", "citizen", "birth", "family", "given", "sex", "civil"})
    organisation = bool(known & {"enterprise", "enterpriseNumber", "vat", "establishment", "nace"})
    return person - organisation


def identifier_in(found: Sequence[Leaf], kind: Kind, *, request: bool = False) -> Leaf | None:
    """The leaf that holds the number of the subject, if one does."""
    admitted = _IN_A_REQUEST if request else frozenset[str]()
    chosen = best_fits(places(found, admitted), [IDENTIFIERS[kind]], 0)
    return chosen[0][1] if chosen else None


def propose(operation: Operation) -> tuple[Proposal, ...]:
    """What the reply of an operation likely holds, in the order of the contract; no leaf twice."""
    if operation.reply is None:
        return ()
    kind, found = about(operation), leaves(operation.reply)
    standing = places(found, frozenset())
    address = _address(standing, kind)
    taken = {field.path for one in address for field in one.fields}
    free = [place for place in standing if place.leaf.path not in taken]
    concepts = [concept for concept in CONCEPTS if concept.kind == kind]
    named = _by_siblings(free) if kind == "person" else []
    chosen = best_fits(free, concepts, 0, named)
    proposed = [*address, *(Proposal(c.attribute, c.type, leaf.trail, c) for c, leaf in chosen)]
    order = {leaf.path: position for position, leaf in enumerate(found)}
    return tuple(sorted(proposed, key=lambda one: order[(one.fields[0] if one.fields else one).path]))


def _by_siblings(free: Sequence[Place]) -> list[tuple[float, int, Concept, Leaf]]:
    """`nom` beside `prenom` is the family name; `nombre` beside `apellidos` are the given names."""
    family, given = CONCEPTS[1], CONCEPTS[2]
    found = []
    for position, place in enumerate(free):
        trail = place.leaf.trail
        if place.others or len(trail) < 2 or place.own.known - {"count"} != {"name"}:
            continue
        beside = [meanings(child.name).known for child in trail[-2].children]
        if any("given" in known for known in beside):
            found.append((8.0, -position, family, place.leaf))
        elif any("family" in known for known in beside):
            found.append((8.0, -position, given, place.leaf))
    return found


def _address(standing: Sequence[Place], kind: Kind) -> list[Proposal]:
    """The address: the element that has most parts of one, else a text that is a whole one."""
    concept = ADDRESS[kind]
    best: tuple[float, Trail, list[Proposal]] | None = None
    for trail, inside in _containers(standing):
        named = any("address" in meanings(node.name).known for node in trail)
        if len(trail) == 1 and len(inside) > 60:
            continue
        parts = _parts(inside, len(trail))
        deep = sum(len(part.at) - len(trail) for part in parts) / max(1, len(parts))
        score = len(parts) * 2 + named * 1.5 - deep * 0.3 - len(trail) * 0.05
        names = {part.attribute for part in parts}
        sure = names & {"street", "postCode"} and names & {"postCode", "municipality"}
        if sure and len(parts) >= 2 and (best is None or score > best[0]):
            best = (score, trail, parts)
    if best is not None:
        return [Proposal(concept.attribute, "object", best[1], concept, tuple(best[2]))]
    for place in standing:
        if _is_whole_address(place):
            whole = Proposal(FULL_ADDRESS, "text", place.leaf.trail)
            return [Proposal(concept.attribute, "object", place.leaf.trail[:-1], concept, (whole,))]
    return []


def _is_whole_address(place: Place) -> bool:
    own = place.own
    return (
        "address" in own.known
        and not place.others
        and not own.unknown
        and own.known <= {"address", "legal", "text", "person", "enterprise"}
        and type_of(place.leaf.node) == "text"
    )


def _containers(standing: Sequence[Place]) -> Iterable[tuple[Trail, list[Place]]]:
    """Every node that has leaves at most three below it and about nobody else, in the order of the contract."""
    found: dict[Path, tuple[Trail, list[Place]]] = {}
    for place in standing:
        trail = place.leaf.trail
        if not place.others:
            for depth in range(max(1, len(trail) - 3), len(trail)):
                found.setdefault(path_of(trail[:depth]), (trail[:depth], []))[1].append(place)
    return found.values()


def _parts(inside: Sequence[Place], above: int) -> list[Proposal]:
    """The parts of an address among the leaves of one element."""
    chosen = {
        part.attribute: Proposal(part.attribute, part.type, leaf.trail, part)
        for part, leaf in best_fits(inside, PARTS, above)
    }
    return [chosen[part.attribute] for part in PARTS if part.attribute in chosen]
