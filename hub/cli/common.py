"""What several commands need."""

import argparse
import os
from pathlib import Path

from hub.settings import PREFIX, Settings, read_settings


class CannotAsk(Exception):
    """What a command was given is of no use."""


def partly(**instead: object) -> Settings:
    """The settings, with what the command line says instead. A command that needs no catalogue asks for none."""
    environment = dict(os.environ)
    for name, value in instead.items():
        if value is not None:
            environment[PREFIX + name.upper()] = str(value)
    if "catalogue" not in instead:
        environment[f"{PREFIX}CATALOGUE"] = "."
    return read_settings(environment)


def add_catalogue(parser: argparse.ArgumentParser) -> None:
    """Let a command be told where the catalogue is."""
    parser.add_argument(
        "--catalogue", type=Path, metavar="DIR", help="default: ONLYONCE_CATALOGUE, else ./catalogue"
    )


def catalogue_settings(given: Path | None) -> Settings:
    """The settings, with the catalogue that a command was told of, if it was."""
    return partly(catalogue=given) if given is not None else read_settings()
