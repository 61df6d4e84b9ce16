"""Reads one attribute of one answer, as a declaration says: what the tests of types share."""

import json
from pathlib import Path
from typing import Any

from connectors import Identifier, Reading, Value
from connectors.http import Answer
from connectors.rest import RestSource
from connectors.soap import SoapSource
from connectors.source import Enquiry
from tests.connectors.conftest import CONTRACTS, NUMBER, rest_declaration, soap_declaration

ASKED = "person.asked"


def xml_reading(content: str, rule: dict[str, Any], *, folder: Path = CONTRACTS, **changes: Any) -> Reading:
    """What a SOAP source says of one attribute whose answer holds this content."""
    declared = {"attributes": {ASKED: rule}, "reply__subject": None, **changes}
    source = SoapSource(soap_declaration(folder=folder, **declared), address=None, secrets=str)
    source._build()
    space = 'xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" xmlns:p="urn:test:persons"'
    person = f"<p:GetPersonResponse><p:Person>{content}</p:Person></p:GetPersonResponse>"
    body = f"<s:Envelope {space}><s:Body>{person}</s:Body></s:Envelope>".encode()
    return source._reading(
        Answer(200, "text/xml", None, None, body), Enquiry(Identifier("ssin", NUMBER), source.attributes)
    )


def json_reading(content: object, rule: dict[str, Any], **changes: Any) -> Reading:
    """What a REST source says of one attribute whose answer is this object."""
    declared = {"attributes": {ASKED: rule}, **changes}
    source = RestSource(rest_declaration(**declared), address=None, secrets=str)
    source._build()
    body = json.dumps({"enterprise": content}).encode()
    enquiry = Enquiry(Identifier("enterpriseNumber", "0202239951"), source.attributes)
    return source._reading(Answer(200, "application/json", None, None, body), enquiry)


def value(reading: Reading) -> Value | None:
    """The value of the attribute, `None` if the source does not hold it; or why it is broken."""
    if ASKED in reading.broken:
        return reading.broken[ASKED].cause
    return reading.values.get(ASKED)
