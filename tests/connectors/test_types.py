"""The types beyond single values: counts and years, periods, texts per language, lists and objects of which a part is broken."""

from typing import Any

import pytest

from connectors import DeclarationInvalid
from connectors.values import Scalar, Unfit, number, year
from tests.connectors.conftest import soap_declaration
from tests.connectors.reading import ASKED, json_reading, value, xml_reading
from tests.connectors.test_values import outcome


@pytest.mark.parametrize(
    ("raw", "becomes"),
    [
        ("3", 3),
        (3, 3),
        (3.0, 3),
        ("0", 0),
        ("-2", -2),
        ("003", 3),
        ("3.000", 3),
        (" 3 ", 3),
        ("", None),
        (None, None),
        (2**53 - 1, 2**53 - 1),
        (2**53, Unfit),
        ("9" * 17, Unfit),
        ("3.5", Unfit),
        (3.5, Unfit),
        ("1e3", Unfit),
        ("three", Unfit),
        ("٣", Unfit),
        (True, Unfit),
        (float("nan"), Unfit),
    ],
)
def test_a_number_is_whole_and_exact(raw: Scalar, becomes: object) -> None:
    found = outcome(number(), raw)
    assert found == becomes
    assert type(found) is type(becomes)


@pytest.mark.parametrize(
    ("raw", "becomes"),
    [
        ("2025", "2025"),
        (2025, "2025"),
        ("2025+01:00", "2025"),
        ("2025Z", "2025"),
        ("0000", None),
        ("", None),
        ("25", Unfit),
        ("2025-01", Unfit),
        ("20255", Unfit),
    ],
)
def test_a_year_is_four_digits(raw: Scalar, becomes: object) -> None:
    assert outcome(year(), raw) == becomes


PERIOD = {"path": "p:Stay", "type": "period", "start": "@from", "end": "p:Until"}


@pytest.mark.parametrize(
    ("content", "becomes"),
    [
        ('<p:Stay from="2020-01-05"><p:Until>2021-06-30</p:Until></p:Stay>', {"start": "2020-01-05", "end": "2021-06-30"}),
        ('<p:Stay from="2020-01-05"/>', {"start": "2020-01-05"}),
        ("<p:Stay><p:Until>2021</p:Until></p:Stay>", {"end": "2021"}),
        ('<p:Stay from="2021-06-00"><p:Until>2021-06-02</p:Until></p:Stay>', {"start": "2021-06", "end": "2021-06-02"}),
        ('<p:Stay from="2021-06-02"><p:Until>2021</p:Until></p:Stay>', {"start": "2021-06-02", "end": "2021"}),
        ("<p:Stay/>", None),
        ("", None),
        ('<p:Stay from="2021-06-02"><p:Until>2020-12</p:Until></p:Stay>', f"{ASKED} is a period that ends before it starts"),
        ("<p:Stay><p:Until>2021-06-31</p:Until></p:Stay>", f"{ASKED}.end is a date that does not exist"),
    ],
)  # fmt: skip
def test_a_period_may_be_open_and_does_not_end_before_it_starts(content: str, becomes: object) -> None:
    assert value(xml_reading(content, PERIOD)) == becomes


def test_periods_may_be_many_and_stand_where_their_parent_stands() -> None:
    two = '<p:Stay from="2020"/><p:Stay from="2021"/>'
    assert value(xml_reading(two, {**PERIOD, "many": True})) == [{"start": "2020"}, {"start": "2021"}]
    rule = {"type": "period", "start": "debut", "end": "fin", "format": "dayFirst"}
    assert value(json_reading({"debut": "01/09/2020", "fin": None}, rule)) == {"start": "2020-09-01"}


TEXTS = {"path": "p:Text", "type": "multilingual", "language": "@language"}


@pytest.mark.parametrize(
    ("content", "changes", "becomes"),
    [
        ('<p:Text language="NL">stad</p:Text><p:Text language="fr">ville</p:Text>', {}, {"nl": "stad", "fr": "ville"}),
        ("<p:Text>stad</p:Text>", {}, {"und": "stad"}),
        ('<p:Text language="nl"> </p:Text>', {}, None),
        ("", {}, None),
        ('<p:Text language="2">stad</p:Text>', {"mapping": {"1": "fr", "2": "nl"}}, {"nl": "stad"}),
        ('<p:Text language="2">stad</p:Text>', {}, f"{ASKED} is in a language that is no language tag"),
        ('<p:Text language="nl">a</p:Text><p:Text language="NL">b</p:Text>', {}, f"{ASKED} stands more than once in one language"),
        ('<p:Text language="nl">a</p:Text><p:Text language="NL">b</p:Text>', {"join": "; "}, {"nl": "a; b"}),
        ('<p:Text xml:lang="de-BE">Stadt</p:Text>', {"language": "@xml:lang"}, {"de-be": "Stadt"}),
        ("<p:Text><p:L>nl</p:L><p:T>stad</p:T></p:Text>", {"language": "p:L", "text": "p:T"}, {"nl": "stad"}),
        ('<p:Text language="nl">STAD</p:Text>', {"normalise": ["title"]}, {"nl": "Stad"}),
    ],
)  # fmt: skip
def test_a_text_may_come_in_several_languages(content: str, changes: dict[str, Any], becomes: object) -> None:
    assert value(xml_reading(content, {**TEXTS, **changes})) == becomes


