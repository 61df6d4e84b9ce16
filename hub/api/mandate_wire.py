"""The shapes of requests about mandates and representation."""

from datetime import date
from typing import Annotated

from pydantic import Field, StringConstraints

from hub.api.wire import EnterpriseNumber, Name, NoSsin, Optional, Ssin, Wire

Called = Annotated[
    str,
    StringConstraints(
        min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f]*[^\s\x00-\x1f\x7f][^\x00-\x1f\x7f]*$"
    ),
    NoSsin,
]
"""What somebody is called: one line of text, without any national number."""


class HolderBody(Wire):
    """Who is to act: their number, and what the giver calls them."""

    ssin: Ssin = Field(repr=False)
    name: Called = Field(
        repr=False, description="For the giver alone, who reads it in the place of the number."
    )


class MandateBody(Wire):
    """Give a mandate. It has no effect until its holder signs it too."""

    model_config = Wire.model_config | {
        "json_schema_extra": {
            "example": {
                "holder": {"ssin": "00000000097", "name": "My brother"}, "giverName": "Your sister", "activities": ["study-grant-decision"],
                "start": "2026-12-01", "end": "2027-11-30",
            }
        }
    }  # fmt: skip

    holder: HolderBody
    giver_name: Called = Field(
        repr=False, description="As what the giver makes themselves known to the holder: their own words, unchecked."
    )  # fmt: skip
    enterprise_number: Optional[EnterpriseNumber] = Field(
        None,
        description="Give it in the name of this enterprise, for which one may act; left out: in one's own.",
    )
    activities: list[Name] = Field(
        default_factory=list, max_length=200, description="The processing activities that it covers."
    )
    controllers: list[Name] = Field(
        default_factory=list, max_length=50, description="Or all those of a controller, also those to come."
    )
    usage: bool = Field(False, description="Whether the holder may also read the giver's usage log.")
    start: Optional[date] = Field(
        None, description="Its first day, by the clock of Belgium; left out: at once."
    )
    end: Optional[date] = Field(None, description="Its last day.")
    endless: bool = Field(False, description="True: it ends only when it is revoked. Then there is no `end`.")


class MandatesQuery(Wire):
    """Whose mandates are wanted."""

    representing: Optional[EnterpriseNumber] = Field(
        None, description="Those that this enterprise gave, for which one may act; left out: one's own."
    )


class ChildBody(Wire):
    """Name a child, once: the register of parents is asked."""

    model_config = Wire.model_config | {
        "json_schema_extra": {"example": {"ssin": "00000000097", "name": "Our youngest"}}
    }

    ssin: Ssin = Field(repr=False)
    name: Called = Field(
        repr=False, description="What the parent calls the child, who is named by it from then on."
    )
