"""The request's envelope: built once by zeep from the contract, with stand-ins where a call's values will go."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from lxml import etree

from connectors.errors import Problem
from connectors.request_rule import SoapRequest
from connectors.scope import Path
from connectors.template import Holes, Template

__all__ = ["Built", "build_envelope"]

_MESSAGE_ID = "{http://www.w3.org/2005/08/addressing}MessageID"


@dataclass(frozen=True, slots=True)
class Built:
    """An envelope with holes, and the HTTP headers that the binding wants."""

    template: Template
    headers: Mapping[str, str]


def build_envelope(
    client: Any,
    binding: Any,
    operation: Any,
    request: SoapRequest,
    address: str,
) -> tuple[list[Problem], Built | None]:
    """Build the envelope of a request, or say everything that keeps it from being built."""
    problems = [
        *_unknown(operation.input.body, request.body, ("request",)),
        *_unknown(operation.input.header, request.header, ("header",)),
    ]
    if problems:
        return problems, None
    holes = Holes()
    values = dict(holes.put(request.body, ("request",)))  # type: ignore[call-overload]
    if request.header:
        values["_soapheaders"] = holes.put(request.header, ("header",))
    try:
        envelope, headers = binding._create(  # noqa: SLF001 - the one call that also gives the headers
            request.operation, (), values, client=client, options={"address": address}
        )
    except Exception as error:  # noqa: BLE001 - zeep raises TypeError, ValueError, its own and more
        return [_problem(error)], None
    for element in envelope.iter(_MESSAGE_ID):  # zeep's own is made once, each call needs a new one
        element.text = f"urn:uuid:{holes.stand_in('uuid')}"
    serialised = etree.tostring(envelope, encoding="UTF-8", xml_declaration=True)
    lost = [
        Problem(path, "the contract's type here cannot hold a variable") for path in holes.lost(serialised)
    ]
    if lost:
        return lost, None
    return [], Built(holes.cut(serialised), {str(k): str(v) for k, v in headers.items()})


def _problem(error: Exception) -> Problem:
    """What zeep says about a request it cannot build, at the place it names."""
    path = getattr(error, "path", None)
    message = getattr(error, "message", None) or str(error)
    at: Path = ("request", *path[1:]) if isinstance(path, list) else ("request",)
    return Problem(at, f"does not fit the contract: {str(message)[:300]}")


def _unknown(element: Any, value: object, path: Path) -> Iterator[Problem]:
    """Each key of a request that the contract does not have there. zeep itself would name one, without its place."""
    kind = getattr(element, "type", None)
    if isinstance(value, list):
        for index, one in enumerate(value):
            yield from _unknown(element, one, (*path, index))
    elif isinstance(value, Mapping):
        known = _members(kind)
        if known is None:
            yield Problem(path, "the contract has a single value here, no elements")
            return
        for key, below in value.items():
            if key in known:
                yield from _unknown(known[key], below, (*path, key))
            elif not str(key).startswith("_"):  # zeep's own names for choices and mixed content
                has = ", ".join(known) or "none"
                yield Problem((*path, key), f"the contract has no such element here; it has: {has}")


def _members(kind: Any) -> dict[str, Any] | None:
    """The elements and attributes of a type by name; `None` if it has no members at all."""
    if not hasattr(kind, "elements"):
        return None
    found = {name: element for name, element in kind.elements if name}
    return found | {name: attribute for name, attribute in kind.attributes if name}
