"""Where an answer comes from, in the source's own words."""

from typing import Any

import pytest

from connectors import DeclarationInvalid
from tests.connectors.conftest import (
    NOW,
    NUMBER,
    Make,
    Peer,
    about,
    http,
    json_http,
    reply,
    rest_declaration,
    soap_declaration,
)
from tests.connectors.reading import json_reading, xml_reading

NAME = {"path": "name"}


async def test_a_reading_says_what_was_called_when_and_by_which_reference(
    soap: Make, rest: Make, peer: Peer
) -> None:
    peer.answer = http(
        reply("<p:Reference>r-1</p:Reference><p:Person><p:Number>85060200123</p:Number></p:Person>")
    )
    source = await soap()
    reading = await source.ask(about(source))
    assert (reading.operation, reading.retrieved_at) == ("GetPerson", NOW)
    assert (reading.reference, reading.date) == ("r-1", None)
    peer.answer = json_http('{"enterprise": {"name": "Bruni"}, "reference": "e-1", "changed": 1671404400}')
    source = await rest(reply__date="changed", reply__dateFormat="epochSeconds", timeZone="Europe/Paris")
    reading = await source.ask(about(source, "0202239951"))
    assert (reading.operation, reading.reference) == ("GET /enterprises/{subject}", "e-1")
    assert reading.date == "2022-12-19"


@pytest.mark.parametrize(
    ("raw", "becomes"),
    [
        ("<p:Reference>2026-11-02</p:Reference>", "2026-11-02"),
        ("<p:Reference>2026-11-02T10:00:00Z</p:Reference>", "2026-11-02"),
        ("<p:Reference>2026-11-00</p:Reference>", "2026-11"),
        ("<p:Reference>soon</p:Reference>", None),
        ("<p:Reference><p:Number/></p:Reference>", None),
        ("<p:Reference/><p:Reference>2026</p:Reference>", "2026"),
        ("", None),
    ],
)
def test_a_date_or_reference_that_is_none_is_left_out_and_breaks_nothing(
    raw: str, becomes: str | None
) -> None:
    attribute = {"path": "p:Name"}
    reading = xml_reading(f"<p:Name>Ada</p:Name>{raw}", attribute, reply__date="p:Person/p:Reference")
    assert reading.date == becomes
    reading = xml_reading(f"<p:Name>Ada</p:Name>{raw}", attribute, reply__reference="p:Person/p:Reference")
    assert (reading.reference is None) == (becomes is None and "soon" not in raw)
    assert reading.values == {"person.asked": "Ada"}


@pytest.mark.parametrize("reference", [{"a": 1}, [], None, True, "\ud800", 1.5])
def test_a_reference_that_is_no_text_is_left_out(reference: object) -> None:
    assert (
        json_reading({"name": "x", "ref": reference}, NAME, reply__reference="enterprise.ref").reference
        is None
    )


def test_the_subjects_number_in_a_reference_is_not_repeated() -> None:
    found = xml_reading(
        f"<p:Name>{NUMBER}-7</p:Name>", {"path": "p:Name"}, reply__reference="p:Person/p:Name"
    )
    assert found.reference == "{subject}-7"


def test_a_reference_is_cut_at_two_hundred_characters() -> None:
    assert json_reading({"ref": "x" * 900}, NAME, reply__reference="enterprise.ref").reference == "x" * 200


@pytest.mark.parametrize(
    ("changes", "at"), [({"reply__date": "//["}, "date"), ({"reply__dateFormat": "american"}, "dateFormat")]
)
def test_a_date_that_cannot_be_read_is_named(changes: dict[str, Any], at: str) -> None:
    with pytest.raises(DeclarationInvalid) as caught:
        soap_declaration(**changes)
    assert [problem.path for problem in caught.value.problems] == [("reply", at)]


def test_an_operation_names_its_variables_and_none_of_their_values() -> None:
    assert soap_declaration().operation == "GetPerson"
    assert rest_declaration(request__path="/a/{subject}/b").operation == "GET /a/{subject}/b"
