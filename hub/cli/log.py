"""`onlyonce log …`: each subcommand is a module `hub.cli.log_<name>`, with its line here."""

import argparse

from hub.cli import (
    log_bridge,
    log_deferred,
    log_export,
    log_keys,
    log_prove,
    log_public_key,
    log_reconcile,
    log_verify,
    log_witness,
)

_SUBCOMMANDS = (
    log_verify,
    log_public_key,
    log_keys,
    log_export,
    log_prove,
    log_reconcile,
    log_witness,
    log_deferred,
    log_bridge,
)


def add_log(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `log`."""
    actions = commands.add_parser("log", help="the usage log").add_subparsers(required=True, metavar="ACTION")
    for subcommand in _SUBCOMMANDS:
        subcommand.add(actions)
