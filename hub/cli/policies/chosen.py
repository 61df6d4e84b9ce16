"""Which policies a command is about."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from hub.cli.common import CannotAsk, partly

if TYPE_CHECKING:
    from policies import PolicySet


def add_policies_choice(parser: argparse.ArgumentParser) -> None:
    """Let a command be told which policies are meant."""
    parser.add_argument(
        "--policies", type=Path, metavar="DIR", help="default: ONLYONCE_POLICIES, else those of the hub"
    )


def chosen_policies(given: argparse.Namespace) -> "PolicySet":
    """The policies that a command was told of, else those that the settings name.

    Raises:
        PolicyInvalid: They cannot be loaded.
    """
    from policies import read_policies  # noqa: PLC0415

    chosen: Path | None = getattr(given, "policies", None)
    if chosen is not None:
        if not chosen.is_dir():
            raise CannotAsk(f"{chosen}: there is no such folder")
        return read_policies(chosen)
    settings = partly()
    return read_policies(settings.policies, key=settings.policies_key)
