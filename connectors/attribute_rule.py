"""The attributes of a declaration: where each stands in an answer, its type, and what is done to its text before."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import tzinfo
from pathlib import Path

from connectors import rule, values
from connectors.code_list import CodeListInvalid, read_code_list
from connectors.normalise import STEPS, Pattern, Step, pad_zeros, prepared
from connectors.reply_rule import nowhere, read_path
from connectors.rule import Item, PathLanguage, Rule, Together
from connectors.scope import Scope
from connectors.values import Convert, Unfit

__all__ = ["TYPES", "read_attributes"]

_PREPARED = ("text", "date", "year", "amount", "number", "code", "boolean")
TYPES = (*_PREPARED, "period", "multilingual", "object")
"""What an attribute may be."""
_JOINED = ("text", "code", "multilingual")
_NESTING = 5
_LANGUAGE = Pattern(r"[a-z]{2,3}(-[a-z0-9]{2,8})*")


def read_attributes(scope: Scope, language: PathLanguage, *, zone: tzinfo, folder: Path) -> dict[str, Rule]:
    """Read `attributes`. Code lists are files below `folder`."""
    reader = _Rules(language, zone, folder)
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

    language: PathLanguage
    zone: tzinfo
    folder: Path

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
        kind = scope.choice("type", TYPES, "text") or "text"
        select = read_path(scope, "path", self.language.compile, required=kind not in {"object", "period"})
        if select is None and kind not in {"object", "period"}:
            select = nowhere
        many, join = self._many(scope, kind)
        together = self._together(scope, kind, depth, many=many, join=join)
        return Rule(select, rule.required(together) if scope.flag("required") else together)

    @staticmethod
    def _many(scope: Scope, kind: str) -> tuple[bool, str | None]:
        """`many` and `join`: what several items are together."""
        many = scope.flag("many") if kind != "multilingual" else False
        join = scope.take("join") if kind in _JOINED else None
        if join is not None and (not isinstance(join, str) or many):
            scope.problem("expected a text, on what is not `many`", "join")
            join = None
        return many, join

    def _together(self, scope: Scope, kind: str, depth: int, *, many: bool, join: str | None) -> Together:
        if kind == "multilingual":
            return self._multilingual(scope, join)
        if kind in {"object", "period"}:
            item = self._period(scope) if kind == "period" else self._object(scope, depth)
            return rule.listed(item) if many else rule.one(item)
        convert = _prepared(scope, self._convert(scope, kind))
        if not many and join is None:
            return rule.one_leaf(self.language.scalar, convert)
        leaf = rule.leaf(self.language.scalar, convert)
        return rule.listed(leaf) if join is None else rule.joined(leaf, join)

    def _object(self, scope: Scope, depth: int) -> Item:
        return rule.of_object(self._fields(scope, depth), self.language)

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

    def _one(self, scope: Scope, key: str, convert: Convert) -> Rule | None:
        """A leaf below the item, at the path that stands under a key."""
        select = read_path(scope, key, self.language.compile)
        leaf = rule.leaf(self.language.scalar, convert)
        return None if select is None else Rule(select, rule.one(leaf))

    def _period(self, scope: Scope) -> Item:
        convert = _prepared(scope, self._date(scope))
        start, end = self._one(scope, "start", convert), self._one(scope, "end", convert)
        if start is None and end is None:
            scope.problem("a period needs `start` or `end`: the paths of its dates")
        return rule.of_period(start, end, self.language)

    def _multilingual(self, scope: Scope, join: str | None) -> Together:
        """`multilingual`: each item has a text and says its language."""
        mapping = scope.mapping_of_texts("mapping")
        found = self._one(scope, "language", _language(mapping))
        if found is None:
            scope.problem("a multilingual text needs `language`: the path of an item's language")
            found = Rule(nowhere, rule.one(lambda _item: None))
        convert = _prepared(scope, values.text())
        text = self._one(scope, "text", convert)
        itself = Rule(None, rule.one(rule.leaf(self.language.scalar, convert)))
        return rule.of_multilingual(text or itself, found, join)

    def _date(self, scope: Scope) -> Convert:
        return values.partial_date(scope.choice("format", values.DATE_FORMATS, "iso") or "iso", self.zone)

    def _convert(self, scope: Scope, kind: str) -> Convert:
        match kind:
            case "date":
                return self._date(scope)
            case "amount":
                decimals = scope.integer("decimals", 2, least=0, most=12)
                return values.amount(decimals, scope.integer("scale", 0, least=-12, most=12))
            case "code":
                return self._code(scope)
            case "boolean":
                below = scope.scope("mapping")
                return values.boolean(None if below is None else {k: below.flag(k) for k in below.names()})
        return {"number": values.number, "year": values.year}.get(kind, values.text)()

    def _code(self, scope: Scope) -> Convert:
        mapping = scope.mapping_of_texts("mapping")
        listed = scope.scope("codeList")
        unlisted = scope.text("unlisted")
        if mapping and listed is not None:
            scope.problem("codes come from `mapping` or from `codeList`, not from both", "codeList")
        elif listed is not None:
            mapping = self._code_list(listed)
        elif unlisted is not None and not mapping:
            scope.problem("there is no `mapping` or `codeList` in which a code could be unlisted", "unlisted")
        return values.code(mapping or None, unlisted)

    def _code_list(self, scope: Scope) -> dict[str, str]:
        name, theirs, ours = scope.text("file", required=True), scope.text("from"), scope.text("to")
        scope.done()
        try:
            return {} if name is None else read_code_list(name, self.folder, theirs=theirs, ours=ours)
        except CodeListInvalid as error:
            for problem in error.problems:
                scope.problem(problem, "file")
            return {}


def _language(mapping: Mapping[str, str]) -> Convert:
    """A language tag (BCP 47) in lower case, from what the source calls the language."""

    def convert(raw: values.Scalar) -> str | None:
        found = values.written(raw)
        if found is None:
            return None
        tag = mapping.get(found, found).lower()
        if not _LANGUAGE.matches(tag):
            raise Unfit("is in a language that is no language tag")
        return tag

    return convert


def _prepared(scope: Scope, convert: Convert) -> Convert:
    """The conversion, with what the declaration does to the text before; nothing is added where it does nothing."""
    absent = frozenset(scope.texts("absent"))
    extract, match = _pattern(scope, "extract"), _pattern(scope, "match")
    if extract is not None and extract.groups != 1:
        scope.problem("expected a pattern with one group: what goes on", "extract")
        extract = None
    steps = _steps(scope)
    if not (absent or extract or match or steps):
        return convert
    return prepared(convert, absent=absent, extract=extract, steps=steps, match=match)


def _pattern(scope: Scope, key: str) -> Pattern | None:
    text = scope.text(key)
    try:
        return None if text is None else Pattern(text)
    except ValueError as error:
        scope.problem(str(error), key)
        return None


def _steps(scope: Scope) -> list[Step]:
    """`normalise`: a list of step names; `padZeros` has a width."""
    raw = scope.take("normalise")
    if raw is None:
        return []
    if not isinstance(raw, list) or not raw:
        scope.problem("expected a list of steps", "normalise")
        return []
    steps = []
    for index, one in enumerate(raw):
        width = one.get("padZeros") if isinstance(one, Mapping) and len(one) == 1 else None
        if isinstance(one, str) and one in STEPS:
            steps.append(STEPS[one])
        elif isinstance(width, int) and not isinstance(width, bool) and 1 <= width <= 100:
            steps.append(pad_zeros(width))
        else:
            expected = f"{', '.join(STEPS)}, or padZeros with a width of 1 to 100"
            scope.problem(f"expected one of: {expected}", "normalise", index)
    return steps
