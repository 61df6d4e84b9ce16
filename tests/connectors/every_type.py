"""Two declarations, SOAP and REST, of every type with every option, good answers to them, and what their values must look like."""

import json
import re
from collections.abc import Callable
from typing import Any

from connectors import Enquiry, Identifier, Reading, SourceError, Value
from connectors.declared import DeclaredSource
from connectors.http import Answer
from connectors.rest import RestSource
from connectors.soap import SoapSource
from tests.connectors.conftest import NUMBER, envelope, rest_declaration, soap_declaration

PREPARED = {
    "absent": ["-"],
    "extract": r"(?:[^|]*\|)?(.*)",
    "normalise": ["collapseSpaces", "upper"],
    "match": r"[^!]*",
}
ENTERPRISE = "0202239951"


def rules(at: Callable[[str], str]) -> dict[str, dict[str, Any]]:
    """A rule of each type; `at` turns a plain name into a path."""
    nested = {
        "street": {"path": at("text")},
        "since": {"path": at("date"), "type": "date"},
        "boxes": {"path": at("code"), "many": True},
        "inner": {
            "path": at("object"),
            "type": "object",
            "fields": {"count": {"path": at("number"), "type": "number"}},
        },
    }
    return {
        "text": {"path": at("text"), "join": " "},
        "texts": {"path": at("text"), "many": True},
        "prepared": {"path": at("text"), "join": ", ", **PREPARED},
        "title": {"path": at("text"), "many": True, "normalise": ["title", "unaccent", "compose", "removeSpaces"]},
        "digits": {"path": at("code"), "join": "", "normalise": ["digitsOnly", "stripLeadingZeros", {"padZeros": 5}]},
        "date": {"path": at("date"), "type": "date"},
        "dates": {"path": at("date"), "type": "date", "many": True},
        "compact": {"path": at("compact"), "type": "date", "format": "compact"},
        "dayFirst": {"path": at("dayFirst"), "type": "date", "format": "dayFirst"},
        "epoch": {"path": at("number"), "type": "date", "format": "epochSeconds"},
        "year": {"path": at("year"), "type": "year"},
        "amount": {"path": at("amount"), "type": "amount"},
        "cents": {"path": at("amount"), "type": "amount", "scale": -2, "decimals": 4, "normalise": ["decimalComma"]},
        "number": {"path": at("number"), "type": "number"},
        "code": {"path": at("code"), "type": "code", "mapping": {"1": "one", "2": "two"}},
        "unlisted": {"path": at("code"), "type": "code", "mapping": {"1": "one"}, "unlisted": "other", "many": True},
        "boolean": {"path": at("boolean"), "type": "boolean"},
        "period": {"path": at("object"), "type": "period", "start": at("date"), "end": at("until"), "many": True},
        "multilingual": {"path": at("object"), "type": "multilingual", "language": at("language"), "text": at("text")},
        "object": {"path": at("object"), "type": "object", "fields": nested},
        "objects": {"path": at("object"), "type": "object", "many": True, "fields": nested},
        "here": {"type": "object", "fields": nested},
    }  # fmt: skip


DATE = r"\d{4}(-\d\d(-\d\d)?)?"
SHAPES: dict[str, str] = {
    **dict.fromkeys(["date", "dates", "compact", "dayFirst", "epoch"], DATE),
    "year": r"(?!0000)\d{4}", "amount": r"-?\d+\.\d\d", "cents": r"-?\d+\.\d{4}", "code": "one|two", "unlisted": "one|other",
    "digits": r"\d{5,}",
}  # fmt: skip
LISTS = {"texts", "title", "dates", "unlisted", "period", "objects"}
OBJECTS = {"period", "multilingual", "object", "objects", "here"}
KINDS: dict[str, type] = {"number": int, "boolean": bool, **dict.fromkeys(OBJECTS, dict)}


