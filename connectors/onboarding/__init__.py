"""From a stranger's contract to a source that works: reading contracts as trees, storing them, watching them."""

from pathlib import Path

from connectors.onboarding.documents import Documents, unreadable
from connectors.onboarding.openapi import read_openapi
from connectors.onboarding.shape import Contract, ContractUnreadable, Node, Operation, as_json
from connectors.onboarding.text import render
from connectors.onboarding.wsdl import read_wsdl

__all__ = ["Contract", "ContractUnreadable", "Node", "Operation", "as_json", "inspect_contract", "render"]


def inspect_contract(path: Path, *, folder: Path, operation: str | None = None) -> Contract:
    """Read a WSDL or an OpenAPI as operations and trees, with `operation` that one's alone.

    It and all that it asks for are files below `folder`; no connection is opened. Large contracts are cut (see `Node.cut`),
    those beyond all measure refused. Raises `ContractUnreadable` with everything that is wrong.
    """
    documents, path = Documents(folder), path.resolve()
    content = documents.raw(str(path), path.name)[1]
    read = read_wsdl if content[:64].lstrip(b"\xef\xbb\xbf \t\r\n\x00\xff\xfe")[:1] == b"<" else read_openapi
    try:
        return read(path, documents, operation)
    except RecursionError:
        raise unreadable(path.name, "is nested too deeply") from None
