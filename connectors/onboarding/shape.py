"""What a contract says, protocol aside: its operations, and each one's request and reply as a tree."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any, Literal

from connectors.errors import Problem

__all__ = ["Contract", "ContractUnreadable", "Entry", "Node", "Operation", "as_json"]

Place = Literal["", "path", "query", "header", "cookie"]


class ContractUnreadable(Exception):
    """A contract that cannot be read. `problems` has all that was found, each with the file's name as its path."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        """Say everything that is wrong with it."""
        super().__init__("; ".join(map(str, problems)))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Node:
    """One element, attribute, property or parameter of a request or a reply."""

    name: str
    """The element's local name or the property's; `*`: any name (`xsd:any`, `additionalProperties`); `[]`: an array's item."""
    namespace: str | None
    """The namespace of an element or attribute; `None` where it has none, and in JSON."""
    type: str
    """The built-in type of a text (`xs:date`, `string(date)`), whatever the contract calls it; the name of a complex type or
    of an object's schema; `any`."""
    least: int = 1
    most: int | None = 1
    """How often it occurs; `most` is `None` if unbounded, and for every array of JSON."""
    attribute: bool = False
    nillable: bool = False
    documentation: str = ""
    values: tuple[str, ...] = ()
    """The values that an enumeration admits."""
    choice: int | None = None
    """Siblings of the same `choice` and another `branch` exclude each other; those of the same branch go together."""
    branch: int | None = None
    recursive: bool = False
    """Its children are left out because its type is already open above."""
    cut: bool = False
    """Its children (or some of its values) are left out because the tree would be too large."""
    named: str = ""
    """What the contract itself calls the type, if it has a name."""
    facets: str = ""
    """What else the contract asks of a text: `pattern \\d{10}`, `length 10`."""
    place: Place = ""
    """Where a parameter of REST goes."""
    children: tuple["Node", ...] = ()
    """Its attributes and elements. A node of a built-in type may have attributes: then it is a text that has some."""

    def walk(self, above: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], "Node"]]:
        """This node and all below, each with the names that lead to it (its own is the last)."""
        path = (*above, self.name)
        yield path, self
        for child in self.children:
            yield from child.walk(path)


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that a caller must show. `kind` is OpenAPI's type, of `http` its scheme: `basic`, `bearer`."""

    kind: str
    name: str = ""
    """Of a key: the header or parameter that has it."""
    place: str = ""
    url: str = ""
    """Of OAuth 2: where tokens are got by client credentials."""
    scopes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of a contract, at one port."""

    name: str
    """WSDL: the operation's name; OpenAPI: its `operationId`, else `GET /path`."""
    protocol: Literal["soap", "rest"]
    service: str | None = None
    port: str | None = None
    version: str = ""
    """SOAP `1.1` or `1.2`."""
    style: str = ""
    """SOAP `document` or `rpc`."""
    method: str = ""
    path: str = ""
    address: str | None = None
    action: str | None = None
    """The SOAPAction."""
    documentation: str = ""
    request: Node | None = None
    """SOAP: the element in the Body (`Body` itself, if it holds several or none). REST: the JSON body, or the form."""
    media: str = ""
    """REST: the media type of the request's body."""
    headers: tuple[Node, ...] = ()
    """The SOAP header blocks of the request."""
    parameters: tuple[Node, ...] = ()
    reply: Node | None = None
    """SOAP: the element in the Body. REST: the JSON of the first 2xx answer."""
    faults: tuple[Node, ...] = ()
    statuses: tuple[int, ...] = ()
    """The HTTP statuses that the contract describes."""
    unsupported: str | None = None
    """Why this operation cannot be called."""
    entries: tuple[Entry, ...] = ()
    """What a caller must show, as an OpenAPI says it."""


@dataclass(frozen=True, slots=True)
class Contract:
    """A contract as read."""

    kind: Literal["wsdl", "openapi"]
    title: str
    version: str
    """Its own version, if it has one."""
    operations: tuple[Operation, ...]


def as_json(contract: Contract) -> dict[str, Any]:
    """A contract as plain data. Keys whose value is absent, empty or false are left out; `most` is null if unbounded."""
    return {
        "kind": contract.kind,
        "title": contract.title,
        "version": contract.version,
        "operations": [_operation(operation) for operation in contract.operations],
    }


def _operation(operation: Operation) -> dict[str, Any]:
    """An operation's texts and numbers, then its trees."""
    plain = (
        "name",
        "protocol",
        "service",
        "port",
        "version",
        "style",
        "method",
        "path",
        "media",
        "address",
        "action",
    )
    found = {key: getattr(operation, key) for key in (*plain, "documentation", "unsupported")}
    found["statuses"] = list(operation.statuses)
    found["entries"] = [{k: v for k, v in asdict(one).items() if v} for one in operation.entries]
    for key in ("request", "reply"):
        node: Node | None = getattr(operation, key)
        found[key] = None if node is None else _node(node)
    for key in ("headers", "parameters", "faults"):
        found[key] = [_node(node) for node in getattr(operation, key)]
    return {key: value for key, value in found.items() if value not in (None, "", [])}


def _node(node: Node) -> dict[str, Any]:
    """A node; how often it occurs is always said."""
    found: dict[str, Any] = {"name": node.name, "type": node.type, "least": node.least, "most": node.most}
    for key in (
        "namespace",
        "attribute",
        "nillable",
        "documentation",
        "facets",
        "choice",
        "branch",
        "recursive",
        "cut",
    ):
        value = getattr(node, key)
        if value is not None and value is not False and value != "":
            found[key] = value
    if node.named:
        found["typeName"] = node.named
    if node.facets:
        found["facets"] = node.facets
    if node.place:
        found["in"] = node.place
    if node.values:
        found["values"] = list(node.values)
    if node.children:
        found["children"] = [_node(child) for child in node.children]
    return found