def check(reading: Reading) -> None:
    """Each value is of its declared type, and none is empty."""
    assert not reading.values.keys() & reading.broken.keys()
    for name, value in reading.values.items():
        assert isinstance(value, list) == (name in LISTS), name
        for one in value if isinstance(value, list) else [value]:
            assert type(one) is KINDS.get(name, str), name
            assert re.fullmatch(SHAPES.get(name, r"(?s).*"), str(one)), name
            _check_part(one)
        if name == "period":
            assert isinstance(value, list)
            for one in value:
                assert isinstance(one, dict)
                assert all(re.fullmatch(DATE, str(date)) for date in one.values())
    json.dumps(reading.values).encode()
    assert reading.date is None or re.fullmatch(DATE, reading.date)
    assert reading.reference is None or 0 < len(reading.reference) <= 200


def _check_part(value: Value) -> None:
    if isinstance(value, list | dict):
        assert value
        for below in value.values() if isinstance(value, dict) else value:
            _check_part(below)
    elif isinstance(value, str):
        assert value.strip()
        value.encode()


def soap_source() -> DeclaredSource:
    """A SOAP source of every type: names are elements, and attributes of the same name."""
    both = rules(lambda name: f"p:{name}")
    attributes = {
        f"{name}Of": rule for name, rule in rules(lambda name: f"@{name}").items() if name not in OBJECTS
    }
    for name in attributes:
        _like(name)
    source = SoapSource(
        soap_declaration(attributes={**both, **attributes}, reply__date="p:Person/p:date"),
        address=None,
        secrets=str,
    )
    source._build()
    return source


def _like(name: str) -> None:
    """An attribute's value has the shape of its element's."""
    plain = name.removesuffix("Of")
    if plain in SHAPES:
        SHAPES[name] = SHAPES[plain]
    if plain in KINDS:
        KINDS[name] = KINDS[plain]
    if plain in LISTS:
        LISTS.add(name)


def rest_source() -> DeclaredSource:
    """A REST source of every type."""
    source = RestSource(
        rest_declaration(attributes=rules(str), reply__date="changed", reply__dateFormat="epochSeconds"),
        address=None,
        secrets=str,
    )
    source._build()
    return source


def read(source: DeclaredSource, answer: Answer) -> Reading | SourceError:
    """The reading, checked, or one of the five errors. Anything else escapes."""
    scheme = min(source.schemes)
    subject = Identifier(scheme, NUMBER if scheme == "ssin" else ENTERPRISE)
    found: Reading | SourceError
    try:
        found = source._reading(answer, Enquiry(subject, source.attributes))
    except SourceError as error:
        found = error
    if isinstance(found, Reading):
        check(found)
    else:
        assert type(found) in SourceError.__subclasses__()
        assert NUMBER not in str(found)
    return found


GOOD: dict[str, list[str]] = {
    "text": ["Rue de l'Exemple", "a|b", "-", "ÉRABLE", "x!"],
    "date": ["1985-06-02", "1985-06-00", "2021-06-31", "1985Z"],
    "until": ["2020-01-01", "1900"],
    "compact": ["19850602"],
    "dayFirst": ["02/06/1985"],
    "year": ["2025", "0000"],
    "amount": ["25000", "1.5", "-0.00"],
    "number": ["3", "1671404400", "3.0"],
    "code": ["1", "2", "007", "Z"],
    "boolean": ["true", "0"],
    "language": ["nl", "FR", "xx1"],
}


def xml_of(fields: list[tuple[str, str]], attributes: dict[str, str]) -> bytes:
    """An answer whose person has these elements and attributes, as they stand, well-formed or not."""
    inside = "".join(f"<p:{name}>{text}</p:{name}>" for name, text in fields)
    own = "".join(f' {name}="{text}"' for name, text in attributes.items())
    person = f"<p:Person{own}><p:Number>{NUMBER}</p:Number>{inside}</p:Person>"
    return envelope(f'<p:GetPersonResponse xmlns:p="urn:test:persons">{person}</p:GetPersonResponse>')


def good_xml() -> bytes:
    """An answer that holds every type."""
    fields = [(name, texts[0]) for name, texts in GOOD.items()]
    inside = "".join(f"<p:{name}>{text}</p:{name}>" for name, text in fields)
    return xml_of([*fields, ("object", inside)], dict(fields))


def good_json() -> bytes:
    """The same in JSON."""
    held: dict[str, object] = {name: texts[0] for name, texts in GOOD.items()}
    return json.dumps(
        {"enterprise": {**held, "object": held}, "changed": 1671404400, "reference": "r-1"}
    ).encode()
