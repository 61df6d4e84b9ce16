"""Where things stand in an operation's reply, before anything is written of it."""

from collections.abc import Iterator

from connectors.onboarding.concepts import Kind
from connectors.onboarding.errors_part import failures
from connectors.onboarding.fitting import Place, places
from connectors.onboarding.leaves import Leaf, Trail, base_type, leaves, path_of
from connectors.onboarding.proposals import propose
from connectors.onboarding.reply_paths import JsonPaths, Paths, XmlPaths
from connectors.onboarding.shape import Node, Operation

__all__ = ["Layout"]


class Layout:
    """What was found in a reply: its texts, the proposals, the answer that holds them, error codes, the source's reference."""

    def __init__(self, operation: Operation, kind: Kind, asked: str) -> None:
        """Find it. `asked`: the name of what holds the subject's number in the request."""
        self.operation, self.kind, self.asked = operation, kind, asked
        self.found = leaves(operation.reply) if operation.reply else ()
        self.proposals = propose(operation)
        self.failures = failures(operation)
        self.answer = self._answer_trail(operation.reply)
        self.reference = self._reference()
        self.paths: Paths = JsonPaths() if operation.protocol == "rest" else XmlPaths(self._nodes())

    def is_below(self, leaf: Leaf) -> bool:
        """Whether a text stands in the answer."""
        return leaf.path[: len(self.answer)] == path_of(self.answer)

    def below(self, trail: Trail) -> str:
        """The path of a node from the answer."""
        return self.paths.below(trail, len(self.answer))

    def _nodes(self) -> Iterator[Node]:
        """All nodes that paths may name, for their namespaces; those of the answer first."""
        yield from self.answer
        for leaf in self.found:
            if self.is_below(leaf):
                yield from leaf.trail
        for trail in self.failures.trails if self.failures else ():
            yield from trail
        yield from self.reference or ()
        if self.failures and self.failures.severity:
            yield self.failures.severity[0]

    def _answer_trail(self, root: Node | None) -> Trail:
        """The deepest element that all proposals stand in."""
        if root is None:
            return ()
        inside = [one.at if one.fields and len(one.at) > 1 else one.at[:-1] for one in self.proposals]
        if not inside:
            return (root,)
        shared = inside[0]
        for trail in inside[1:]:
            pairs = enumerate(zip(path_of(shared), path_of(trail), strict=False))
            length = next((n for n, (one, other) in pairs if one != other), None)
            shared = shared[: min(len(shared), len(trail)) if length is None else length]
        return shared or (root,)

    def _reference(self) -> Trail | None:
        for place in places(self.found, frozenset()):
            elsewhere = place.others & {"error", "sender", "agent", "previous", "partner"}
            if not elsewhere and _is_reference(place):
                return place.leaf.trail
        return None


def _is_reference(place: Place) -> bool:
    known = place.own.known
    named = "reference" in known or {"request", "id"} <= known or {"envelope", "id"} <= known
    other = known & {"date", "time", "income"} or place.own.unknown
    return named and not other and base_type(place.leaf.node) == "string"
