"""`onlyonce policies …`: write the access policies for an OPA server."""

import argparse
from pathlib import Path

from hub.cli.common import partly


def add_policies(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `policies` and its actions to the command."""
    actions = commands.add_parser("policies", help="the access policies").add_subparsers(
        required=True, metavar="ACTION"
    )
    _add_export(actions)


def _add_export(actions: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    export = actions.add_parser("export", help="write the policies and their revision for an OPA server")
    export.add_argument("folder", type=Path, metavar="DIR")
    export.set_defaults(run=export_policies)


def export_policies(given: argparse.Namespace) -> int:
    """Write the policies to a folder."""
    from policies import export, load_policies  # noqa: PLC0415

    policy_set = load_policies(partly().policies)
    export(policy_set, given.folder)
    print(f"policies of revision {policy_set.revision} are in {given.folder}")
    return 0
