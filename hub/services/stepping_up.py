"""Which actions need a stronger login than others: the one table of them. Who logged in less strongly is told so, and steps up for that action alone."""

from collections.abc import Mapping
from typing import Final

from hub.catalogue import Catalogue
from hub.identity import LevelTooLow, Person

ROUTES: Final[Mapping[str, int]] = {
    "POST /api/citizen/v1/exports": 400,
    "GET /api/citizen/v1/exports/{exportId}/file": 400,
}
"""A route → the level that it needs, whatever is asked there: what gives away all about somebody at once."""
CONSENT: Final[Mapping[str, int]] = {"normal": 0, "special": 400, "criminal": 400}
"""The sensitivity of what a consent opens → the level that giving it needs, where its activity says nothing: as the policies have it for a prefill."""


def demand(person: Person, level: int) -> None:
    """Refuse who did not log in so strongly.

    Raises:
        LevelTooLow: with the level that would do.
    """
    if (person.assurance_level or 0) < level:
        raise LevelTooLow(level)


def consent_level(catalogue: Catalogue, activity_id: str) -> int:
    """The level that it needs to agree to what an activity asks: that of its most sensitive attribute; 0 for an activity that there is not."""
    activity = catalogue.activities.get(activity_id)
    if activity is None:
        return 0
    asked = {catalogue.attributes[one].sensitivity for one in activity.attributes}
    return max((activity.assurance.get(one, CONSENT[one]) for one in asked), default=0)
