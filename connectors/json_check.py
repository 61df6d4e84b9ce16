"""Whether a body that is sent, and the paths by which an answer is read, fit the trees of a contract.

A tree tells what may be there. Where it is cut, recursive or open to any name, nothing is said.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from connectors.errors import Problem
from connectors.onboarding.paths import Steps
from connectors.onboarding.shape import Node
from connectors.onboarding.uses import Use, received
from connectors.scope import Path
from connectors.template import NUMBER, parse

__all__ = ["check_body", "check_reply", "check_text"]

_NUMBERS = {
    "integer": re.compile(r"-?\d+", re.ASCII),
    "number": re.compile(r"-?\d+(\.\d+)?([eE][+-]?\d+)?", re.ASCII),
}
_LEAVES = frozenset({"string", "integer", "number", "boolean"})
_MOST_NAMED = 30
_BELOW_ANSWER = ("reply.subject", "attributes.")
_CLEVER = re.compile(r"[(){}&|`@]")
"""What makes a JMESPath more than names, indices and conditions: where it leads is not judged."""


def check_text(node: Node, text: str, at: Path) -> Iterator[Problem]:
    """A text that is always sent, as a value of a parameter."""
    kind = node.type.partition("(")[0]
    if node.values and text not in node.values:
        yield Problem(at, f"the contract admits: {', '.join(node.values[:_MOST_NAMED])}")
    elif kind in _NUMBERS and not _NUMBERS[kind].fullmatch(text):
        yield Problem(at, f"the contract has the type {node.type} here")
    elif kind == "boolean" and text not in {"true", "false"}:
        yield Problem(at, "the contract has true or false here")


def check_body(node: Node, value: object, at: Path) -> Iterator[Problem]:
    """A nested body; a variable in it is a text."""
    if _is_open(node):
        return
    if isinstance(value, list):
        if node.most is not None:
            yield Problem(at, "the contract has no list here")
            return
        for index, one in enumerate(value):
            yield from check_body(_item(node), one, (*at, index))
    elif node.most is None:
        yield Problem(at, "the contract has a list here")
    elif isinstance(value, Mapping):
        yield from _members(node, value, at)
    else:
        yield from _leaf(node, value, at)


def _members(node: Node, value: Mapping[Any, object], at: Path) -> Iterator[Problem]:
    if not node.children:
        if node.type.partition("(")[0] in _LEAVES:
            yield Problem(at, f"the contract has a single value here, of the type {node.type}")
        return
    children = _by_name(node)
    given = {str(key).removesuffix("?"): key for key in value}
    for name, key in given.items():
        if name in children:
            tries = [list(check_body(child, value[key], (*at, key))) for child in children[name]]
            yield from min(tries, key=len)  # of several alternatives, the one that it fits best
        elif "*" not in children:
            has = ", ".join(list(children)[:_MOST_NAMED]) or "none"
            yield Problem((*at, key), f"the contract has no such member here; it has: {has}")
    for child in node.children:
        if child.least and child.choice is None and child.name != "*":
            yield from _required(child, given, at)
    yield from _alternatives(node, given, at)


def _required(child: Node, given: Mapping[str, Any], at: Path) -> Iterator[Problem]:
    if child.name not in given:
        yield Problem(at, f"the contract requires `{child.name}` here")
    elif str(given[child.name]).endswith("?"):
        yield Problem((*at, given[child.name]), "the contract requires it, so it cannot be left out")


def _alternatives(node: Node, given: Mapping[str, Any], at: Path) -> Iterator[Problem]:
    """Of members that exclude each other, all that one alternative requires must be there."""
    wanted: defaultdict[int, defaultdict[int | None, set[str]]] = defaultdict(lambda: defaultdict(set))
    for child in node.children:
        if child.choice is not None:
            needs = wanted[child.choice][child.branch]
            if child.least and child.name != "*":
                needs.add(child.name)
    for branches in wanted.values():
        if not any(needs <= given.keys() for needs in branches.values()):
            words = " or ".join(" and ".join(sorted(needs)) for needs in list(branches.values())[:5])
            yield Problem(at, f"the contract requires one of: {words}")


def _leaf(node: Node, value: object, at: Path) -> Iterator[Problem]:
    kinds = {kind.partition("(")[0] for kind in node.type.split(" | ")}
    if node.children or not kinds <= _LEAVES:
        if node.children:
            yield Problem(at, "the contract has an object here")
        return
    sent = _kinds(value)
    if sent and not sent & kinds and not (value is None and node.nillable):
        yield Problem(at, f"the contract has the type {node.type} here, and a {min(sent)} is sent")
    elif node.values and (text := _fixed(value)) is not None and text not in node.values:
        yield Problem(at, f"the contract admits: {', '.join(node.values[:_MOST_NAMED])}")


def _kinds(value: object) -> set[str]:
    """What a value is in JSON; a whole number is a number too. Nothing for null."""
    if isinstance(value, str):
        return {"integer", "number"} if value.startswith("{" + NUMBER) else {"string"}
    if isinstance(value, bool):
        return {"boolean"}
    if isinstance(value, int):
        return {"integer", "number"}
    return {"number"} if isinstance(value, float) else set()


def _fixed(value: object) -> str | None:
    """A value that is the same in each call, as an enumeration writes it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str):
        return None if value is None else str(value)
    try:
        template = parse(value)
    except ValueError:
        return None
    return None if template.variables else template.literals[0].decode()


