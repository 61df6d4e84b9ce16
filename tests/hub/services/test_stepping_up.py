"""Which actions need a stronger login."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from hub.catalogue import load
from hub.identity import LevelTooLow, Person
from hub.services.stepping_up import consent_level, demand
from tests.hub.catalogue.small import SOUND


def person(level: int | None) -> Person:
    return Person("85073003328", level, frozenset(), datetime.now(UTC))


@pytest.mark.parametrize("level", [None, 0, 100, 399])
def test_who_logged_in_too_weakly_is_told_which_level_would_do(level: int | None) -> None:
    with pytest.raises(LevelTooLow) as caught:
        demand(person(level), 400)
    assert caught.value.required == 400


def test_who_logged_in_strongly_enough_passes_and_where_nothing_is_demanded_everybody() -> None:
    demand(person(400), 400)
    demand(person(None), 0)


def test_a_consent_needs_what_the_most_sensitive_of_its_attributes_needs(tmp_path: Path) -> None:
    (tmp_path / "catalogue.yaml").write_text(SOUND, "utf-8")
    catalogue = load(tmp_path)
    sensitivities = {one: attribute.sensitivity for one, attribute in catalogue.attributes.items()}
    assert sensitivities["person.health"] == "special"
    for activity in catalogue.activities.values():
        special = {"special", "criminal"} & {sensitivities[one] for one in activity.attributes}
        assert consent_level(catalogue, activity.id) == (400 if special else 0)
    assert consent_level(catalogue, "there-is-none") == 0


def test_what_an_activity_says_of_its_level_counts(tmp_path: Path) -> None:
    said = SOUND.replace(
        "    retention: P10Y", "    assurance: {special: 450, criminal: 300}\n    retention: P10Y", 1
    )
    (tmp_path / "catalogue.yaml").write_text(said, "utf-8")
    assert consent_level(load(tmp_path), "decision") == 450
