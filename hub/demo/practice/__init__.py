"""Two registers to practise on: `onlyonce sources practice`. docs/connect-a-source.md leads a newcomer through them.

One speaks SOAP as the European Commission's VIES does (checkVat), the other REST with an OpenAPI. The enterprises are fictitious. No
request is logged.
"""

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from lxml import etree

from hub.demo.asgi import (
    PROBLEM,
    XML,
    Answer,
    App,
    Asked,
    application,
    json_answer,
    run,
    serving,
    until_stopped,
)

_HERE: Final = Path(__file__).parent
_TYPES: Final = "urn:ec.europa.eu:taxud:vies:services:checkVat:types"
_SOAP: Final = "http://schemas.xmlsoap.org/soap/envelope/"
_VAT, _WSDL = "/vat", "/vat/checkVatService.wsdl"
_ENTERPRISES, _OPENAPI = "/register/v1/enterprises/", "/register/openapi.yaml"


@dataclass(frozen=True, slots=True)
class Enterprise:
    """A fictitious enterprise."""

    name: str
    form: str
    since: str
    street: str
    number: str
    post_code: str
    municipality: str


ENTERPRISES: Final[Mapping[str, Enterprise]] = {
    "0001000781": Enterprise(
        "Boulangerie du Clocher", "SRL", "2011-04-01", "Rue du Four", "12", "1300", "Valclair"
    ),
    "0001000880": Enterprise("Imprimerie Tilleul", "SA", "1998-10-15", "Quai Vert", "3", "1301", "Valclair"),
}


def practice_app(address: str) -> App:
    """Both registers as one ASGI application, whose contracts say that it is at `address`."""

    async def handle(asked: Asked) -> Answer:
        match asked.method, asked.path:
            case "GET", "/vat/checkVatService.wsdl":
                return Answer(_contract("checkVatService.wsdl", address), content_type=XML)
            case "GET", "/register/openapi.yaml":
                return Answer(_contract("openapi.yaml", address), content_type="application/yaml")
            case "POST", "/vat":
                return _vat(asked.body)
            case "GET", path if path.startswith(_ENTERPRISES):
                return _enterprise(path.removeprefix(_ENTERPRISES))
            case _:
                return Answer(b"", 404)

    return application(handle)


def _contract(name: str, address: str) -> bytes:
    return (_HERE / name).read_text("utf-8").replace("http://practice.example", address).encode()


def _vat(body: bytes) -> Answer:
    """An answer of checkVat. What is wrong is said in a fault's text, as VIES does."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        asked = etree.fromstring(body, parser).find(f".//{{{_TYPES}}}checkVat")
    except etree.XMLSyntaxError:
        asked = None
    country = "" if asked is None else asked.findtext(f"{{{_TYPES}}}countryCode", "")
    number = "" if asked is None else asked.findtext(f"{{{_TYPES}}}vatNumber", "")
    if country != "BE" or len(number) != 10 or not number.isdecimal():
        return _fault("INVALID_INPUT")
    found = ENTERPRISES.get(number)
    reply = etree.Element(f"{{{_TYPES}}}checkVatResponse", nsmap={"v": _TYPES})
    texts = {
        "countryCode": country,
        "vatNumber": number,
        "requestDate": "2026-11-23",
        "valid": "true" if found else "false",
        "name": found.name if found else "---",
        "address": f"{found.street} {found.number}, {found.post_code} {found.municipality}"
        if found
        else "---",
    }
    for name, text in texts.items():
        etree.SubElement(reply, f"{{{_TYPES}}}{name}").text = text
    return Answer(_envelope(reply), content_type=XML)


def _fault(text: str) -> Answer:
    fault = etree.Element(f"{{{_SOAP}}}Fault")
    etree.SubElement(fault, "faultcode").text = "soap:Client"
    etree.SubElement(fault, "faultstring").text = text
    return Answer(_envelope(fault), 500, XML)


def _envelope(content: etree._Element) -> bytes:
    envelope = etree.Element(f"{{{_SOAP}}}Envelope", nsmap={"soap": _SOAP})
    etree.SubElement(envelope, f"{{{_SOAP}}}Body").append(content)
    return etree.tostring(envelope, xml_declaration=True, encoding="UTF-8")


def _enterprise(number: str) -> Answer:
    found = ENTERPRISES.get(number)
    if found is None:
        problem = {"type": "urn:problem-type:belgif:resourceNotFound", "title": "Not Found", "status": 404}
        return Answer(json.dumps(problem).encode(), 404, PROBLEM)
    return json_answer(
        {
            "enterpriseNumber": number,
            "denomination": found.name,
            "legalForm": {"code": found.form},
            "startDate": found.since,
            "address": {
                "street": found.street,
                "houseNumber": found.number,
                "postCode": found.post_code,
                "municipality": found.municipality,
            },
        }
    )


def serve(port: int) -> None:
    """Serve both registers on this port of 127.0.0.1 until stopped, and say where they are."""

    async def until_told() -> None:
        address = f"http://127.0.0.1:{port}"
        async with serving([(practice_app(address), port)]):
            print(f"SOAP: {address}{_WSDL}\nREST: {address}{_OPENAPI}")  # noqa: T201 - what the command is for
            print(f"They know {' and '.join(ENTERPRISES)}. Stop with Ctrl-C.")  # noqa: T201
            sys.stdout.flush()
            await until_stopped()

    run(until_told)
