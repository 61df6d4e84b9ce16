"""Which elements an XPath or JMESPath of a declaration passes through, as far as its text tells.

It is meant to find what a change of the contract may break: where a path is too clever to be told exactly, it says more, not less.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

__all__ = ["Steps", "json_steps", "xpath_steps"]

_LITERAL = re.compile(r"""'[^']*'|"[^"]*\"""")
_RAW = re.compile(r"""'(?:[^'\\]|\\.)*'|`(?:[^`\\]|\\.)*`""")
_XPATH = re.compile(r"::|//|\.\.|[\w.-]+:(?!:)(?=[\w*])|[\w][\w.-]*|\*|[][()/@|,=<>!+]|\.|\s+|.", re.DOTALL)
_JMESPATH = re.compile(r'"(?:[^"\\]|\\.)*"|\w+|\[\?|[][(){}.,|&@*:]|[=<>!]+|\s+|.', re.DOTALL)
_OPERATORS = frozenset({"and", "or", "div", "mod"})
_SPACED = re.compile(r"\s*(//?|\[|\]|::|@)\s*")
_ABOVE_PAYLOAD = 3
"""The steps from the root of an answer to the element in its Body, that one included."""
_PLAIN_AXES = frozenset({"child", "self", "attribute"})


@dataclass(frozen=True, slots=True)
class Steps:
    """The names on a way down, without prefixes; `*` is any name. `loose`: others may stand between and before them."""

    names: tuple[str, ...]
    loose: bool = False
    absolute: bool = False
    """Whether it starts at the root, wherever it stands."""

    def then(self, other: "Steps") -> "Steps":
        """This way, and then another."""
        if other.absolute:
            return other
        return Steps(self.names + other.names, self.loose or other.loose)

    def meets(self, path: tuple[str, ...]) -> bool:
        """Whether the way passes through, or ends at, the element that `path` leads to."""
        if not self.loose or not path:
            return len(path) <= len(self.names) and all(map(_same, self.names, path))
        return any(
            _same(name, path[-1]) and _in_order(self.names[:index], path[:-1])
            for index, name in enumerate(self.names)
        )


def _same(step: str, name: str) -> bool:
    return step in {"*", name}


def _in_order(names: tuple[str, ...], path: tuple[str, ...]) -> bool:
    rest = iter(path)
    return all(any(_same(name, one) for one in rest) for name in names)


@dataclass(slots=True)
class _Way:
    """A path that is being read."""

    base: tuple[str, ...]
    names: tuple[str, ...] = ()
    loose: bool = False
    begun: bool = False
    absolute: bool = False
    skipped: int = 0

    def step(self, name: str) -> None:
        if self.absolute and not self.loose and self.skipped < _ABOVE_PAYLOAD:
            self.skipped += 1
            return
        self.names, self.begun = (*self.here(), name), True

    def up(self) -> None:
        above = self.here()
        if not above:  # above where it starts: it may be anywhere
            self.loose = self.absolute = True
        self.names, self.begun = above[:-1], True

    def here(self) -> tuple[str, ...]:
        return self.names if self.begun else self.base


def xpath_steps(path: str) -> list[Steps]:
    """The ways that an XPath goes, those in its conditions included."""
    tokens = _XPATH.findall(_SPACED.sub(r"\1", _LITERAL.sub(" ", path)))
    return list(dict.fromkeys(_xpath(tokens)))


def _xpath(tokens: list[str]) -> Iterator[Steps]:
    stack: list[_Way] = []
    way = _Way(())
    for index, token in enumerate(tokens):
        following = tokens[index + 1] if index + 1 < len(tokens) else ""
        if token == "[":  # noqa: S105
            stack.append(way)
            way = _Way(way.here(), loose=way.loose, absolute=way.absolute, skipped=way.skipped)
        elif token == "]":  # noqa: S105
            yield from _ended(way)
            way = stack.pop() if stack else _Way(())
        elif token in {"|", ",", "(", ")", "=", "<", ">", "!", "+"} or token.isspace() or token in _OPERATORS:
            yield from _ended(way)
            way = _Way(way.base, loose=way.loose and bool(stack))
        else:
            _xpath_step(way, token, following)
    yield from _ended(way)


def _xpath_step(way: _Way, token: str, following: str) -> None:
    """One name, axis or separator of an XPath."""
    if token in {"/", "//"}:
        way.absolute |= not way.begun
        way.loose |= token == "//"  # noqa: S105 - a token of a grammar
        way.begun = True
    elif token == "." and not way.begun:  # noqa: S105
        way.names, way.begun = way.base, True
    elif token == "..":  # noqa: S105
        way.up()
    elif following == "::":
        way.loose |= token not in _PLAIN_AXES
    elif following == "(" or token in {".", "@", "::"} or token.endswith(":"):
        pass  # a function, a separator, a prefix
    elif token == "*" or token[0].isalpha() or token[0] == "_":  # noqa: S105
        way.step(token)


def _ended(way: _Way) -> Iterator[Steps]:
    if way.begun and way.names:
        yield Steps(way.names, way.loose, way.absolute)


def json_steps(path: str) -> list[Steps]:
    """The ways that a JMESPath goes, those in its conditions included."""
    tokens = _JMESPATH.findall(_RAW.sub(" ", path))
    return list(dict.fromkeys(_jmespath(tokens)))


def _jmespath(tokens: list[str]) -> Iterator[Steps]:
    stack: list[_Way] = []
    way = _Way(())
    for index, token in enumerate(tokens):
        following = tokens[index + 1] if index + 1 < len(tokens) else ""
        if token in {"[?", "[", "{", "("}:
            stack.append(way)
            way = _Way(way.here())
        elif token in {"]", "}", ")"}:
            yield from _ended(way)
            way = stack.pop() if stack else _Way(())
        elif token == "|":  # noqa: S105
            yield from _ended(way)
            way = _Way(way.here())
        elif token == "," or token[0] in "=<>!&":  # noqa: S105
            yield from _ended(way)
            way = _Way(way.base)
        elif token == "*" and stack and following == "]":  # noqa: S105 - all items of a list: no step
            pass
        elif (token[0] in '"*_' or token[0].isalpha()) and following not in {"(", ":"}:
            way.step(token.strip('"'))
    yield from _ended(way)
