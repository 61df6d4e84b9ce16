"""`onlyonce log …`: each subcommand is a module `hub.cli.log.<name>`, with its line here."""

import argparse

from hub.cli.log import (
    bridge,
    deferred,
    export,
    keys,
    prove,
    public_key,
    reconcile,
    verify,
    witness,
)

_SUBCOMMANDS = (
    verify,
    public_key,
    keys,
    export,
    prove,
    reconcile,
    witness,
    deferred,
    bridge,
)


def add_log(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `log`."""
    actions = commands.add_parser("log", help="the usage log").add_subparsers(required=True, metavar="ACTION")
    for subcommand in _SUBCOMMANDS:
        subcommand.add(actions)
