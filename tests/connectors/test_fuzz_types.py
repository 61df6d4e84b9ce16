"""Whatever an answer holds, each attribute of every type is a value of that type, broken, or not held; or the answer is one of the five errors.

At full length each protocol has five minutes of ever new answers.
"""

import json
import os
import time
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors import Reading
from connectors.declared import DeclaredSource
from connectors.http import Answer
from tests.connectors.every_type import GOOD, good_json, good_xml, read, rest_source, soap_source, xml_of
from tests.connectors.test_fuzz import CHARSETS, KINDS, STATUSES, mutated

SOAK = bool(os.environ.get("ONLYONCE_SOAK"))
SECONDS, EXAMPLES = (300, 5_000) if SOAK else (0, 300)

NAMES = st.sampled_from([*GOOD, "object", "Number", "Reference"])
AWKWARD = st.sampled_from(
    ["", " ", "&lt;", "&#0;", "<p:text/>", "<![CDATA[1]]>", "<!-- -->1", "<?x?>", "\u0661", "1e3", "NaN", "9" * 30, "0000-00-00",
     "9999-12-31T23:59:59.999999999+14:00", "true", "\u2028", "-1", "é" * 50, "'", "</p:Person>"]
)  # fmt: skip
LEAVES = st.one_of(
    st.sampled_from([text for texts in GOOD.values() for text in texts]), AWKWARD, st.text(max_size=12)
)
OBJECTS = st.lists(st.tuples(NAMES, LEAVES), max_size=4).map(
    lambda fields: "".join(f"<p:{name}>{text}</p:{name}>" for name, text in fields)
)
FIELDS = st.lists(st.tuples(NAMES, st.one_of(LEAVES, OBJECTS)), max_size=10)
XML = st.one_of(
    st.builds(xml_of, FIELDS, st.dictionaries(st.sampled_from(list(GOOD)), LEAVES, max_size=4)),
    mutated(good_xml()),
    st.binary(max_size=200),
)
SCALARS = st.one_of(
    LEAVES, st.none(), st.booleans(), st.integers(), st.integers(0, 2**64), st.floats(), st.sampled_from(["\ud800", "\x00"])
)  # fmt: skip
VALUES: st.SearchStrategy[Any] = st.recursive(
    SCALARS,
    lambda below: st.lists(below, max_size=3) | st.dictionaries(NAMES, below, max_size=4),
    max_leaves=15,
)
JSON = st.one_of(
    st.dictionaries(NAMES, VALUES, max_size=12).map(
        lambda held: json.dumps({"enterprise": held, "changed": held.get("number")}).encode()
    ),
    VALUES.map(lambda held: json.dumps({"enterprise": held}).encode()),
    mutated(good_json()),
    st.binary(max_size=200),
)


@pytest.fixture(scope="module")
def sources() -> dict[str, DeclaredSource]:
    return {"soap": soap_source(), "rest": rest_source()}


def tried(attempt: Callable[[], None]) -> None:
    """Try some hundreds of answers; at full length, as many as go into the time."""
    ends = time.monotonic() + SECONDS
    attempt()
    while time.monotonic() < ends:
        attempt()


SETTINGS = settings(
    max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck)
)  # fmt: skip


@pytest.mark.soak
def test_any_answer_of_a_soap_source_is_values_of_their_types_or_one_of_the_five(
    sources: dict[str, DeclaredSource],
) -> None:
    @SETTINGS
    @given(STATUSES, KINDS, CHARSETS, XML)
    def attempt(status: int, kind: str, charset: str | None, body: bytes) -> None:
        read(sources["soap"], Answer(status, kind, charset, None, body))
        read(sources["soap"], Answer(200, "text/xml", None, None, body))

    tried(attempt)


@pytest.mark.soak
def test_any_answer_of_a_rest_source_is_values_of_their_types_or_one_of_the_five(
    sources: dict[str, DeclaredSource],
) -> None:
    @SETTINGS
    @given(STATUSES, KINDS, JSON)
    def attempt(status: int, kind: str, body: bytes) -> None:
        read(sources["rest"], Answer(status, kind, None, None, body))
        read(sources["rest"], Answer(200, "application/json", None, None, body))

    tried(attempt)


def test_a_good_answer_has_a_value_of_every_type(sources: dict[str, DeclaredSource]) -> None:
    soap = read(sources["soap"], Answer(200, "text/xml", None, None, good_xml()))
    rest = read(sources["rest"], Answer(200, "application/json", None, None, good_json()))
    for source, reading in ((sources["soap"], soap), (sources["rest"], rest)):
        assert isinstance(reading, Reading)
        assert not reading.broken
        assert reading.values.keys() == source.attributes
        assert reading.date is not None
