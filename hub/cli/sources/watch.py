"""`onlyonce sources verify`: whether the live contracts of sources are still those that are stored."""

import argparse
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hub.cli.common import CannotAsk, add_catalogue, catalogue_settings


def add_verify(actions: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `verify` to the actions of `sources`."""
    verify = actions.add_parser(
        "verify",
        help="compare live contracts with the stored ones; exit 1 if something of a declaration breaks",
    )
    verify.add_argument("sources", nargs="*", metavar="ID", help="default: all that have a contract")
    add_catalogue(verify)
    verify.add_argument(
        "--allow", metavar="ORIGIN", action="append", default=[],
        help="also fetch what a contract imports from there; may be given again",
    )  # fmt: skip
    verify.add_argument("--json", action="store_true", help="print one JSON object")
    verify.set_defaults(run=verify_sources)


def verify_sources(given: argparse.Namespace) -> int:
    """Compare; 1 if something breaks, 2 if a contract could not be compared and nothing is known to break."""
    from connectors.onboarding import ContractUnreadable  # noqa: PLC0415
    from connectors.onboarding.drift import render_drift  # noqa: PLC0415
    from connectors.onboarding.watch import verify  # noqa: PLC0415

    folder = catalogue_settings(given.catalogue).catalogue
    declared = _chosen(folder, given.sources)
    found: dict[str, dict[str, Any]] = {}
    for name, declaration in declared.items():
        try:
            drift = verify(declaration, folder=folder, allow=given.allow)
        except ContractUnreadable as error:
            found[name] = {"compared": False, "problems": [str(problem) for problem in error.problems]}
            told = "".join(f"  {problem}\n" for problem in error.problems)
            text = f"its contract could not be compared:\n{told}"
        else:
            found[name] = {"compared": True, **drift.as_json()}
            text = render_drift(drift)
        if not given.json:
            print(f"{name}: {text}", end="")
    if given.json:
        print(json.dumps({"sources": found}))
    if any(one.get("breaking") for one in found.values()):
        return 1
    return 0 if all(one["compared"] for one in found.values()) else 2


def _chosen(folder: Path, names: list[str]) -> dict[str, Mapping[str, Any]]:
    """The declarations to compare, as written."""
    from hub.catalogue.loading import load_with_places  # noqa: PLC0415

    records = load_with_places(folder)[1]["sources"].records
    if unknown := sorted(set(names) - records.keys()):
        raise CannotAsk(
            f"the catalogue has no source {', '.join(unknown)}; it has: {', '.join(sorted(records))}"
        )
    found = {n: r.node for n, r in records.items() if n in names or (not names and "contract" in r.node)}
    if not found:
        raise CannotAsk("no source of the catalogue names a contract")
    return found  # type: ignore[return-value]
