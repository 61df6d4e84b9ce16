"""Rego with one thing in it changed: a condition negated or taken away, a limit moved, a member, an operand, a clause, an `else` gone.

`python -m tests.policies.mutation` tries each of them on every case and tells those that no case notices. A spoilt set is noticed
when it answers some case otherwise than the golden answers say, or not at all.
"""

import json
import random
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import regorus

from policies import load_policies
from tests.policies import golden

_Node = dict[str, Any]
_Change = tuple[int, int, str, str]
_WIDER = {"<": "<=", "<=": "<", ">": ">=", ">=": ">"}
_OPERAND = re.compile(
    rb" & [a-z_.]+|[a-z_.]+ & | - \{[^{}]*\}| - [a-z]+(?=\))| \| [a-z_.]+\([a-z_]+\)(?=\n)|\([^\n{]*\) \| (?=[a-z])"
)
_INTERNAL = re.compile(r"\"(decision|basis|obligations|consents|duties|rule|reason|remedy|action|level)\":")


@dataclass(frozen=True)
class Mutant:
    """One change of one module.

    Attributes:
        file: The module.
        line: The line of the change.
        what: The change in words.
        text: The whole module with the change made.
    """

    file: str
    line: int
    what: str
    text: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.what}"


def mutants(modules: Mapping[str, str]) -> list[Mutant]:
    """Every mutant of every module."""
    return [mutant for name, text in modules.items() for mutant in _of(name, text)]


def _of(name: str, text: str) -> Iterator[Mutant]:
    engine = regorus.Engine()
    engine.add_policy(name, text)
    rules = json.loads(engine.get_ast_as_json())[0]["ast"]["rules"]
    source = text.encode()
    changes = {*_clauses(rules, source), *_operands(source)}
    for node in _nodes(rules):
        changes.update(_changes(node, source))
    for start, end, new, what in sorted(changes):
        changed = (source[:start] + new.encode() + source[end:]).decode()
        yield Mutant(name, source[:start].count(b"\n") + 1, what, changed)


def _nodes(node: object) -> Iterator[_Node]:
    if isinstance(node, list):
        for item in node:
            yield from _nodes(item)
    elif isinstance(node, dict):
        yield node
        for child in node.values():
            yield from _nodes(child)


def _clauses(rules: list[_Node], source: bytes) -> Iterator[_Change]:
    """Each rule without one of its clauses, or without one `else`."""
    for rule in rules:
        ((kind, content),) = rule.items()
        span = content["span"]
        yield span["start"], _end(span, source), "", f"without {_shown(source, span)}"
        for body in content["bodies"] if kind == "Spec" else ():
            if body["is_else"]:
                start, end = body["span"]["start"], _end(body["span"], source)
                yield start, end, "", f"without {_shown(source, body['span'])}"


def _operands(source: bytes) -> Iterator[_Change]:
    """Each operation on sets without one of its operands."""
    for found in _OPERAND.finditer(source):
        line = source[: found.start()].rsplit(b"\n", 1)[-1]
        if not line.lstrip().startswith(b"#"):
            yield found.start(), found.end(), "", f"without {found[0].decode()!r}"


def _changes(node: _Node, source: bytes) -> Iterator[_Change]:
    if "literal" in node:
        yield from _condition(node["literal"], source)
    if "BoolExpr" in node:
        yield from _limit(node["BoolExpr"], source)
    if "Number" in node:
        span, value = node["Number"]["span"], node["Number"]["value"]
        for other in (value - 1, value + 1) if value else (1,):
            yield span["start"], span["end"], str(other), f"{other} instead of {value}"
    if "Set" in node:
        yield from _members(node["Set"]["items"], source)
    if "Object" in node:
        fields = [value for *_, key, value in node["Object"]["fields"]]
        spans = [(key_span(one), _span(two)["end"]) for (*_, one, two) in node["Object"]["fields"]]
        if fields and not _INTERNAL.match(source[spans[0][0] :].decode(errors="ignore")):
            yield from _without_one(spans, source)


def key_span(node: _Node) -> int:
    """Where a key begins, its quote included."""
    start: int = _span(node)["start"]
    return start - 1 if "String" in node else start


def _span(node: _Node) -> _Node:
    found: _Node = next(iter(node.values()))["span"]
    return found


def _condition(literal: _Node, source: bytes) -> Iterator[_Change]:
    ((kind, body),) = literal.items()
    if kind not in {"Expr", "NotExpr"} or "AssignExpr" in body["expr"]:
        return
    start, end = body["span"]["start"], _end(body["span"], source)
    text = source[start:end].decode()
    yield start, end, "true", f"without {text}"
    yield start, end, text.removeprefix("not ") if kind == "NotExpr" else f"not {text}", f"negated {text}"


