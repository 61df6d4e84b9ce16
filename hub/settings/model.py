"""All settings in one."""

from pydantic import Field

from hub.settings.callers import CallerSettings
from hub.settings.log import UsageLogSettings
from hub.settings.policies import PolicySettings


class Settings(UsageLogSettings, CallerSettings, PolicySettings):
    """What an operator can set. Field `x_y` is read from `ONLYONCE_X_Y`."""

    source_urls: dict[str, str] = Field(
        default_factory=dict, description="Addresses of sources, from `ONLYONCE_SOURCE_<ID>_URL`."
    )

    def address_of(self, source: str) -> str | None:
        """The operator's own address for a source, or for `ID-token`, its token endpoint, if one is set."""
        return self.source_urls.get(variable_part(source))


def variable_part(source: str) -> str:
    """How a source's id is written inside a variable's name: `tax-office` is `TAX_OFFICE`."""
    return source.upper().replace("-", "_")
