"""Whether a built request is valid by its contract's schema, told at the places of the declaration.

libxml2 judges, with a sample for each variable whose form is known. Where a variable's form is not known, what it says of that one
text is left aside: the call's value decides.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from copy import deepcopy
from typing import Any, cast

from lxml import etree

from connectors.envelope import Built
from connectors.errors import Problem
from connectors.parameters import Parameter, Table
from connectors.scope import Path
from connectors.variables import BUILT_IN

__all__ = ["SUBJECTS", "check_request"]

_FORMS = {
    "uuid": "123e4567-e89b-42d3-a456-426614174000",
    "now": "2026-01-02T03:04:05.678Z",
    "today": "2026-01-02",
    "time": "03:04:05.678",
    "thisYear": "2026",
    "lastYear": "2025",
}
SUBJECTS = {"ssin": "85060200157", "enterpriseNumber": "0202239951"}
"""A number of each scheme whose form is known: eleven and ten digits."""
_MESSAGE = re.compile(r"Element '[^']*'(?:, attribute '(?:\{[^}]*\})?([^']*)')?: (.*)", re.DOTALL)
_NOT_FREE = re.compile(r"type 'xs:(?:boolean|date|dateTime|time|g[A-Z]\w+|duration)'")
"""Types that no free text, such as a purpose, can be of."""
_STRUCTURE = "SCHEMAV_ELEMENT_CONTENT"
_STRICT = "demanded by the strict wildcard"
"""What libxml2 says of an element or attribute that the contract admits (`xsd:any`) and does not define: it comes from elsewhere."""


def check_request(
    built: Built, schema: etree.XMLSchema, schemes: frozenset[str], parameters: Mapping[str, Parameter]
) -> Iterator[Problem]:
    """Each fault of the request's blocks that the contract describes; of a parameter's table, at the value that does not fit."""
    samples = dict(_FORMS)
    if len(schemes) == 1 and (subject := SUBJECTS.get(next(iter(schemes)))):
        samples["subject"] = subject
    samples |= {name: default for name, default in parameters.items() if default and isinstance(default, str)}
    check = _Check(built, schema)
    found = list(check.with_samples(samples))
    yield from found
    for place, name, text in _table_values(parameters):
        again = check.with_samples(samples | {name: text})
        yield from (Problem(place, problem.message) for problem in again if problem not in found)


def _table_values(parameters: Mapping[str, Parameter]) -> Iterator[tuple[Path, str, str]]:
    """What the tables of parameters say, where it is said without variables."""
    for name, parameter in parameters.items():
        if isinstance(parameter, Table):
            for key, text in parameter.values.items():
                if not text.variables:
                    yield ("parameters", name, "values", key), name, text.literals[0].decode()


class _Check:
    """Checks what the contract describes in an envelope: the Body's content and its own header blocks."""

    def __init__(self, built: Built, schema: etree.XMLSchema) -> None:
        self._built, self._schema = built, schema
        self._samples: Mapping[str, str] = {}
        self._places: dict[str, Path] = {}
        self._unknown: dict[str, list[str]] = {}

    def with_samples(self, samples: Mapping[str, str]) -> Iterator[Problem]:
        """The faults that there are with these values of variables."""
        self._samples = samples
        for block in self._built.blocks():
            self._places, self._unknown = {}, {}
            yield from self._of(block)

    def _of(self, block: etree._Element) -> Iterator[Problem]:
        copy = deepcopy(block)
        tree = etree.ElementTree(copy)
        for node, twin in zip(block.iter(etree.Element), copy.iter(etree.Element), strict=True):
            self._sample(node, twin, tree.getpath(twin))
        if self._schema.validate(copy):
            return
        told = set()
        for entry in cast("Iterable[Any]", self._schema.error_log):
            problem = self._problem(str(entry.path), entry.type_name, entry.message)
            # Of several about one text, the first says most.
            if problem is not None and problem.path not in told:
                told.add(problem.path)
                yield problem

    def _sample(self, node: etree._Element, twin: etree._Element, at: str) -> None:
        """Put samples for the variables of one element, and note where it comes from."""
        self._places[at] = self._place(node)
        if twin.text:
            twin.text, self._unknown[at] = self._built.holes.sampled(twin.text, self._samples)
        for name, value in twin.attrib.items():
            text, unknown = self._built.holes.sampled(str(value), self._samples)
            twin.set(name, text)
            self._unknown[f"{at}/@{str(name).rpartition('}')[2]}"] = unknown

    def _place(self, node: etree._Element) -> Path:
        """The declaration's path of an element, or of the nearest above that has one."""
        above: etree._Element | None = node
        while above is not None:
            if above in self._built.writer.places:
                return self._built.writer.places[above]
            above = above.getparent()
        return ("request",)

    def _problem(self, at: str, kind: str, message: str) -> Problem | None:
        if _STRICT in message:
            return None
        match = _MESSAGE.match(message)
        attribute, said = (match[1], match[2]) if match else (None, message)
        unknown = self._unknown.get(f"{at}/@{attribute}" if attribute else at, [])
        place = self._places.get(at, ("request",))
        if unknown and kind != _STRUCTURE:
            if not (_NOT_FREE.search(said) and BUILT_IN.issuperset(unknown)):
                return None
            said = f"{{{unknown[0]}}} does not fit: the contract wants a value of another type here"
        if attribute:
            said = f"attribute `{attribute}`: {said}"
        return Problem(place, " ".join(said.split())[:300])