def _limit(expression: _Node, source: bytes) -> Iterator[_Change]:
    start, end = _span(expression["lhs"])["end"], _span(expression["rhs"])["start"]
    operator = source[start:end].decode().strip(' ")')
    if operator in _WIDER:
        at = source.index(operator.encode(), start)
        yield at, at + len(operator), _WIDER[operator], f"{_WIDER[operator]} instead of {operator}"


def _members(items: Sequence[_Node], source: bytes) -> Iterator[_Change]:
    if items and all("String" in item for item in items):
        spans = [(_span(item)["start"] - 1, _span(item)["end"] + 1) for item in items]
        yield from _without_one(spans, source)


def _without_one(spans: Sequence[tuple[int, int]], source: bytes) -> Iterator[_Change]:
    """Each of several members taken away, with its comma; the one member of a set gives way to a word that is nobody's."""
    for number, (start, end) in enumerate(spans):
        what = f"without {source[start:end].decode()}"
        if len(spans) == 1:
            yield start, end, '"-": "-"' if b":" in source[start:end] else '"-"', what
        elif number + 1 < len(spans):
            yield start, spans[number + 1][0], "", what
        else:
            yield spans[number - 1][1], end, "", what


def _end(span: _Node, source: bytes) -> int:
    """Where a node ends. The span of a text leaves its last quote out."""
    end: int = span["end"]
    return end + 1 if source[span["start"] : end].count(b'"') % 2 else end


def _shown(source: bytes, span: _Node) -> str:
    return " ".join(source[span["start"] : span["end"]].decode(errors="replace").split())[:100]


class Noticing:
    """Tells whether any case notices a mutant."""

    def __init__(self, modules: Mapping[str, str]) -> None:
        """Take the unspoilt modules."""
        self._modules = modules
        self._expected = golden.read()
        asked = {name: json.dumps(facts) for name, facts in golden.questions().items()}
        honest = self._engine({})
        self._asked = {name: text for name, text in asked.items() if self._answer(honest, text) is not None}

    def notices(self, mutant: Mutant) -> str | None:
        """The name of the first case that is answered otherwise; None if there is none. A set that cannot be loaded is noticed at once."""
        try:
            engine = self._engine({mutant.file: mutant.text})
        except RuntimeError:
            return "cannot be loaded"
        for name, text in self._asked.items():
            answer = self._answer(engine, text, together=mutant.file == "decisions.rego")
            if answer != self._expected[name]:
                del self._asked[name]  # who noticed last will often notice next
                self._asked = {name: text, **self._asked}
                return name
        return None

    def _engine(self, changed: Mapping[str, str]) -> Any:
        engine = regorus.Engine()
        for name, text in {**self._modules, **changed}.items():
            engine.add_policy(name, text)
        engine.add_data_json('{"onlyonce": {"revision": "mutant"}}')
        return engine

    def _answer(self, engine: Any, text: str, *, together: bool = False) -> object:
        """The rulings; None if there is no decision. `together`: asked as one of several questions."""
        try:
            engine.set_input_json(f'{{"questions": {{"q": {text}}}}}' if together else text)
            rule = "data.onlyonce.decisions" if together else "data.onlyonce.decision"
            answer = json.loads(engine.eval_rule_as_json(rule))
        except RuntimeError:
            return None
        if together:
            whole = isinstance(answer, dict) and answer.get("revision") == "mutant"
            answer = answer.get("answers", {}).get("q") if whole else None
        if not isinstance(answer, dict) or answer.get("revision") != "mutant":
            return None
        return answer.get("attributes")


def chosen(modules: Mapping[str, str], seed: int, number: int | None) -> list[Mutant]:
    """All mutants, or a number of them drawn by a seed."""
    every = mutants(modules)
    return every if number is None else random.Random(seed).sample(every, min(number, len(every)))


def survivors(modules: Mapping[str, str], seed: int = 0, number: int | None = None) -> list[Mutant]:
    """The mutants that no case notices."""
    noticing = Noticing(modules)
    return [mutant for mutant in chosen(modules, seed, number) if noticing.notices(mutant) is None]


def main() -> None:
    """Try them all and tell."""
    modules = load_policies().modules
    noticing, lived, broken = Noticing(modules), 0, 0
    every = mutants(modules)
    for mutant in every:
        noticed = noticing.notices(mutant)
        if noticed == "cannot be loaded":
            print(f"cannot be loaded: {mutant}")
        broken += noticed == "cannot be loaded"
        if noticed is None:
            lived += 1
            print(f"survives: {mutant}")
    print(
        f"{len(every)} mutants, {len(golden.questions())} questions: {lived} survive, {broken} cannot be loaded"
    )
    raise SystemExit(lived > 0)


if __name__ == "__main__":
    main()
