"""Reading JSON that a stranger wrote; then compiled JMESPath."""

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any, NoReturn

import jmespath
from jmespath.exceptions import JMESPathError
from jmespath.functions import Functions

from connectors.rule import PathLanguage
from connectors.values import Scalar, Select, Unfit

__all__ = ["LANGUAGE", "NotJson", "compile_path", "parse", "scalar"]

_PLAIN = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*", re.ASCII)


class NotJson(Exception):
    """Bytes that are not JSON as RFC 8259 has it. Its text never holds any of them."""


def _no_constant(_name: str) -> NoReturn:
    raise ValueError


_DECODER = json.JSONDecoder(parse_constant=_no_constant)


def parse(body: bytes) -> Any:
    """The value that some bytes are. Raises `NotJson`: not UTF-8, not JSON (NaN is not), or nested beyond the interpreter's depth."""
    try:
        return _DECODER.decode(body.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        raise NotJson("is not JSON") from None


def compile_path(path: str) -> Select:
    """A compiled JMESPath. Raises `ValueError` with what is wrong with it."""
    if _PLAIN.fullmatch(path):
        return _walk(tuple(path.split(".")))
    try:
        compiled = jmespath.compile(path)
    except JMESPathError:
        raise ValueError("not a JMESPath expression") from None
    for name in _functions(compiled.parsed):
        if name not in Functions.FUNCTION_TABLE:
            raise ValueError(f"{name} is no function of JMESPath")

    def select(point: Any) -> Sequence[Any]:
        try:
            return _items(compiled.search(point))
        except (JMESPathError, TypeError, ValueError, ArithmeticError, AttributeError, RecursionError):
            raise Unfit("cannot be evaluated") from None

    return select


def _functions(node: Any) -> Iterator[str]:
    """The functions that an expression calls: jmespath itself finds an unknown one only when it comes to call it."""
    if isinstance(node, dict):
        if node.get("type") == "function_expression":
            yield node["value"]
        for child in node.get("children", ()):
            yield from _functions(child)


def _walk(names: tuple[str, ...]) -> Select:
    """A path of plain names, without the interpreter: the usual one."""

    def select(point: Any) -> Sequence[Any]:
        for name in names:
            if type(point) is not dict:
                return ()
            point = point.get(name)
        return _items(point)

    return select


def _items(found: Any) -> Sequence[Any]:
    """A list is several items; null is none."""
    if found is None:
        return ()
    return found if isinstance(found, list) else (found,)


def scalar(item: Any) -> Scalar:
    """A leaf. Raises `Unfit` for an object or a list."""
    if item is None or isinstance(item, str | int | float):
        return item
    raise Unfit("is not a single value")


def _is_object(item: Any) -> bool:
    return isinstance(item, dict)


def _is_empty_list(found: Sequence[Any]) -> bool:
    return isinstance(found, list)  # a null or an absent key is an empty tuple


LANGUAGE = PathLanguage(compile_path, scalar, _is_object, _is_empty_list, one_pass=lambda _paths: None)
"""JMESPath, and how what it finds is read."""
