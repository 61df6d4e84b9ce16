"""What a declaration uses of a contract: every path that it reads by, every element that it sends."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from connectors.onboarding.paths import Steps, json_steps, xpath_steps

__all__ = ["Use", "received", "sent"]

_BODIES = ("body", "form")
_INNER = ("start", "end", "language", "text")
"""The keys of an attribute that hold paths from what it reads."""
_PLACES = {"query": "query", "headers": "header"}


@dataclass(frozen=True, slots=True)
class Use:
    """One key of a declaration, and what it uses."""

    key: str
    """`attributes.person.birthDate`, `request.Number`."""
    steps: Steps
    required: bool = False
    many: bool = False
    known: frozenset[str] | None = None
    """The values that it can take, if they are listed."""
    value: str | None = None
    """The text that is sent, if it has no variable."""


def received(declaration: Mapping[str, Any]) -> Iterator[Use]:
    """What is read of the reply. Paths are those below the element in the Body, or below the document."""
    read = json_steps if declaration.get("protocol") == "rest" else xpath_steps
    reply = _mapping(declaration.get("reply"))
    many = reply.get("many") is True
    answers = _steps(read, reply.get("answer"))
    yield from (Use("reply.answer", steps, required=True, many=many) for steps in answers)
    for steps in _steps(read, reply.get("subject")):
        yield from (Use("reply.subject", answer.then(steps), required=True, many=many) for answer in answers)
    for key, path in (
        ("reference", reply.get("reference")),
        ("errors.code", _mapping(reply.get("errors")).get("code")),
    ):
        yield from (Use(f"reply.{key}", steps, many=True) for steps in _steps(read, path))
    for name, rule in _mapping(declaration.get("attributes")).items():
        yield from _attribute(f"attributes.{name}", _mapping(rule), answers, read, many)


def _attribute(
    key: str, rule: Mapping[str, Any], above: list[Steps], read: Callable[[str], list[Steps]], many: bool
) -> Iterator[Use]:
    """What an attribute reads, and what the fields of an object do."""
    own = _steps(read, rule.get("path"))
    ways = [one.then(steps) for one in above for steps in own] or above
    codes = rule.get("mapping")
    known = frozenset(map(str, codes)) if isinstance(codes, Mapping) else None
    many = many or rule.get("many") is True or "join" in rule
    for way in ways if own else ():
        yield Use(key, way, rule.get("required") is True, many, known)
    for inner in _INNER:
        below = [way.then(steps) for way in ways for steps in _steps(read, rule.get(inner))]
        yield from (Use(f"{key}.{inner}", one, many=True) for one in below)
    for name, field in _mapping(rule.get("fields")).items():
        yield from _attribute(f"{key}.{name}", _mapping(field), ways, read, many)


def sent(declaration: Mapping[str, Any]) -> Iterator[tuple[str, Use]]:
    """What the request holds, each with its side: `request`, `header`, or a place of REST's parameters."""
    request = _mapping(declaration.get("request"))
    if declaration.get("protocol") != "rest":
        for key, side in (("request", "request"), ("header", "header")):
            yield from ((side, use) for use in _sent(key, declaration.get(key), ()))
        return
    for key in _BODIES:
        yield from (("request", use) for use in _sent(f"request.{key}", request.get(key), (), optional=True))
    for key, side in _PLACES.items():
        yield from ((side, use) for use in _sent(f"request.{key}", request.get(key), (), optional=True))


def _sent(key: str, value: object, names: tuple[str, ...], *, optional: bool = False) -> Iterator[Use]:
    """Each element of a request; one that is sent several times is a list."""
    if isinstance(value, Mapping):
        for name, below in value.items():
            bare = str(name).removesuffix("?") if optional else _element(str(name))
            path = (*names, bare) if bare else names
            if path != names:
                text = below if isinstance(below, str) and "{" not in below else None
                is_list = isinstance(below, list) and len(below) > 1
                yield Use(f"{key}.{name}", Steps(path), many=is_list, value=text)
            yield from _sent(f"{key}.{name}", below, path, optional=optional)
    elif isinstance(value, list):
        for index, one in enumerate(value):
            yield from _sent(f"{key}.{index}", one, names, optional=optional)


def _element(key: str) -> str:
    """The local name that a key of a SOAP request stands for; empty for one that stands for no element or attribute."""
    if key.startswith(("_value_", "xsi:")) or key == "xml":
        return ""
    return key.rpartition("}")[2].removeprefix("@")


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _steps(read: Callable[[str], list[Steps]], path: object) -> list[Steps]:
    """The ways of a path; one without a step (`.`) goes nowhere else."""
    return (read(path) or [Steps(())]) if isinstance(path, str) else []
