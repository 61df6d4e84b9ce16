"""`onlyonce policies revisions`: which policies and catalogues ruled, and since when."""

import argparse
import json
from typing import TYPE_CHECKING, Any

from hub.cli.common import partly

if TYPE_CHECKING:
    from hub.oversight import Activation


def add_revisions(actions: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `revisions` to the actions."""
    revisions = actions.add_parser(
        "revisions", help="list which policies and catalogues ruled, and since when, newest first"
    )
    revisions.add_argument("--database", metavar="URL", help="default: ONLYONCE_DATABASE_URL")
    revisions.add_argument("--json", action="store_true", help="print one JSON array")
    revisions.set_defaults(run=list_revisions)


def list_revisions(given: argparse.Namespace) -> int:
    """Print every change of what rules."""
    from hub.database import check_schema, open_engine  # noqa: PLC0415
    from hub.oversight import list_activations  # noqa: PLC0415

    engine = open_engine(partly(database_url=given.database).database_url, create=False)
    try:
        check_schema(engine)
        with engine.connect() as connection:
            found = list_activations(connection)
    finally:
        engine.dispose()
    ruling = {one.kind: one for one in reversed(found)}
    told = [_told(one, rules=ruling[one.kind] is one) for one in found]
    if given.json:
        print(json.dumps(told))
    else:
        for one in told:
            state = "rules" if one["rules"] else "ruled"
            print(f"{one['since']}  {one['kind']:<9}  {one['revision']}  {state}")
    return 0


def _told(one: "Activation", *, rules: bool) -> dict[str, Any]:
    return {
        "kind": one.kind, "revision": one.revision, "previous": one.previous, "since": one.at.isoformat(timespec="seconds"),
        "process": one.process, "rules": rules,
    }  # fmt: skip
