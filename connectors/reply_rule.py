"""What an answer means: the part of a declaration that describes what comes back."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any, Literal, TypeAlias, get_args

from connectors import values
from connectors.scope import Scope
from connectors.values import Convert, Rule, Scalar, Select

__all__ = ["Compile", "Meaning", "ReplyRule", "read_attributes", "read_reply"]

Compile = Callable[[str], Select]
Meaning: TypeAlias = Literal["refused", "unavailable", "busy", "subjectUnknown"]
"""What a source's own error code means. In this order the worst of several counts."""

_TYPES = ("text", "date", "amount", "code", "boolean", "object")
_NESTING = 5


@dataclass(frozen=True, slots=True)
class ReplyRule:
    """Where things stand in an answer, and what the source's error codes mean."""

    answer: Select
    many: bool
    subject: Select | None
    reference: Select | None
    code: Select | None
    meanings: Mapping[str, Meaning]
    status: Mapping[int, Meaning]


def _nowhere(_point: Any) -> tuple[()]:
    return ()


def _path(scope: Scope, key: str, compile_path: Compile, *, required: bool = False) -> Select | None:
    text = scope.text(key, required=required)
    if text is None:
        return None
    try:
        return compile_path(text)
    except ValueError as error:
        scope.problem(str(error), key)
        return _nowhere


def read_reply(scope: Scope, compile_path: Compile) -> ReplyRule:
    """Read `reply`."""
    below = scope.scope("reply", required=True) or Scope({"answer": "x"}, ("reply",), [])
    below.mapping_of_texts("namespaces")
    answer = _path(below, "answer", compile_path, required=True) or _nowhere
    subject, reference = _path(below, "subject", compile_path), _path(below, "reference", compile_path)
    many = below.flag("many")
    errors = below.scope("errors") or Scope({}, ("reply", "errors"), scope.problems)
    code = _path(errors, "code", compile_path)
    meanings = _meanings(errors)
    if meanings and code is None:
        errors.problem("meanings need `code`: where the source's code stands")
    status = _status(errors)
    errors.done()
    below.done()
    return ReplyRule(answer, many, subject, reference, code, meanings, status)


def _meanings(scope: Scope) -> dict[str, Meaning]:
    below = scope.scope("meanings")
    return {} if below is None else {code: _meaning(below, code) for code in below.names()}


def _meaning(scope: Scope, key: str) -> Meaning:
    found = scope.choice(key, get_args(Meaning))
    return next((m for m in get_args(Meaning) if m == found), "refused")


def _status(scope: Scope) -> dict[int, Meaning]:
    """HTTP statuses; YAML reads them as numbers."""
    raw = scope.take("status")
    if raw is None:
        return {}
    path = (*scope.path, "status")
    if isinstance(raw, Mapping):
        raw = {str(key) if isinstance(key, int) else key: value for key, value in raw.items()}
    below = Scope(raw, path, scope.problems)
    found = {}
    for key in below.names():
        meaning = _meaning(below, key)
        if key.isdecimal() and 400 <= int(key) <= 599:
            found[int(key)] = meaning
        else:
            below.problem("expected an HTTP status from 400 to 599", key)
    return found


def read_attributes(
    scope: Scope, compile_path: Compile, scalar: Callable[[Any], Scalar], zone: tzinfo
) -> dict[str, Rule]:
    """Read `attributes`."""
    reader = _Rules(compile_path, scalar, zone)
    below = scope.scope("attributes", required=True)
    if below is None:
        return {}
    found = reader.read_all(below, _NESTING)
    if not found and not below.problems:
        below.problem("a source without attributes is of no use")
    return found


@dataclass(frozen=True, slots=True)
class _Rules:
    """Reads the rules of attributes and, inside them, of an object's fields."""

    compile_path: Compile
    scalar: Callable[[Any], Scalar]
    zone: tzinfo

    def read_all(self, scope: Scope, depth: int) -> dict[str, Rule]:
        rules = {}
        for key in scope.names():
            below = scope.scope(key)
            if below is None:
                scope.problem("expected a mapping", key)
                continue
            rules[key] = self._rule(below, depth)
            below.done()
        return rules

    def _rule(self, scope: Scope, depth: int) -> Rule:
        kind = scope.choice("type", _TYPES, "text") or "text"
        is_object = kind == "object"
        select = _path(scope, "path", self.compile_path, required=not is_object)
        many, required = scope.flag("many"), scope.flag("required")
        join = None if is_object else scope.take("join")
        if join is not None and (not isinstance(join, str) or many or kind not in {"text", "code"}):
            scope.problem("expected a text, on a text or code that is not `many`", "join")
            join = None
        fields: dict[str, Rule] = {}
        if is_object:
            fields = self._fields(scope, depth)
        elif select is None:
            select = _nowhere
        return Rule(select, self.scalar, self._convert(scope, kind), many, join, required, fields)

    def _fields(self, scope: Scope, depth: int) -> dict[str, Rule]:
        below = scope.scope("fields", required=True)
        if below is None:
            return {}
        if depth == 0:
            below.problem("objects are nested too deep")
            return {}
        fields = self.read_all(below, depth - 1)
        if not fields:
            below.problem("an object needs fields")
        return fields

    def _convert(self, scope: Scope, kind: str) -> Convert:
        if kind == "date":
            return values.partial_date(scope.choice("format", values.DATE_FORMATS, "iso") or "iso", self.zone)
        if kind == "amount":
            return values.amount(
                scope.integer("decimals", 2, least=0, most=12), scope.integer("scale", 0, least=-12, most=12)
            )
        if kind == "code":
            return values.code(scope.mapping_of_texts("mapping") or None)
        if kind == "boolean":
            below = scope.scope("mapping")
            return values.boolean(None if below is None else {k: below.flag(k) for k in below.names()})
        return values.text()
