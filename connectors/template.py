"""Requests with holes: text with `{variables}`, cut once, filled per call.

A request's shape never depends on a value: values are escaped for the place where they go, so that no value can become markup,
another path segment, another header.
"""

import json
import re
import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import quote

__all__ = [
    "NUMBER",
    "Holes",
    "Template",
    "Unsendable",
    "as_header",
    "as_json",
    "as_number",
    "as_path_segment",
    "as_query",
    "as_xml",
    "parse",
    "variables_in",
]

NUMBER = "number:"
"""The prefix of a variable that stands in JSON as a number."""
_TOKENS = re.compile(r"\{\{|\}\}|\{((?:secret:|number:)?[A-Za-z][\w.-]*)\}|[{}]")
_A_NUMBER = re.compile(r"-?(?:0|[1-9]\d{0,17})(?:\.\d{1,18})?", re.ASCII)
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_HARMLESS = re.compile(r"[\w :./+-]*", re.ASCII)
_XML_SPECIAL = re.compile(r"""[&<>"'\r\n\t]""")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


class Unsendable(Exception):
    """A value cannot stand where the request needs it. Its text names the place, never the value."""


@dataclass(frozen=True, slots=True)
class Template:
    """Literals and the names of the variables between them: `literals[i] variable[i] literals[i + 1]`."""

    literals: tuple[bytes, ...]
    variables: tuple[str, ...]

    def fill(self, values: Mapping[str, str], escape: Callable[[str], bytes]) -> bytes:
        """The text with each variable's escaped value. Raises `Unsendable`."""
        parts = [self.literals[0]]
        for name, literal in zip(self.variables, self.literals[1:], strict=True):
            parts += escape(values[name]), literal
        return b"".join(parts)

    def settle(self, values: Mapping[str, str], escape: Callable[[str], bytes]) -> "Template":
        """The same template with some variables filled for good."""
        literals, variables = [self.literals[0]], []
        for name, literal in zip(self.variables, self.literals[1:], strict=True):
            if name in values:
                literals[-1] += escape(values[name]) + literal
            else:
                literals.append(literal)
                variables.append(name)
        return Template(tuple(literals), tuple(variables))


def parse(text: str) -> Template:
    """Cut a text at its `{variables}`; `{{` and `}}` are braces. Raises `ValueError` at a brace that stands alone."""
    literals, variables, at = [""], [], 0
    for match in _TOKENS.finditer(text):
        literals[-1] += text[at : match.start()]
        at = match.end()
        if match[1]:
            variables.append(match[1])
            literals.append("")
        elif len(match[0]) == 2:
            literals[-1] += match[0][0]
        else:
            raise ValueError("a brace that stands alone; write {{ or }} for a brace")
    literals[-1] += text[at:]
    return Template(tuple(part.encode() for part in literals), tuple(variables))


def variables_in(
    node: object, path: tuple[str | int, ...] = ()
) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Each variable of a nested structure, with its path. Raises `ValueError` as `parse` does."""
    if isinstance(node, str):
        for name in parse(node).variables:
            yield path, name
    elif isinstance(node, Mapping):
        for key, value in node.items():
            yield from variables_in(value, (*path, key))
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from variables_in(value, (*path, index))


class Holes:
    """Stand-ins for variables, put into a structure before something else serialises it, and found again afterwards."""

    def __init__(self) -> None:
        """Start with no stand-in; each instance has stand-ins of its own that no text holds by chance."""
        self._mark = f"hole{secrets.token_hex(8)}n"
        self._names: list[tuple[str, tuple[str | int, ...]]] = []

    def put(self, node: object, path: tuple[str | int, ...] = ()) -> object:
        """A copy of a structure whose strings hold stand-ins instead of variables."""
        if isinstance(node, str):
            template = parse(node)
            text = template.literals[0].decode()
            for name, literal in zip(template.variables, template.literals[1:], strict=True):
                text += self.stand_in(name, path) + literal.decode()
            return text
        if isinstance(node, Mapping):
            return {key: self.put(value, (*path, key)) for key, value in node.items()}
        if isinstance(node, list):
            return [self.put(value, (*path, index)) for index, value in enumerate(node)]
        return node

    def stand_in(self, name: str, path: tuple[str | int, ...] = ()) -> str:
        """One stand-in for a variable."""
        self._names.append((name, path))
        return f"{self._mark}{len(self._names) - 1}z"

    def count(self, text: str) -> int:
        """How many stand-ins a text holds."""
        return text.count(self._mark)

    def sampled(self, text: str, samples: Mapping[str, str]) -> tuple[str, list[str]]:
        """A text with a sample for each variable, and the variables that have none."""
        unknown: list[str] = []

        def sample(match: re.Match[str]) -> str:
            name = self._names[int(match[1])][0]
            if name not in samples:
                unknown.append(name)
            return samples.get(name, "")

        return re.sub(self._mark + r"(\d+)z", sample, text), unknown

    def bare(self, serialised: bytes) -> bytes:
        """Some JSON, without the quotes around the stand-ins for numbers."""
        for index, (name, _) in enumerate(self._names):
            if name.startswith(NUMBER):
                stand_in = f"{self._mark}{index}z".encode()
                serialised = serialised.replace(b'"' + stand_in + b'"', stand_in)
        return serialised

    def cut(self, serialised: bytes) -> Template:
        """The template that some serialised bytes are."""
        pieces = re.split(self._mark.encode() + rb"(\d+)z", serialised)
        return Template(tuple(pieces[::2]), tuple(self._names[int(i)][0] for i in pieces[1::2]))

    def lost(self, serialised: bytes) -> list[tuple[str | int, ...]]:
        """Where variables were put that the serialised bytes do not hold."""
        found = {int(i) for i in re.findall(self._mark.encode() + rb"(\d+)z", serialised)}
        return [path for index, (_, path) in enumerate(self._names) if index not in found]


def as_xml(value: str) -> bytes:
    """Escape for an element's text or an attribute's value."""
    if _HARMLESS.fullmatch(value):  # most are: numbers, times, references
        return value.encode()
    if _NOT_XML.search(value):
        raise Unsendable("a value holds characters that XML cannot carry")
    if _XML_SPECIAL.search(value):
        value = _XML_SPECIAL.sub(lambda match: f"&#{ord(match[0])};", value)
    return value.encode()


def as_json(value: str) -> bytes:
    """Escape for the inside of a JSON string."""
    return json.dumps(value)[1:-1].encode()


def as_number(value: str) -> str:
    """A value that stands in JSON as a number: nothing but one."""
    if not _A_NUMBER.fullmatch(value):
        raise Unsendable("a value that should be a number is none")
    return value


def as_path_segment(value: str) -> bytes:
    """Escape for one segment of a path; it can be neither empty nor a step up."""
    if value in {"", ".", ".."}:
        raise Unsendable("a value cannot stand in a path")
    return as_query(value)


def as_query(value: str) -> bytes:
    """Escape for a query parameter's value."""
    try:
        return quote(value, safe="").encode()
    except UnicodeEncodeError:
        raise Unsendable("a value holds characters that a URL cannot carry") from None


def as_header(value: str) -> bytes:
    """Escape for a header: there is no escape, so what could end the header is refused."""
    if _CONTROL.search(value) or not value.isascii():
        raise Unsendable("a value holds characters that a header cannot carry")
    return value.encode()
