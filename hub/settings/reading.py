"""Reads the settings from the environment: nothing else in the hub does."""

import os
from collections.abc import Mapping

from pydantic import ValidationError

from hub.settings.model import Settings

PREFIX = "ONLYONCE_"
_SOURCE_PREFIX, _SOURCE_SUFFIX = f"{PREFIX}SOURCE_", "_URL"


class SettingsInvalid(Exception):
    """One or more settings are wrong. `str()` names each variable and what is wrong with it."""

    def __init__(self, offenders: Mapping[str, str]) -> None:
        self.offenders = dict(offenders)
        super().__init__("\n".join(f"{name}: {why}" for name, why in self.offenders.items()))


def read_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """Read and check all settings.

    Raises:
        SettingsInvalid: naming every variable that is wrong or that no setting has.
    """
    environment = os.environ if environment is None else environment
    given = {name: value for name, value in environment.items() if name.startswith(PREFIX) and value}
    addresses, offenders = _source_addresses(given)
    values: dict[str, object] = {}
    for name, value in given.items():
        field = name.removeprefix(PREFIX).lower()
        if _is_source(name):
            continue
        if field in Settings.model_fields and field != "source_urls":
            values[field] = value
        else:
            offenders[name] = "is not a setting of the hub"
    try:
        settings = Settings.model_validate({**values, "source_urls": addresses})
    except ValidationError as error:
        for problem in error.errors(include_input=False, include_url=False, include_context=False):
            field = str(problem["loc"][0]) if problem["loc"] else "login"
            offenders[f"{PREFIX}{field.upper()}"] = problem["msg"].removeprefix("Value error, ")
        raise SettingsInvalid(offenders) from None
    if offenders:
        raise SettingsInvalid(offenders)
    return settings


def _is_source(name: str) -> bool:
    return name.startswith(_SOURCE_PREFIX) and name.endswith(_SOURCE_SUFFIX)


def _source_addresses(given: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    addresses, offenders = {}, {}
    for name, value in given.items():
        if _is_source(name):
            if value.startswith(("http://", "https://")):
                addresses[name.removeprefix(_SOURCE_PREFIX).removesuffix(_SOURCE_SUFFIX)] = value
            else:
                offenders[name] = "must start with http:// or https://"
    return addresses, offenders
