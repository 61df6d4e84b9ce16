"""The usual shapes of an error in JSON, and the codes that stand in them."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from connectors.http import Answer

__all__ = ["codes_in", "is_error"]

_PROBLEM = "application/problem+json"
_LISTS = ("issues", "errors", "invalidParams", "invalid-params")
"""Where problems list what is wrong: Belgif's guide, RFC 9457's example, Haal Centraal, RFC 7807's example."""


def is_error(answer: Answer) -> bool:
    """Whether HTTP itself says that an answer is an error; only then is it looked at by its shape."""
    return answer.status >= 400 or answer.media_type == _PROBLEM


def codes_in(shape: str, document: Any) -> list[str]:
    """The codes that an error of this shape holds. One that is an address counts by its last part too."""
    found: list[str] = []
    for code in _SHAPES[shape](document):
        if isinstance(code, str | int) and not isinstance(code, bool) and str(code).strip():
            text = str(code).strip()
            found += dict.fromkeys((text, _last(text)))
    return found


def _last(code: str) -> str:
    """`resourceNotFound` of `urn:problem-type:belgif:resourceNotFound` and of `https://example.org/errors#resourceNotFound`."""
    for mark in "#/:":
        code = code.rstrip(mark).rpartition(mark)[2] or code
    return code


def _problem(document: Any) -> Iterator[object]:
    """RFC 9457: its `type`, the `code` that many add, and those of what it lists."""
    if isinstance(document, Mapping):
        yield from (document.get("type"), document.get("code"))
        for key in _LISTS:
            for one in _list(document.get(key)):
                yield from (_member(one, "type"), _member(one, "code"))


def _errors(document: Any) -> Iterator[object]:
    """`{"errors": [{"code": "E1"}]}`, as JSON:API and many others have it; a list of codes, too."""
    for one in _list(_member(document, "errors")):
        yield _member(one, "code") if isinstance(one, Mapping) else one


def _error(document: Any) -> Iterator[object]:
    """`{"error": "code"}`, as OAuth 2.0 has it, `{"error": {"code": "E1"}}`, and `{"code": "E1"}`."""
    inner = _member(document, "error")
    if isinstance(inner, Mapping):
        yield from (inner.get("code"), inner.get("status"))
    else:
        yield inner
    yield _member(document, "code")


def _member(value: Any, name: str) -> object:
    return value.get(name) if isinstance(value, Mapping) else None


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


_SHAPES: Mapping[str, Callable[[Any], Iterator[object]]] = {
    "problem": _problem,
    "errors": _errors,
    "error": _error,
}
