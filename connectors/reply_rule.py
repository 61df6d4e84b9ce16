"""What an answer means: the part of a declaration that describes what comes back."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any, Literal, TypeAlias, get_args

from connectors.scope import Scope
from connectors.values import DATE_FORMATS, Convert, Select, partial_date

__all__ = ["ERROR_SHAPES", "ORDER", "Compile", "Meaning", "ReplyRule", "nowhere", "read_path", "read_reply"]

Compile = Callable[[str], Select]
Meaning: TypeAlias = Literal["refused", "unavailable", "busy", "subjectUnknown"]
"""What a source's own error code means. In this order the worst of several counts."""
ORDER: tuple[Meaning, ...] = get_args(Meaning)
ERROR_SHAPES = ("problem", "errors", "error")
"""RFC 9457, `{"errors": [{"code": …}]}`, `{"error": …}`."""


@dataclass(frozen=True, slots=True)
class ReplyRule:
    """Where things stand in an answer, and what the source's error codes mean."""

    answer: Select
    many: bool
    subject: Select | None
    reference: Select | None
    date: Select | None
    """From when the answer is, in the source's own words; `date_of` reads it."""
    date_of: Convert
    code: Select | None
    meanings: Mapping[str, Meaning]
    status: Mapping[int, Meaning]
    document: Select | None = None
    """Where a text stands that is itself the XML document that all other paths start from."""
    shape: str | None = None
    """One of `ERROR_SHAPES`: where codes stand in what HTTP says is an error."""

    def meaning_of(self, code: str) -> Meaning | None:
        """What a code was declared to mean."""
        key = self.declared(code)
        return None if key is None else self.meanings[key]

    def declared(self, code: str) -> str | None:
        """How a code was declared: as itself, or by the longest beginning that ends in `*`. Safe to be named, unlike the code."""
        if code in self.meanings:
            return code
        begun = (key for key in self.meanings if key.endswith("*") and code.startswith(key[:-1]))
        return max(begun, key=len, default=None)


def nowhere(_point: Any) -> tuple[()]:
    """Where a path would lead that could not be compiled."""
    return ()


def read_path(scope: Scope, key: str, compile_path: Compile, *, required: bool = False) -> Select | None:
    """Read and compile one path."""
    text = scope.text(key, required=required)
    if text is None:
        return None
    try:
        return compile_path(text)
    except ValueError as error:
        scope.problem(str(error), key)
        return nowhere


def read_reply(scope: Scope, compile_path: Compile, zone: tzinfo, *, is_xml: bool) -> ReplyRule:
    """Read `reply`. Counted seconds become dates in `zone`."""
    below = scope.scope("reply", required=True) or Scope({"answer": "x"}, ("reply",), [])
    below.mapping_of_texts("namespaces")
    answer = read_path(below, "answer", compile_path, required=True) or nowhere
    subject, reference = (
        read_path(below, "subject", compile_path),
        read_path(below, "reference", compile_path),
    )
    date, shape = read_path(below, "date", compile_path), below.choice("dateFormat", DATE_FORMATS, "iso")
    many = below.flag("many")
    document = read_path(below, "document", compile_path) if is_xml else None
    errors = below.scope("errors") or Scope({}, ("reply", "errors"), scope.problems)
    code = read_path(errors, "code", compile_path)
    shape_of_error = None if is_xml or errors.peek("shape") is None else errors.choice("shape", ERROR_SHAPES)
    meanings = _meanings(errors)
    if meanings and code is None and shape_of_error is None:
        where = "`code`" if is_xml else "`code` or `shape`"
        errors.problem(f"meanings need {where}: where the source's code stands")
    if code is not None and shape_of_error is not None:
        errors.problem("expected `code` or `shape`, not both")
    status = _status(errors)
    errors.done()
    below.done()
    return ReplyRule(
        answer,
        many,
        subject,
        reference,
        date,
        partial_date(shape or "iso", zone),
        code,
        meanings,
        status,
        document,
        shape_of_error,
    )


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
        if key.isdecimal() and (400 <= int(key) <= 599 or int(key) == 204):
            found[int(key)] = meaning
        else:
            below.problem("expected an HTTP status from 400 to 599, or 204", key)
    return found
