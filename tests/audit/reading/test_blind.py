"""Blind indexes: the same as the specification says, and nothing that can be linked."""

import hashlib
import hmac
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from audit import BlindKey
from audit.reading.blind import agent_in, month_of, months

DOCUMENT = Path(__file__).parents[3] / "docs" / "log-format.md"
ANNA = "ab" * 32


def test_the_example_of_the_specification_holds() -> None:
    key, document = BlindKey(bytes(32)), DOCUMENT.read_text("utf-8")
    tag = hmac.digest(bytes(32), b"onlyonce/agent/v1\0study-grants\x002026-11\0" + ANNA.encode(), "sha256")[
        :16
    ]
    assert key.tag("study-grants", "2026-11", ANNA) == tag
    written = re.findall(r"^(?:tag|pseudonym) +([0-9a-f]{32})$", document, re.MULTILINE)
    assert written == [tag.hex(), key.pseudonym("study-grants", ANNA)]


def test_no_two_months_controllers_agents_keys_or_uses_have_a_tag_in_common() -> None:
    key, other = BlindKey(b"k" * 32), BlindKey(b"l" * 32)
    made = [
        one.tag(controller, month, agent)
        for one in (key, other)
        for controller in ("a", "b")
        for month in ("2026-11", "2026-12")
        for agent in (ANNA, "cd" * 32)
    ]
    made += [
        bytes.fromhex(key.pseudonym(controller, agent)) for controller in ("a", "b") for agent in (ANNA, "x")
    ]
    assert len(set(made)) == len(made) == 20
    assert hashlib.sha256(ANNA.encode()).digest()[:16] not in made


@pytest.mark.parametrize(
    ("since", "until", "expected"),
    [
        (datetime(2026, 11, 30, tzinfo=UTC), datetime(2027, 2, 1, tzinfo=UTC), ["2026-11", "2026-12", "2027-01", "2027-02"]),
        (datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC), ["2026-01"]),
        (datetime(2026, 2, 1, tzinfo=UTC), datetime(2026, 1, 31, tzinfo=UTC), []),
    ],
)  # fmt: skip
def test_each_month_of_a_time_is_named(since: datetime, until: datetime, expected: list[str]) -> None:
    assert months(since, until) == expected


def test_the_month_of_an_entry_is_that_of_its_time_in_utc() -> None:
    assert month_of(1_795_435_200_000) == "2026-11"
    assert [month_of(1_798_761_600_000 - one) for one in (1, 0)] == ["2026-12", "2027-01"]


@pytest.mark.parametrize(
    "details",
    [None, {}, {"role": "subject", "actor": ANNA}, {"role": "agent"}, {"role": "agent", "actor": {"a": 1}}],
)
def test_whoever_acts_as_anything_else_is_no_agent(details: dict[str, object] | None) -> None:
    assert agent_in(details) is None


def test_an_agent_is_known_by_the_handle_in_the_details() -> None:
    assert agent_in({"role": "agent", "actor": ANNA}) == ANNA
