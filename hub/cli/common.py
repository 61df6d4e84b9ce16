"""What several commands need."""

import os

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