def test_texts_per_language_come_in_json_too() -> None:
    names = [{"lang": "NL", "value": "stad"}, {"lang": "FR", "value": None}, {"lang": "DE", "value": "Stadt"}]
    rule = {"type": "multilingual", "path": "names", "language": "lang", "text": "value"}
    assert value(json_reading({"names": names}, rule)) == {"nl": "stad", "de": "Stadt"}


ADDRESS = {
    "type": "object",
    "path": "p:Address",
    "fields": {"street": {"path": "p:Street"}, "since": {"path": "@since", "type": "date"}},
}


def test_a_field_that_does_not_fit_breaks_its_object_and_is_named() -> None:
    content = '<p:Address since="soon"><p:Street>Rue</p:Street></p:Address>'
    assert value(xml_reading(content, ADDRESS)) == f"{ASKED}.since is no date"
    nested = {"type": "object", "fields": {"home": ADDRESS}}
    assert value(xml_reading(content, nested)) == f"{ASKED}.home.since is no date"


def test_an_element_that_does_not_fit_breaks_its_list() -> None:
    content = "<p:Born>1985</p:Born><p:Born>soon</p:Born>"
    assert (
        value(xml_reading(content, {"path": "p:Born", "type": "date", "many": True})) == f"{ASKED} is no date"
    )


def test_a_broken_attribute_breaks_no_other() -> None:
    attributes = {"a": {"path": "p:Born", "type": "date"}, "b": {"path": "p:Born"}, ASKED: {"path": "p:Name"}}
    reading = xml_reading("<p:Born>soon</p:Born><p:Name>Ada</p:Name>", {}, attributes=attributes)
    assert reading.values == {"b": "soon", ASKED: "Ada"}
    assert reading.broken.keys() == {"a"}


@pytest.mark.parametrize("found", ["somewhere", 3, True])
def test_a_single_value_is_no_object(found: object) -> None:
    rule = {"type": "object", "path": "address", "fields": {"street": {"path": "street"}}}
    assert (
        value(json_reading({"address": found}, rule))
        == f"{ASKED} is a single value where an object was declared"
    )


@pytest.mark.parametrize("found", ["", "  ", None, [], {}])
def test_an_empty_object_is_not_held(found: object) -> None:
    rule = {"type": "object", "path": "address", "fields": {"street": {"path": "street"}}}
    assert value(json_reading({"address": found}, rule)) is None


def test_an_object_whose_path_finds_a_text_is_broken_alone() -> None:
    rule = {"type": "object", "path": "p:Address/@since", "fields": {"x": {"path": "p:X"}}}
    found = value(xml_reading('<p:Address since="2020"/>', rule))
    assert found == f"{ASKED} is a single value where an object was declared"


@pytest.mark.parametrize(
    ("rule", "where", "says"),
    [
        ({"type": "period", "path": "p:A"}, "", "needs `start` or `end`"),
        ({"type": "multilingual", "path": "p:A"}, "", "needs `language`"),
        ({"type": "multilingual", "language": "@l"}, "", "`path` is missing"),
        ({"type": "multilingual", "path": "p:A", "language": "@l", "many": True}, "many", "unknown key"),
        ({"type": "number", "path": "p:A", "decimals": 2}, "decimals", "unknown key"),
        ({"type": "date", "path": "p:A", "join": " "}, "join", "unknown key"),
        ({"type": "year", "path": "p:A", "format": "iso"}, "format", "unknown key"),
        ({"type": "period", "start": "//["}, "start", "not an XPath"),
    ],
)
def test_a_type_takes_its_own_keys_alone(rule: dict[str, Any], where: str, says: str) -> None:
    with pytest.raises(DeclarationInvalid) as caught:
        soap_declaration(attributes={ASKED: rule})
    (problem,) = caught.value.problems
    assert problem.path == ("attributes", ASKED, *([where] if where else []))
    assert says in problem.message
