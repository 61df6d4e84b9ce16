"""National and enterprise numbers: what is refused, why, and that the number is never said."""

import re
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.be import nn, vat

from hub.catalogue import IdentifierInvalid, check_enterprise_number, check_identifier, check_ssin, holds_ssin
from hub.catalogue.identifiers import enterprise_check_digits, ssin_check_digits


def number(nine: str, *, from_2000: bool = False) -> str:
    return nine + f"{ssin_check_digits(nine)[from_2000]:02d}"


def refusal(check: Callable[[], None], value: str) -> str | None:
    """Why a number is refused, if it is; the refusal must not say the number."""
    try:
        check()
    except IdentifierInvalid as refused:
        said, why = f"{refused} {refused!r} {vars(refused)}", refused.reason
    else:
        return None
    assert not value or value not in said
    return why


def reason(value: str, *, admit: bool = False) -> str | None:
    return refusal(lambda: check_ssin(value, admit), value)


@pytest.mark.parametrize("month", [0, 1, 12, 20, 21, 32, 40, 41, 52])
@pytest.mark.parametrize("from_2000", [False, True])
def test_the_months_of_register_and_bis_numbers_are_admitted(month: int, from_2000: bool) -> None:
    assert reason(number(f"05{month:02d}01001", from_2000=from_2000)) is None


@pytest.mark.parametrize("month", [13, 19, 33, 39, 53, 59, 73, 80, 99])
def test_other_months_are_refused_with_and_without_test_numbers(month: int) -> None:
    value = number(f"05{month:02d}01001")
    assert reason(value) == "month"
    assert reason(value, admit=True) == "month"


@pytest.mark.parametrize("month", [60, 61, 66, 72])
def test_test_numbers_are_admitted_only_when_asked_for(month: int) -> None:
    value = number(f"85{month:02d}01001")
    assert reason(value) == "testNumber"
    assert reason(value, admit=True) is None


@pytest.mark.parametrize(
    "value",
    ["", "8506010017", "850601001700", "8506010017x", "85.06.01-001.7", "٨٥٠٦٠١٠٠١٧١", "85060100171\n"],
)
def test_what_is_not_eleven_digits_is_refused(value: str) -> None:
    assert reason(value) == "format"


@given(
    st.dates().map(lambda d: f"{d.year % 100:02d}{d.month:02d}{d.day:02d}"),
    st.integers(1, 998),
    st.integers(1, 97),
)
def test_of_all_check_digits_only_the_two_right_ones_are_admitted(
    born: str, sequence: int, digits: int
) -> None:
    nine = f"{born}{sequence:03d}"
    assert (reason(f"{nine}{digits:02d}") is None) == (digits in ssin_check_digits(nine))


@given(
    st.dates().map(lambda d: f"{d.year % 100:02d}{d.month:02d}{d.day:02d}"),
    st.integers(1, 998),
    st.booleans(),
)
def test_what_stdnum_takes_as_a_national_number_is_taken(born: str, sequence: int, from_2000: bool) -> None:
    value = number(f"{born}{sequence:03d}", from_2000=from_2000)
    if nn.is_valid(value):
        assert reason(value) is None


@given(st.integers(1, 19_999_999), st.integers(1, 97))
def test_enterprise_numbers_are_judged_as_stdnum_judges_them(eight: int, digits: int) -> None:
    value = f"{eight:08d}{digits:02d}"
    assert (refusal(lambda: check_enterprise_number(value), value) is None) == vat.is_valid(value)


@given(st.integers(1, 19_999_999), st.sampled_from([0, 98, 99]))
def test_check_digits_lie_between_01_and_97(eight: int, digits: int) -> None:
    value = f"{eight:08d}{digits:02d}"
    assert refusal(lambda: check_enterprise_number(value), value) == "checkDigits"


@pytest.mark.parametrize(
    "value", ["", "200000000", "2000000000", "BE0000100067", "0000.100.067", "0000100067 "]
)
def test_what_is_not_an_enterprise_numbers_digits_is_refused(value: str) -> None:
    with pytest.raises(IdentifierInvalid, match="digits of its scheme"):
        check_enterprise_number(value)


def test_a_number_is_checked_by_its_scheme() -> None:
    eight = "00001000"
    check_identifier("enterpriseNumber", eight + f"{enterprise_check_digits(eight):02d}")
    check_identifier("ssin", number("850101001"))
    with pytest.raises(IdentifierInvalid) as refused:
        check_identifier("siren", "732829320")
    assert refused.value.reason == "scheme"


def test_of_the_recorded_national_numbers_three_are_refused(realworld: Path) -> None:
    found = set()
    for folder in ("GeefPersoon", "GeefAanslagbiljetPersonenbelasting", "GeefSociaalStatuut"):
        names = [
            file.stem
            for root in (realworld / "magda" / "responses").glob(f"*{folder}*")
            for file in root.rglob("*.xml")
        ]
        found |= {match[0] for name in names if (match := re.match(r"[0-9]{11}(?![0-9])", name))}
    assert len(found) == 226
    refused = {value: why for value in found if (why := reason(value, admit=True))}
    assert len(refused) == 3
    assert set(refused.values()) <= {"month", "checkDigits"}


@pytest.mark.parametrize(
    "text",
    [
        "72020290081",
        "72.02.02-900.81",
        "720202-900.81",
        "720202 90081",
        "case/72020290081/1",
        "for 72020290081.",
        "(72020290081)",
    ],
)
def test_what_is_written_like_a_national_number_is_seen_wherever_it_stands(text: str) -> None:
    assert holds_ssin(text)
    assert holds_ssin(text.replace("81", "82")), "check digits play no part"


@pytest.mark.parametrize(
    "text",
    ["720202-900-81", "72-02-02-900-81", "72 02 02 900 81", "72/02/02-900/81", "7202.0290.081", "x72020290081", "ssin72020290081",
     "72020290081abc"],
)  # fmt: skip
def test_a_number_in_any_other_spelling_is_seen_by_its_check_digits(text: str) -> None:
    assert holds_ssin(text)
    assert not holds_ssin(text.replace("81", "83"))


@pytest.mark.parametrize(
    "text",
    ["", "2026-000123", "7202029008", "720202900811", "0475/12.34.56", "2026-11-23T10:00:00.000",
     "0f8fad5b-d9cb-469f-a165-70867728950e", "12345678-1234-1234-1234-123456789012"],
)  # fmt: skip
def test_other_references_are_not_taken_for_one(text: str) -> None:
    assert not holds_ssin(text)


def test_no_random_identity_is_taken_for_one() -> None:
    assert not [
        one for one in (uuid.uuid4() for _ in range(20_000)) if holds_ssin(one.hex) or holds_ssin(str(one))
    ]


@pytest.mark.parametrize("first", ["\uff10", "\u0660", "\u0966", "\U0001d7ce"])
def test_digits_of_any_script_are_digits(first: str) -> None:
    written = "".join(chr(ord(first) + int(digit)) for digit in "85073003328")
    assert holds_ssin(written)
    assert holds_ssin(f"x/{written}?")
