"""The syntax tree of a Rego module, as regorus reads it."""

import json
from collections.abc import Mapping
from typing import Any, TypeAlias

import regorus

Node: TypeAlias = Mapping[str, Any]


def tree_of(name: str, text: str) -> dict[str, Any]:
    """The syntax tree of a module.

    Raises:
        BaseException: it is not Rego; a panic of regorus is a BaseException, not an Exception.
    """
    engine = regorus.Engine()
    engine.add_policy(name, text)
    tree: dict[str, Any] = json.loads(engine.get_ast_as_json())[0]["ast"]
    return tree


def head_of(rule: Node) -> Node:
    """The head of a rule: its reference is the member `refr`."""
    ((kind, body),) = rule.items()
    head: Node = body if kind == "Default" else next(iter(body["head"].values()))
    return head
