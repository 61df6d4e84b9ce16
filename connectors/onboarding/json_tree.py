"""Trees of JSON, as the schemas of an OpenAPI define them."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import count
from typing import Literal

from connectors.onboarding.json_schema import Facts, Located, References, Schemas, mapping
from connectors.onboarding.shape import Node
from connectors.onboarding.tree import MOST_VALUES, Allowance, Draft, Spent, grow

__all__ = ["JsonTrees"]

_MOST_ALTERNATIVES = 100
_MOST_NESTED = 8


@dataclass(frozen=True, slots=True)
class _Content:
    """Where children are found: in facts, as JSON that goes one way."""

    facts: Facts
    hidden: Literal["readOnly", "writeOnly"]


@dataclass(frozen=True, slots=True)
class _Where:
    """Where a node is to stand."""

    name: str
    required: bool
    hidden: Literal["readOnly", "writeOnly"]
    choice: int | None = None
    branch: int | None = None


class JsonTrees:
    """Makes trees from the schemas of one contract."""

    def __init__(self, references: References, schemas: Schemas, allowance: Allowance) -> None:
        """Grow at most what is allowed."""
        self._references, self._schemas, self._allowance = references, schemas, allowance
        self._choices = count(1)

    def tree(self, name: str, schema: Located, *, required: bool, of_request: bool) -> Node:
        """The tree of a schema. What only the other side may send is left out."""
        hidden: Literal["readOnly", "writeOnly"] = "readOnly" if of_request else "writeOnly"
        try:
            draft = self._draft(_Where(name, required, hidden), schema, frozenset())
        except Spent:
            return Node(name, None, "any", int(required), cut=True)
        return grow(draft, self._children, self._allowance)

    def _draft(self, where: _Where, schema: Located, above: frozenset[object]) -> Draft:
        facts = self._schemas.facts(schema)
        outer, is_list = facts, facts.is_array
        if is_list and facts.items is not None:
            facts = self._schemas.facts(facts.items)
        nested = is_list and facts.is_array
        if nested:
            facts = Facts(types=["array"], items=outer.items, ids=outer.ids)
        least = int(where.required) if not is_list else outer.least_items if where.required else 0
        node = Node(
            where.name,
            None,
            facts.type if not is_list or outer.items else "any",
            least,
            None if is_list else 1,
            nillable=outer.nillable,
            documentation=outer.documentation or facts.documentation,
            values=facts.values,
            facets=facts.facets,
            cut=facts.cut,
            choice=where.choice,
            branch=where.branch,
            named=facts.named or outer.named,
        )
        return self._opened(*self._simplified(node, facts), above, where)

    def _opened(self, node: Node, facts: Facts, above: frozenset[object], where: _Where) -> Draft:
        """A draft whose children are found later, or cut where its schema is open above already."""
        if not (facts.properties or facts.others or facts.alternatives or facts.items):
            return Draft(node)
        if facts.ids & above:
            return Draft(replace(node, recursive=True))
        return Draft(node, _Content(facts, where.hidden), above | facts.ids)

    def _simplified(self, node: Node, facts: Facts) -> tuple[Node, Facts]:
        """A choice between plain values is one type: `string | integer`."""
        if not facts.alternatives or facts.properties or len(facts.alternatives) > _MOST_ALTERNATIVES:
            return node, facts
        members = [self._schemas.facts(one, frozenset(facts.ids)) for one in facts.alternatives]
        if any(m.properties or m.others or m.items or m.alternatives for m in members):
            names = {m.type for m in members}
            kind = node.type if node.type != "any" or len(names) > 1 else names.pop()
            return replace(node, type=kind), facts
        closed = all(m.values for m in members)
        values = tuple(dict.fromkeys(v for m in members for v in m.values)) if closed else ()
        kinds = " | ".join(dict.fromkeys(m.type for m in members if m.type != "any"))
        plain = replace(node, type=kinds or node.type, values=node.values or values[:MOST_VALUES])
        return plain, replace(facts, alternatives=[])

    def _children(self, draft: Draft) -> Iterator[Draft]:
        content: _Content = draft.source
        facts = content.facts
        if facts.items is not None and facts.is_array:
            yield self._draft(_Where("[]", required=True, hidden=content.hidden), facts.items, draft.open)
            return
        yield from self._members(facts, _Where("", required=False, hidden=content.hidden), draft.open)
        if not facts.alternatives:
            return
        choice = next(self._choices)
        for branch, option in enumerate(facts.alternatives):
            where = _Where("", required=False, hidden=content.hidden, choice=choice, branch=branch)
            yield from self._option(option, frozenset(facts.ids), draft.open, where, 0)

    def _option(
        self, option: Located, around: frozenset[int], above: frozenset[object], where: _Where, nested: int
    ) -> Iterator[Draft]:
        """The properties of one alternative; what it shares with what it stands in is said there."""
        found = self._schemas.facts(option, around)
        if found.ids & (above - around):
            return  # the alternative is open above: a loop
        yield from self._members(found, where, above | found.ids)
        for inner in found.alternatives if nested < _MOST_NESTED else ():
            yield from self._option(inner, around | found.ids, above | found.ids, where, nested + 1)

    def _members(self, facts: Facts, where: _Where, above: frozenset[object]) -> Iterator[Draft]:
        """The properties, as they stand in `where`."""
        for name, schema in facts.properties.items():
            if mapping(self._references.follow(schema).value).get(where.hidden) is True:
                continue
            draft = self._draft(replace(where, name=name, required=name in facts.required), schema, above)
            if name == facts.discriminator and not draft.node.values:
                draft.node = replace(draft.node, values=facts.discriminated)
            yield draft
        if facts.others is not None:
            yield self._draft(replace(where, name="*", required=False), facts.others, above)
