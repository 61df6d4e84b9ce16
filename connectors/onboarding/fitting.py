"""How well a text of a contract fits an attribute."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from connectors.onboarding.concepts import Concept
from connectors.onboarding.leaves import DATES, NUMBERS, Leaf, Path, base_type
from connectors.onboarding.words import Meanings, meanings, words

__all__ = ["Fit", "Place", "best_fits", "places"]

Fit = tuple[float, int, Concept, Leaf]
"""How well, where among its peers (negative), what, which."""

_IGNORED = words("text person citizen enterprise reply natural")
_GENERIC = words("text name code date number id count amount reply person enterprise time")
_OTHERS = words(
    "partner child parent member agent sender error previous envelope birth death request establishment"
)
"""Below these stands what is about somebody or something else."""
_COMMON = words("start end date name number id status code count")
"""These go with anything: beside a word that is not known, they say nothing."""
_REACH = 3
_LEAST = 5.5
_COVERING = 0.75
_BY_NUMBER = words("number count code id post house sex nationalNumber enterpriseNumber status year")


@dataclass(frozen=True, slots=True)
class Place:
    """A leaf among all of its tree."""

    leaf: Leaf
    own: Meanings
    above: tuple[tuple[int, Meanings], ...]
    """What the names above it mean, the nearest first, each with its depth; without those that nearly all leaves stand below."""
    others: frozenset[str]
    """The words above it that say that it is about somebody else."""


def places(found: Sequence[Leaf], admitted: frozenset[str]) -> list[Place]:
    """Each leaf with what stands above it. `admitted`: words that bar nothing here."""
    below = Counter(path[:depth] for leaf in found for path in (leaf.path,) for depth in range(1, len(path)))
    most = _COVERING * len(found) if len(found) > 2 else len(found) + 1
    standing = []
    for leaf in found:
        above = [
            (depth, meanings(node.name))
            for depth, node in enumerate(leaf.trail[:-1])
            if depth and below[leaf.path[: depth + 1]] < most
        ]
        others = {word for _, said in above if "kind" not in said.known for word in said.known & _OTHERS}
        standing.append(
            Place(leaf, meanings(leaf.node.name), tuple(reversed(above)), frozenset(others) - admitted)
        )
    return standing


def best_fits(
    standing: Sequence[Place], concepts: Iterable[Concept], above: int, given: Iterable[Fit] = ()
) -> list[tuple[Concept, Leaf]]:
    """The best leaf of each concept; a leaf goes to the concept that it fits best. `above`: from which depth on names count."""
    fits = list(given)
    for concept in concepts:
        for position, place in enumerate(standing):
            if (score := _fit(place, concept, above)) is not None:
                fits.append((score, -position, concept, place.leaf))
    chosen: dict[str, tuple[Concept, Leaf]] = {}
    taken: set[Path] = set()
    for _, _, concept, leaf in sorted(fits, key=lambda fit: fit[:2], reverse=True):
        if concept.attribute not in chosen and leaf.path not in taken:
            chosen[concept.attribute] = (concept, leaf)
            taken.add(leaf.path)
    return list(chosen.values())


def _fit(place: Place, concept: Concept, above: int) -> float | None:
    """How well a leaf fits a concept; `None`: not at all."""
    if not _admits(concept, place):
        return None
    best: float | None = None
    for needs, cost in ((concept.needs, 0.0), (concept.weak, 3.5)):
        for need in needs:
            if above == 0 and not place.others <= need:
                continue
            if place.own.unknown and need <= _COMMON:
                continue
            if cost and (not place.own.known & need or (above == 0 and not _is_plain(place))):
                continue
            score = _score(place, concept, need, above)
            if score is not None and score - cost >= max(_LEAST, best or 0.0):
                best = score - cost
    return best


def _is_plain(place: Place) -> bool:
    """Whether all names above say nothing in particular."""
    return all(not said.unknown and said.known <= _IGNORED | _GENERIC for _, said in place.above)


def _admits(concept: Concept, place: Place) -> bool:
    """Whether a text of this type can be of the concept's."""
    base = base_type(place.leaf.node)
    if base == "boolean" or (place.leaf.node.values and concept.type != "code"):
        return False  # a closed list of values is no name, number or date
    if base in DATES:
        return concept.type == "date"
    if concept.type == "date":
        return base not in NUMBERS or base in {"integer", "int", "short", "long"}
    if base in NUMBERS:
        return concept.type == "amount" or any(need & _BY_NUMBER for need in concept.needs)
    return True


def _score(place: Place, concept: Concept, need: frozenset[str], above: int) -> float | None:
    own = place.own
    lacking, seen, used = need - own.known, set(own.known), 0
    strangers = own.unknown * 3.0
    for depth, said in place.above:
        if depth < above:
            break
        supplies = lacking & said.known
        if used < _REACH and (lacking or not own.known & need):
            used, lacking = used + 1, lacking - supplies
            seen |= said.known
            strangers += said.unknown * 0.5
        elif said.known - need - concept.also - _IGNORED - _GENERIC:
            strangers += 0.7
        elif said.unknown:
            strangers += 0.2
    speaks = own.known & need or (own.known and own.known <= _GENERIC)
    if lacking or not speaks or _is_foreign(seen, need, concept):
        return None
    return (
        10.0 - strangers - used * 0.2 - len(place.leaf.trail) * 0.1 + _liking(own, concept) + len(need) * 0.3
    )


def _is_foreign(seen: set[str], need: frozenset[str], concept: Concept) -> bool:
    """Whether the words also speak of something that the concept is not about."""
    left = seen - need - concept.also - _IGNORED
    if seen & {"number", "name"}:  # `numero` and `nombre` may also be counts
        left -= {"count"}
    if "date" in need:
        left -= {"time"}
    return bool(left - ({"code", "name", "id"} if concept.type in {"code", "text"} else {"amount"}))


def _liking(own: Meanings, concept: Concept) -> float:
    """A code is best read from a code, a name from a name."""
    if concept.type == "code":
        return 0.5 if "code" in own.known else -0.5 if own.known & {"name", "text"} else 0.0
    wanted = frozenset[str]().union(*concept.needs)
    return -2.0 * len((own.known & {"code", "id"}) - wanted)
