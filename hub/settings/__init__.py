"""The hub's settings: the only reader of the environment.

Every setting is an environment variable `ONLYONCE_…`, documented in `docs/settings.md`. A bad one stops the boot, and
the message names every offender at once, never its value: a database URL holds a password.
"""

from hub.settings.model import Settings, variable_part
from hub.settings.reading import PREFIX, SettingsInvalid, read_settings

__all__ = ["PREFIX", "Settings", "SettingsInvalid", "read_settings", "variable_part"]