def check_reply(node: Node, declared: Mapping[str, Any]) -> Iterator[Problem]:
    """Each path of a declaration that leads to nothing the contract knows."""
    done: set[tuple[str, str]] = set()
    lost = False
    for use in (*received(declared), *_paged(declared)):
        below = use.key.startswith(_BELOW_ANSWER)
        if use.key == "reply.errors.code" or (below and lost) or _CLEVER.search(_text(declared, use.key)):
            continue  # codes stand in answers of their own
        told = _missing(node, use.steps)
        if told is not None and (use.key, told) not in done:
            done.add((use.key, told))
            lost |= use.key == "reply.answer"
            yield Problem(_place(declared, use.key), told)


def _paged(declared: Mapping[str, Any]) -> Iterator[Use]:
    pages = declared.get("pages")
    items = pages.get("items") if isinstance(pages, Mapping) else None
    if isinstance(items, str):
        yield Use("pages.items", Steps(tuple(items.split("."))))


def _missing(node: Node, steps: Steps) -> str | None:
    """What is not there on a way down from the document."""
    if steps.loose:
        return None
    here = [node]
    for name in steps.names:
        here = [_within(one) for one in here]
        if name == "*" or any(_is_open(one) or "*" in _by_name(one) for one in here):
            return None
        below = [child for one in here for child in one.children if child.name == name]
        if not below:
            has = (
                ", ".join(dict.fromkeys(child.name for one in here for child in one.children)) or "no members"
            )
            return f"the contract's answer has no `{name}` there; it has: {has[:500]}"
        here = below
    return None


def _within(node: Node) -> Node:
    """The object of a list, however deep lists are nested."""
    while len(node.children) == 1 and node.children[0].name == "[]":
        node = node.children[0]
    return node


def _item(node: Node) -> Node:
    """What stands in a list."""
    if len(node.children) == 1 and node.children[0].name == "[]":
        return node.children[0]
    return Node(
        node.name, None, node.type, values=node.values, nillable=node.nillable, cut=node.cut,
        recursive=node.recursive, children=node.children,
    )  # fmt: skip


def _is_open(node: Node) -> bool:
    """Whether a tree does not say all of what may stand there."""
    return node.cut or node.recursive or (not node.children and node.type in {"any", "object"})


def _by_name(node: Node) -> dict[str, list[Node]]:
    found: dict[str, list[Node]] = {}
    for child in node.children:
        found.setdefault(child.name, []).append(child)
    return found


def _place(declared: Mapping[str, Any], key: str) -> Path:
    """The keys that a dotted key names: an attribute's name has dots itself."""
    at: Any = declared
    path: list[str] = []
    rest = key
    while rest and isinstance(at, Mapping):
        step = next((k for k in at if isinstance(k, str) and (rest == k or rest.startswith(f"{k}."))), None)
        if step is None:
            break
        path.append(step)
        at, rest = at[step], rest[len(step) + 1 :]
        if (
            rest
            and isinstance(at, Mapping)
            and isinstance(at.get("fields"), Mapping)
            and rest.partition(".")[0] in at["fields"]
        ):
            path.append("fields")
            at = at["fields"]
    if isinstance(at, Mapping) and "path" in at:
        path.append("path")
    return tuple(path)


def _text(declared: Mapping[str, Any], key: str) -> str:
    """The texts of the path that a key names and of those that it starts from."""
    at: Any = declared
    texts: list[object] = []
    for step in _place(declared, key):
        at = at.get(step) if isinstance(at, Mapping) else None
        texts += [at, at.get("path") if isinstance(at, Mapping) else None]
    reply = declared.get("reply")
    if isinstance(reply, Mapping) and not key.startswith(("pages", "reply.reference")):
        texts.append(reply.get("answer"))
    return "\n".join(text for text in texts if isinstance(text, str))
