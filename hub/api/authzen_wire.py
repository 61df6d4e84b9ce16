"""What an AuthZEN request looks like: JSON in the I-JSON profile, and the shapes of AuthZEN 1.0, sections 5 to 7.

What is not known is ignored; what is known has its type. Errors name parts of the request by the specification's names and never by the
caller's own.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final, get_args

from hub.services.errors import Fault, RequestInvalid
from hub.services.evaluation import Evaluation, Invalid, Semantic

MAX_EVALUATIONS: Final = 100
_LONGEST_INTEGER: Final = 20
_REQUIRED: Final[dict[str, tuple[str, ...]]] = {
    "subject": ("type", "id"),
    "action": ("name",),
    "resource": ("type", "id"),
}
_SEMANTICS: Final[tuple[Semantic, ...]] = get_args(Semantic)


class _NotIJson(ValueError):
    """JSON that two readers could read in two ways (RFC 7493)."""


def read_object(body: bytes) -> dict[str, Any]:
    """The object that a body is.

    Raises:
        RequestInvalid: it is empty, not JSON in UTF-8, names a member twice, is nested beyond measure, or is no object.
    """
    try:
        found = json.loads(
            body.decode(), object_pairs_hook=_once, parse_constant=_no_constant, parse_int=_integer
        )
    except (ValueError, RecursionError):
        raise RequestInvalid(Fault("", "is not JSON", "schemaViolation")) from None
    if not isinstance(found, dict):
        raise RequestInvalid(Fault("", "must be an object", "schemaViolation"))
    return found


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        raise _NotIJson
    return made


def _no_constant(_: str) -> None:
    raise _NotIJson  # NaN and the infinities are Python's, not JSON's


def _integer(digits: str) -> int | float:
    return int(digits) if len(digits) <= _LONGEST_INTEGER else float(digits)


def evaluation(said: Mapping[str, Any]) -> Evaluation:
    """One question.

    Raises:
        RequestInvalid: naming what is missing and what has a wrong type.
    """
    faults = [*_faults(said, whole=True)]
    if faults:
        raise RequestInvalid(*faults)
    subject, action, resource = said["subject"], said["action"], said["resource"]
    return Evaluation(
        subject_type=subject["type"], action=action["name"],
        resource_type=resource["type"], resource_id=resource["id"],
        subject_properties=subject.get("properties", {}), resource_properties=resource.get("properties", {}),
        context=said.get("context", {}),
    )  # fmt: skip


def evaluations(said: Mapping[str, Any]) -> tuple[list[Evaluation | Invalid], Semantic] | None:
    """Several questions and how to go through them; None where there are none, so that the request is a question itself.

    Raises:
        RequestInvalid: the request as a whole is wrong. An item that is wrong is `Invalid` in its place.
    """
    items = said.get("evaluations", [])
    semantic = _semantic(said.get("options", {}))
    if not isinstance(items, list):
        raise RequestInvalid(Fault("evaluations", "must be a list", "schemaViolation"))
    if len(items) > MAX_EVALUATIONS:
        raise RequestInvalid(Fault("evaluations", f"may have {MAX_EVALUATIONS} items at most"))
    if not items:
        return None
    faults = [*_faults(said, whole=False)]
    if faults:
        raise RequestInvalid(*faults)
    return [_item(item, said) for item in items], semantic


def _semantic(options: Any) -> Semantic:
    if not isinstance(options, dict):
        raise RequestInvalid(Fault("options", "must be an object", "schemaViolation"))
    wanted = options.get("evaluations_semantic", "execute_all")
    for known in _SEMANTICS:
        if wanted == known:
            return known
    raise RequestInvalid(Fault("options.evaluations_semantic", f"must be one of {', '.join(_SEMANTICS)}"))


def _item(item: Any, defaults: Mapping[str, Any]) -> Evaluation | Invalid:
    """An item with what stands at the top for it. An entity replaces the one at the top, but for `type`, `id` and `name` that it lacks."""
    if not isinstance(item, dict):
        return Invalid("must be an object")
    whole = {name: defaults[name] for name in (*_REQUIRED, "context") if name in defaults} | item
    for name, required in _REQUIRED.items():
        top = defaults.get(name)
        if isinstance(whole.get(name), dict) and top is not None:
            whole[name] = {part: top[part] for part in required if part in top} | whole[name]
    try:
        return evaluation(whole)
    except RequestInvalid as error:
        return Invalid(str(error))


def _faults(said: Mapping[str, Any], *, whole: bool) -> Iterator[Fault]:
    """What is wrong with the parts of a question. `whole`: none of what is required may be missing."""
    for name, required in _REQUIRED.items():
        entity = said.get(name)
        if name not in said:
            if whole:
                yield Fault(name, "is required", "schemaViolation")
        elif not isinstance(entity, dict):
            yield Fault(name, "must be an object", "schemaViolation")
        else:
            yield from _entity_faults(name, entity, required, whole=whole)
    if not isinstance(said.get("context", {}), dict):
        yield Fault("context", "must be an object", "schemaViolation")


def _entity_faults(
    name: str, entity: Mapping[str, Any], required: tuple[str, ...], *, whole: bool
) -> Iterator[Fault]:
    for part in required:
        if part not in entity:
            if whole:
                yield Fault(f"{name}.{part}", "is required", "schemaViolation")
        elif not isinstance(entity[part], str):
            yield Fault(f"{name}.{part}", "must be a string", "schemaViolation")
    if not isinstance(entity.get("properties", {}), dict):
        yield Fault(f"{name}.properties", "must be an object", "schemaViolation")


def _entity(name: str, *, partly: bool = False) -> dict[str, Any]:
    required = {} if partly else {"required": list(_REQUIRED[name])}
    strings: dict[str, Any] = {part: {"type": "string"} for part in _REQUIRED[name]}
    return {"type": "object", **required, "properties": {**strings, "properties": {"type": "object"}}}


def _question(*, partly: bool = False) -> dict[str, Any]:
    parts: dict[str, Any] = {name: _entity(name, partly=partly) for name in _REQUIRED}
    required = {} if partly else {"required": list(_REQUIRED)}
    return {"type": "object", **required, "properties": {**parts, "context": {"type": "object"}}}


def _body(schema: dict[str, Any], example: dict[str, Any]) -> dict[str, Any]:
    return {
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": schema, "example": example}},
        },
        "parameters": [
            {
                "name": "X-Request-ID", "in": "header", "schema": {"type": "string", "pattern": "^[A-Za-z0-9-]{1,64}$"},
                "description": "The caller's own name of the request, which the answer repeats. It may not hold a national number.",
            }
        ],
    }  # fmt: skip


_EXAMPLE: Final[dict[str, Any]] = {
    "subject": {
        "type": "citizen",
        "id": "session-4711",
        "properties": {"token": "eyJhbGciOi…", "isSubject": True},
    },
    "action": {"name": "prefill"},
    "resource": {"type": "form", "id": "study-grant"},
    "context": {"channel": "web"},
}
EVALUATION_BODY: Final = _body(_question(), _EXAMPLE)
"""Request of one evaluation, as OpenAPI has it."""
EVALUATIONS_BODY: Final = _body(
    {
        "anyOf": [
            _question(),
            {
                **_question(partly=True),
                "required": ["evaluations"],
                "properties": {
                    **_question(partly=True)["properties"],
                    "evaluations": {
                        "type": "array", "minItems": 1, "maxItems": MAX_EVALUATIONS, "items": _question(partly=True),
                    },
                    "options": {
                        "type": "object",
                        "properties": {"evaluations_semantic": {"type": "string", "enum": list(_SEMANTICS)}},
                    },
                },
            },
        ]
    },
    {
        **{name: _EXAMPLE[name] for name in ("subject", "action")},
        "evaluations": [
            {"resource": _EXAMPLE["resource"]},
            {"resource": {"type": "attribute", "id": "person.taxableIncome", "properties": {"form": "study-grant"}}},
        ],
        "options": {"evaluations_semantic": "deny_on_first_deny"},
    },
)  # fmt: skip
"""Request of several."""
