"""What a declaration may do to a text before it gets its type."""

import time
import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors import DeclarationInvalid
from connectors.normalise import STEPS, Pattern, pad_zeros
from tests.connectors.conftest import soap_declaration
from tests.connectors.reading import ASKED, json_reading, value, xml_reading


@pytest.mark.parametrize(
    ("step", "raw", "becomes"),
    [
        ("collapseSpaces", "Rue \t de\n la\u00a0Paix", "Rue de la Paix"),
        ("removeSpaces", "BE12 3456\u00a07890", "BE1234567890"),
        ("upper", "straße", "STRASSE"),
        ("lower", "ÉRABLE", "érable"),
        ("title", "JEAN-PAUL D'HONDT", "Jean-Paul D'Hondt"),
        ("title", "van der berg 3bis", "Van Der Berg 3Bis"),
        ("title", "JOSE\u0301E O\u2019BRIEN", "Jose\u0301e O\u2019Brien"),
        ("unaccent", "Érable Łódź Ångström ß", "Erable Łodz Angstrom ß"),
        ("compose", "e\u0301", "é"),
        ("stripLeadingZeros", "00120", "120"),
        ("stripLeadingZeros", "000", "0"),
        ("stripLeadingZeros", "0a0", "a0"),
        ("digitsOnly", "BE 0202.239.951", "0202239951"),
        ("decimalComma", "1.234,56", "1234.56"),
        ("decimalComma", "-1 234'567,5", "-1234567.5"),
    ],
)
def test_each_step_is_exact(step: str, raw: str, becomes: str) -> None:
    assert STEPS[step](raw) == becomes


@pytest.mark.parametrize("step", STEPS)
@given(raw=st.text(max_size=40))
def test_a_step_done_twice_is_as_done_once(step: str, raw: str) -> None:
    if step == "decimalComma":  # its second comma would be a dot
        raw = raw.replace(",", "")
    raw = unicodedata.normalize("NFC", raw) if step in {"upper", "lower", "title"} else raw
    once = STEPS[step](raw)
    if step in {"lower", "title", "upper"} and any(len(c.upper() + c.lower()) > 2 for c in raw):
        return  # letters whose other case is several letters, such as ß
    assert STEPS[step](once) == once


def test_zeros_come_before_what_is_too_short() -> None:
    assert pad_zeros(10)("202239951") == "0202239951"
    assert pad_zeros(3)("12345") == "12345"
    rule = {"path": "number", "normalise": ["digitsOnly", {"padZeros": 10}]}
    assert value(json_reading({"number": 202239951}, rule)) == "0202239951"


@pytest.mark.parametrize(
    ("rule", "raw", "becomes"),
    [
        ({"absent": ["9999-12-31"], "type": "date"}, "9999-12-31", None),
        ({"absent": ["-", "N/A"]}, " N/A ", None),
        ({"extract": r"BE(\d+)"}, "BE0202", "0202"),
        ({"extract": r"BE(\d+)"}, "FR0202", f"{ASKED} has nothing of the declared pattern in it"),
        ({"extract": r"(\d*)-.*"}, "-x", f"{ASKED} is empty once normalised"),
        ({"normalise": ["digitsOnly"]}, "none", f"{ASKED} is empty once normalised"),
        ({"match": r"\d{4}"}, "2340", "2340"),
        ({"match": r"\d{4}"}, "2340B", f"{ASKED} is not of the declared pattern"),
        ({"normalise": ["removeSpaces"], "match": r"\d{4}"}, "23 40", "2340"),
        ({"normalise": ["removeSpaces", "decimalComma"], "type": "amount"}, "1.234,5", "1234.50"),
        ({"normalise": ["upper"], "type": "code", "mapping": {"M": "male"}}, "m", "male"),
        ({"normalise": ["lower"], "type": "boolean", "mapping": {"oui": True}}, "OUI", True),
        ({"extract": r"(\d{4})-.*", "type": "year"}, "2020-01-01", "2020"),
        ({"normalise": ["unaccent", "title"]}, "ÉRABLE", "Erable"),
        ({"normalise": ["upper"]}, "", None),
    ],
)
def test_a_text_is_prepared_before_it_gets_its_type(rule: dict[str, Any], raw: str, becomes: object) -> None:
    assert value(xml_reading(f"<p:Name>{raw}</p:Name>", {"path": "p:Name", **rule})) == becomes


def test_a_pattern_takes_no_longer_than_its_text() -> None:
    started = time.perf_counter()
    assert not Pattern(r"(a|aa)+b?(x+x+)+y").matches("a" * 50_000 + "x" * 50_000)
    assert not Pattern(r"(a+)+").matches("a" * 100_000 + "!")
    assert time.perf_counter() - started < 5


@given(pattern=st.text(max_size=20), text=st.text(max_size=50))
def test_any_pattern_is_refused_or_matches_any_text(pattern: str, text: str) -> None:
    try:
        found = Pattern(pattern)
    except ValueError:
        return
    assert found.matches(text) in {True, False}


@pytest.mark.parametrize(
    ("rule", "where", "says"),
    [
        ({"match": "["}, ("match",), "not a pattern of RE2"),
        ({"match": r"(a)\1"}, ("match",), "not a pattern of RE2"),
        ({"match": "a" * 501}, ("match",), "500 characters"),
        ({"extract": "abc"}, ("extract",), "one group"),
        ({"extract": "(a)(b)"}, ("extract",), "one group"),
        ({"normalise": "upper"}, ("normalise",), "a list of steps"),
        ({"normalise": ["upper", "shout"]}, ("normalise", 1), "collapseSpaces"),
        ({"normalise": [{"padZeros": 0}]}, ("normalise", 0), "padZeros"),
        ({"normalise": [{"padZeros": 1, "upper": 1}]}, ("normalise", 0), "padZeros"),
        ({"absent": "x"}, ("absent",), "a list of texts"),
        ({"type": "object", "normalise": ["upper"], "fields": {"a": {"path": "p:A"}}}, ("normalise",), "unknown key"),
    ],
)  # fmt: skip
def test_what_cannot_be_prepared_is_named(rule: dict[str, Any], where: tuple[object, ...], says: str) -> None:
    with pytest.raises(DeclarationInvalid) as caught:
        soap_declaration(attributes={ASKED: {"path": "p:Name", **rule}})
    (problem,) = caught.value.problems
    assert problem.path == ("attributes", ASKED, *where)
    assert says in problem.message
