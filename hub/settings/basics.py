"""What every hub has: its database, its catalogue, its keys and its address."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from hub.settings.kinds import DatabaseUrl, Folder, HttpAddress


class Basics(BaseModel):
    """What every hub has."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    database_url: DatabaseUrl = Field(
        "sqlite:///onlyonce.sqlite3",
        repr=False,
        description="SQLAlchemy URL of the database: `sqlite:///FILE` or `postgresql+psycopg://…`.",
    )
    catalogue: Annotated[
        Folder,
        Field(
            description="Folder of the catalogue (sources, attributes, activities, forms, clients, logins)."
        ),
    ] = Path("catalogue")
    keys: Path = Field(
        Path("keys"), description="Folder of the hub's keys, made at first start with mode 0700."
    )
    secrets: Folder | None = Field(
        None, description="Folder of the secrets that source declarations name, one file each."
    )
    public_url: HttpAddress = Field(
        "http://127.0.0.1:8000",
        description="The address under which clients reach the hub: the issuer and the audience of its tokens.",
    )
    host: str = Field("127.0.0.1", description="The address that `onlyonce serve` listens on.")
    port: int = Field(8000, ge=0, le=65535, description="The port that `onlyonce serve` listens on.")
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="How much the hub logs, to standard error."
    )
    access_log: bool = Field(
        False, description="Whether each HTTP request is logged (method, path and status only)."
    )
    max_body_bytes: int = Field(
        65_536, ge=1024, description="The largest request body that is read, in bytes."
    )
    admit_test_numbers: bool = Field(
        False, description="Whether national numbers of test persons (month 60 to 72) are admitted."
    )
    operator: str | None = Field(
        None,
        pattern=r"^[01][0-9]{9}$",
        description="Enterprise number of the organisation that operates the hub: its data protection officer reads the whole log. Unset: nobody does.",
    )

    @property
    def status(self) -> Path:
        """The folder where each running hub tells how its sources do."""
        return self.keys / "status"

    @property
    def prefill_audience(self) -> str:
        """The audience of the access tokens that the hub gives to clients."""
        return f"{self.public_url}/api/prefill"

    @property
    def access_audience(self) -> str:
        """The audience of those that are good for asking what the rules would say, and for nothing else."""
        return f"{self.public_url}/access"
