"""Watching a contract: the live one is fetched and compared with the stored one."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from connectors.errors import Problem
from connectors.onboarding import inspect_contract
from connectors.onboarding.documents import unreadable
from connectors.onboarding.drift import Drift, compare, find_operation
from connectors.onboarding.shape import Contract, ContractUnreadable
from connectors.onboarding.vendor import fetched

__all__ = ["live_url", "verify"]


def verify(declaration: Mapping[str, Any], *, folder: Path, allow: Iterable[str] = ()) -> Drift:
    """Fetch the live contract of a source and compare it with the one that its declaration (as YAML has it) names.

    Paths of the declaration are relative to `folder`. Fetched is from the contract's own origin and those in `allow` alone.
    Raises `ContractUnreadable` if either contract is missing or cannot be read. Not for a running event loop.
    """
    name = declaration.get("contract")
    if not isinstance(name, str):
        raise ContractUnreadable((Problem(("contract",), "none is declared"),))
    stored = inspect_contract(folder / name, folder=folder)
    url = live_url(declaration, stored)
    if url is None:
        raise unreadable("contractUrl", "is missing: where the live contract is cannot be told without it")
    with fetched(url, allow=allow) as live:
        return compare(declaration, stored, inspect_contract(live.contract, folder=live.folder))


def live_url(declaration: Mapping[str, Any], stored: Contract) -> str | None:
    """Where the live contract is: as declared, else for SOAP the address with `?wsdl`."""
    if isinstance(url := declaration.get("contractUrl"), str):
        return url
    if declaration.get("protocol") == "rest":
        return None
    operation = find_operation(declaration, stored)
    address = declaration.get("address") or (operation and operation.address)
    return f"{address}?wsdl" if isinstance(address, str) and "?" not in address else None
