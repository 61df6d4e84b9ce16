"""From a stranger's contract to a source that works: reading contracts as trees, storing them, watching them."""

from pathlib import Path

from connectors.onboarding.documents import Documents
from connectors.onboarding.shape import Contract, ContractUnreadable, Node, Operation, as_json
from connectors.onboarding.wsdl import read_wsdl

__all__ = ["Contract", "ContractUnreadable", "Node", "Operation", "as_json", "inspect_contract"]


def inspect_contract(path: Path, *, folder: Path, operation: str | None = None) -> Contract:
    """Read a WSDL or an OpenAPI as operations and trees, with `operation` that one's alone.

    It and all that it asks for are files below `folder`; no connection is opened. Large contracts are cut (see `Node.cut`),
    those beyond all measure refused. Raises `ContractUnreadable` with everything that is wrong.
    """
    return read_wsdl(path.resolve(), Documents(folder), operation)
