"""Typed values: dates of reduced precision, exact amounts, codes, yes and no."""

from datetime import date
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors import json_reply, xml
from connectors.values import Convert, Scalar, Unfit, amount, boolean, code, partial_date, text


def outcome(convert: Convert, raw: Scalar) -> object:
    try:
        return convert(raw)
    except Unfit:
        return Unfit


@pytest.mark.parametrize(
    ("raw", "becomes"),
    [
        ("1985-06-02", "1985-06-02"),
        ("1985-06-00", "1985-06"),
        ("1985-00-00", "1985"),
        ("1985-00-15", "1985"),
        ("1985-06", "1985-06"),
        ("1985", "1985"),
        (1985, "1985"),
        ("0000-00-00", None),
        ("", None),
        ("  ", None),
        (None, None),
        (" 1985-06-02 ", "1985-06-02"),
        ("1985-06-02Z", "1985-06-02"),
        ("1985-06-02+02:00", "1985-06-02"),
        ("1985-06+02:00", "1985-06"),
        ("1985Z", "1985"),
        ("1985-06-02T23:59:59", "1985-06-02"),
        ("1985-06-02T00:00:00.123+02:00", "1985-06-02"),
        ("2024-02-29", "2024-02-29"),
        ("2023-02-29", Unfit),
        ("2021-06-31", Unfit),
        ("1985-13-01", Unfit),
        ("1985-06-32", Unfit),
        ("0000-06-02", Unfit),
        ("85-06-02", Unfit),
        ("02/06/1985", Unfit),
        ("19850602", Unfit),
        ("1985-6-2", Unfit),
        ("-1985-06-02", Unfit),
        ("١٩٨٥-٠٦-٠٢", Unfit),
        ("1985-06-02 ou environ", Unfit),
        ("1985-06-02T25", Unfit),
        (True, Unfit),
        (1985.5, Unfit),
    ],
)
def test_a_date_is_as_precise_as_the_source_knows_it(raw: Scalar, becomes: object) -> None:
    assert outcome(partial_date(), raw) == becomes


@pytest.mark.parametrize(
    ("shape", "raw", "becomes"),
    [
        ("compact", "19850602", "1985-06-02"),
        ("compact", 19850602, "1985-06-02"),
        ("compact", "19850600", "1985-06"),
        ("compact", "19850000", "1985"),
        ("compact", "1985-06-02", Unfit),
        ("dayFirst", "02/06/1985", "1985-06-02"),
        ("dayFirst", "02.06.1985", "1985-06-02"),
        ("dayFirst", "06/1985", "1985-06"),
        ("dayFirst", "00/00/1985", "1985"),
        ("dayFirst", "31/06/1985", Unfit),
        ("epochSeconds", -556765200, "1952-05-11"),
        ("epochSeconds", "0", "1970-01-01"),
        ("epochSeconds", 10**15, Unfit),
        ("epochSeconds", "soon", Unfit),
        ("epochSeconds", None, None),
    ],
)
def test_a_date_may_be_written_in_other_ways(shape: str, raw: Scalar, becomes: object) -> None:
    assert outcome(partial_date(shape, ZoneInfo("Europe/Paris")), raw) == becomes


@given(st.dates())
def test_every_day_reads_as_itself(day: date) -> None:
    assert partial_date()(day.isoformat()) == day.isoformat()


@pytest.mark.parametrize(
    ("raw", "becomes"),
    [
        ("25000", "25000.00"),
        ("25000.1", "25000.10"),
        ("25000.100", "25000.10"),
        ("-0.5", "-0.50"),
        ("-0.00", "0.00"),
        ("+3.00", "3.00"),
        ("0012", "12.00"),
        (25000, "25000.00"),
        (25000.1, "25000.10"),
        (1e2, "100.00"),
        ("", None),
        (None, None),
        ("25000.105", Unfit),
        (0.1 + 0.2, Unfit),
        (1e300, Unfit),
        (123456789012345.67, Unfit),
        ("25.000,00", Unfit),
        ("25 000", Unfit),
        ("1e3", Unfit),
        ("NaN", Unfit),
        ("Infinity", Unfit),
        (float("nan"), Unfit),
        (float("inf"), Unfit),
        ("9" * 40, Unfit),
        ("9" * 20, "9" * 20 + ".00"),
        ("9" * 20 + ".0" + "0" * 17 + "1", Unfit),
        ("٣", Unfit),
        (True, Unfit),
        ("€ 3", Unfit),
    ],
)
def test_an_amount_is_exact_or_unfit(raw: Scalar, becomes: object) -> None:
    assert outcome(amount(), raw) == becomes


def test_an_amount_may_come_in_cents_or_thousands() -> None:
    assert amount(scale=-2)("3758645") == "37586.45"
    assert amount(scale=3)("12.5") == "12500.00"
    assert amount(decimals=0)(3.0) == "3"
    assert outcome(amount(decimals=0), "3.5") is Unfit


@given(st.decimals(allow_nan=False, allow_infinity=False, places=2, min_value=-(10**15), max_value=10**15))
def test_every_amount_of_cents_reads_as_itself(value: Decimal) -> None:
    read = amount()(f"{value:f}")
    assert isinstance(read, str)
    assert Decimal(read) == value


@given(st.floats(min_value=-(10**10), max_value=10**10).map(lambda value: round(value, 2)))
def test_every_json_amount_of_cents_reads_as_it_is_written(value: float) -> None:
    assert amount()(value) == f"{abs(value) if value == 0 else value:.2f}"


def test_a_code_is_translated_and_one_that_is_not_listed_is_unfit() -> None:
    assert code({"1": "male"})("1") == code({"1": "male"})(1) == "male"
    assert outcome(code({"1": "male"}), "3") is Unfit
    assert code({"1": "male"})(None) is None
    assert code()("3") == "3"


@pytest.mark.parametrize(
    ("raw", "becomes"),
    [
        ("true", True),
        ("0", False),
        (True, True),
        (0, False),
        (1, True),
        (None, None),
        ("", None),
        ("oui", Unfit),
        (2, Unfit),
    ],
)
def test_yes_and_no(raw: Scalar, becomes: object) -> None:
    assert outcome(boolean(), raw) is becomes


def test_yes_and_no_may_have_words_of_their_own() -> None:
    assert boolean({"J": True, "N": False})("N") is False
    assert outcome(boolean({"J": True, "N": False}), "1") is Unfit


@given(st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(st.characters())))
def test_any_leaf_is_a_value_nothing_or_unfit(raw: Scalar) -> None:
    converts = [
        text(),
        code(),
        boolean(),
        amount(),
        amount(0, 12),
        *map(partial_date, ("iso", "compact", "dayFirst")),
    ]
    for convert in [*converts, partial_date("epochSeconds")]:
        found = outcome(convert, raw)
        assert found is Unfit or found is None or isinstance(found, str | bool)
        if isinstance(found, str):
            assert found.encode()
            assert found == found.strip()


def test_a_text_that_holds_elements_is_unfit() -> None:
    select = xml.compile_path("a", {})
    root = xml.parse(b"<r><a>x<b/></a></r>")
    with pytest.raises(Unfit):
        xml.scalar(select(root)[0])


def test_a_jmespath_of_plain_names_finds_what_jmespath_finds() -> None:
    documents = [{"a": {"b": 1}}, {"a": [{"b": 1}]}, {"a": None}, {}, [], "a", 1, None, {"a": {"b": [1, 2]}}]
    plain, full = json_reply.compile_path("a.b"), json_reply.compile_path("a.b | @")
    for document in documents:
        assert list(plain(document)) == list(full(document))
