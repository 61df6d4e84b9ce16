"""Why an attribute is empty: how far its path leads into an answer."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from lxml import etree

from connectors import json_reply, xml
from connectors.declaration import SourceDeclaration
from connectors.http import Answer
from connectors.values import Unfit

__all__ = ["how_far"]

_STEP = re.compile(r"(@?)(?:([\w.-]+):)?([\w.-]+)")
_NAMED = 8


def how_far(declaration: SourceDeclaration, declared: Mapping[str, Any], answer: Answer, path: str) -> str:
    """In words, where a path ends in an answer. `declared` is the declaration as written; names of elements are no personal data."""
    try:
        points = _points(declaration, answer)
    except (xml.NotXml, json_reply.NotJson, Unfit, LookupError):
        return "nothing stands there"
    if declaration.protocol == "soap":
        reply = declared.get("reply")
        spaces = reply.get("namespaces") if isinstance(reply, Mapping) else None
        return _in_xml(points, path, spaces if isinstance(spaces, Mapping) else {})
    return _in_json(points, path)


def _points(declaration: SourceDeclaration, answer: Answer) -> Sequence[Any]:
    if declaration.protocol == "rest":
        return declaration.reply.answer(json_reply.parse(answer.body))
    root = xml.parse(answer.body, answer.charset)
    bodies = [one for one in root if etree.QName(one).localname == "Body"]
    return declaration.reply.answer(bodies[0][0])


def _in_xml(points: Sequence[Any], path: str, spaces: Mapping[str, str]) -> str:
    steps = path.split("/")
    if not all(_STEP.fullmatch(step) for step in steps):
        return "nothing stands there"
    for number, step in enumerate(steps):
        match = _STEP.fullmatch(step)
        assert match is not None  # noqa: S101 - all were looked at
        if match[1]:
            return f"`{'/'.join(steps[:number]) or 'the answer'}` has no attribute {match[3]}"
        tag = f"{{{spaces.get(match[2], '')}}}{match[3]}" if match[2] else match[3]
        below = [child for point in points for child in point if child.tag == tag]
        if not below:
            return _lacks(steps[:number], "/", step, [etree.QName(c).localname for p in points for c in p])
        points = below
    return "it is there, and is empty"


def _in_json(points: Sequence[Any], path: str) -> str:
    names = path.replace("[]", "").split(".")
    if not all(re.fullmatch(r"\w+", name) for name in names):
        return "nothing stands there"
    for number, name in enumerate(names):
        objects = [one for point in points for one in (point if isinstance(point, list) else [point])]
        below = [one[name] for one in objects if isinstance(one, dict) and name in one]
        if not below:
            return _lacks(names[:number], ".", name, [k for o in objects if isinstance(o, dict) for k in o])
        points = below
    return "it is there, and is empty"


def _lacks(before: Sequence[str], between: str, step: str, has: Sequence[str]) -> str:
    names = list(dict.fromkeys(has))
    told = ", ".join(names[:_NAMED]) + (", …" if len(names) > _NAMED else "")
    where = f"`{between.join(before)}`" if before else "the answer"
    return f"{where} has no {step}" + (f"; it has {told}" if told else "; it is empty")
