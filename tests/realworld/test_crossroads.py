"""The Crossroads Bank's services: nobody recorded their answers, so they are drawn from the schemas, sent over a socket, and read back.

What is read is compared with what Python's own ElementTree finds in the same answer: another parser, no XPath, no rules.
"""

import os
from functools import cache
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
import yaml
from lxml import etree

from connectors import Enquiry, Identifier, SourceDeclaration, check_against_contract, read_declaration
from connectors.folder import Folder
from connectors.reply_schema import reply_schema
from connectors.soap import SoapSource
from tests.support.answers import Answers
from tests.support.leaves import everything, expected_of, leaves
from tests.support.soap_server import serving

FILE = Path(__file__).parent / "crossroads" / "ksz.yaml"
SSIN = "85060200157"
SOURCES = ("handi-files", "handi-files-by-period", "handi-payments", "job-seeker", "raw-xml")
SSDN = "ksz/be/fgov/kszbcss/SSDN/NamespaceRoot.xsd"
REPLY = "{http://www.ksz-bcss.fgov.be/XSD/SSDN/Service}SSDNReply"
ROUNDS = 200 if os.environ.get("ONLYONCE_SOAK") else 20


@cache
def declared() -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = yaml.safe_load(FILE.read_text("utf8"))["sources"]
    return found


def declaration(name: str, folder: Path, **changes: object) -> SourceDeclaration:
    return read_declaration(name, declared()[name] | changes, folder=folder)


def drawn(name: str, folder: Path, seed: int) -> etree._Element:
    """An answer about the subject; that of the raw service holds another document."""
    mapping = declared()[name]
    answers = Answers(folder / mapping["contract"], folder, mapping["operation"], seed=seed)
    envelope = answers.envelope()
    for number in envelope.iterfind(".//criteria/ssin"):
        number.text = SSIN
    if name == "raw-xml":
        inner = answers.of_file(folder / SSDN, REPLY)
        envelope[0][0].text = etree.tostring(inner, encoding="unicode")
    return envelope


def payload(name: str, envelope: etree._Element) -> etree._Element:
    """What the paths of a declaration start from."""
    found = envelope[0][0]
    return etree.fromstring(str(found.text)) if name == "raw-xml" else found


def secret(name: str) -> str:
    assert name == "user"
    return "85060200157"


@pytest.mark.parametrize("name", SOURCES)
def test_the_declarations_fit_their_contracts(name: str, realworld: Path) -> None:
    assert check_against_contract(declaration(name, realworld)) == ()


@pytest.mark.soak
@pytest.mark.parametrize("name", SOURCES)
def test_drawn_answers_are_valid_by_the_schemas(name: str, realworld: Path) -> None:
    schema = reply_schema(str(realworld / declared()[name]["contract"]), Folder(realworld))
    inner = etree.XMLSchema(file=str(realworld / SSDN))
    shapes = set()
    for seed in range(ROUNDS):
        answer = etree.fromstring(etree.tostring(drawn(name, realworld, seed)))
        assert schema.validate(answer[0][0]), schema.error_log
        if name == "raw-xml":
            assert inner.validate(payload(name, answer)), inner.error_log
        shapes.add(frozenset(leaves(payload(name, answer))))
    assert len(shapes) > ROUNDS // 2  # they differ from one another


@pytest.mark.soak
@pytest.mark.parametrize("name", SOURCES)
async def test_every_text_of_a_drawn_answer_is_read_as_it_was_sent(name: str, realworld: Path) -> None:
    drawings = [drawn(name, realworld, seed) for seed in range(ROUNDS)]
    expected = [leaves(payload(name, one)) for one in drawings]
    attributes = everything(expected)
    assert len(attributes) > 10
    schema = reply_schema(str(realworld / declared()[name]["contract"]), Folder(realworld))
    waiting = iter(drawings)
    async with serving(schema, lambda _request: next(waiting)) as server:
        source = SoapSource(
            declaration(name, realworld, attributes=attributes), address=server.url, secrets=secret
        )
        for sent in expected:
            reading = await source.ask(Enquiry(Identifier("ssin", SSIN), source.attributes))
            assert not reading.broken
            assert {attributes[key]["path"]: value for key, value in reading.values.items()} == expected_of(
                sent, attributes
            )
        await source.close()
        assert {request.headers["SOAPAction"] for request in server.requests} != {'""'}


@pytest.mark.parametrize("name", SOURCES)
async def test_what_is_declared_is_read_with_its_types(name: str, realworld: Path) -> None:
    drawings = [drawn(name, realworld, seed) for seed in range(80)]
    waiting, filled = iter(drawings), set[str]()
    schema = reply_schema(str(realworld / declared()[name]["contract"]), Folder(realworld))
    async with serving(schema, lambda _request: next(waiting)) as server:
        source = SoapSource(declaration(name, realworld), address=server.url, secrets=secret)
        for envelope in drawings:
            reading = await source.ask(Enquiry(Identifier("ssin", SSIN), source.attributes))
            assert not reading.broken
            root = ET.fromstring(etree.tostring(payload(name, envelope)))  # noqa: S314 - drawn here
            assert {
                key: value.of(root) for key, value in EXPECTED[name].items() if value.of(root)
            } == reading.values
            filled |= reading.values.keys()
        await source.close()
    assert filled == EXPECTED[name].keys() == declared()[name]["attributes"].keys()


class Read:
    """An attribute as ElementTree finds it: `each` makes a value of each node at `path`."""

    def __init__(self, path: str, each: Any = None, *, many: bool = True) -> None:
        self.path, self.each, self.many = path, each or (lambda node: (node.text or "").strip()), many

    def of(self, root: ET.Element) -> object:
        found = [value for node in root.findall(self.path) if (value := self.each(node))]
        return found if self.many else (found[0] if found else None)


def fields(**paths: Any) -> Any:
    """An object of the texts that stand at paths below a node."""

    def read(node: ET.Element) -> dict[str, object]:
        found = {}
        for name, path in paths.items():
            value = path(node) if callable(path) else (node.findtext(path) or "").strip()
            if value is not None and value != "":
                found[name] = value
        return found

    return read


def yes(path: str) -> Any:
    return lambda node: {"true": True, "1": True, "false": False, "0": False, "": None}[
        node.findtext(path) or ""
    ]


def cents(node: ET.Element) -> str:
    return f"{round(float(node.findtext('amount') or 0) * 100) / 100:.2f}"


S, C = "{http://www.ksz-bcss.fgov.be/XSD/SSDN/Service}", "{http://www.ksz-bcss.fgov.be/XSD/SSDN/Common}"
EXPECTED: dict[str, dict[str, Read]] = {
    "handi-files": {
        "handicap.status": Read("status/value", many=False),
        "handicap.person": Read(
            "results/dgphResult/file/addressHandicappedPerson",
            fields(
                familyName="lastName",
                givenName="firstName",
                city="address/cityName",
                country="address/countryCode",
            ),
            many=False,
        ),
        "handicap.recognitions": Read(
            "results/dgphResult/file/handicapRecognitions/handicapRecognition",
            fields(
                since="recognitionStatus/startDateRecognition",
                until="recognitionStatus/endDateRecognition",
                isBlind=yes("handicapRecognitionDetails/fullBlindness"),
            ),
        ),
        "handicap.sourcesThatAnswered": Read(
            "results/*/status",
            lambda node: (
                (node.findtext("code") or "").strip() if node.findtext("value") == "DATA_FOUND" else None
            ),
        ),
    },
    "handi-files-by-period": {"handicap.status": Read("status/value", many=False)},
    "handi-payments": {
        "handicap.payments": Read(
            "results/*/payments/payment",
            fields(month="yearMonth", amount=cents, isCancelled=yes("cancelledPayment")),
        )
    },
    "job-seeker": {
        "work.registrations": Read(
            "results/pes/result/inscriptions/inscription",
            fields(
                since=lambda node: (node.findtext("inceptionTimestamp") or "")[:10],
                categories=lambda node: [code.text for code in node.findall("categoryPES/code")] or None,
            ),
        ),
        "work.services": Read(
            "results/pes",
            lambda node: node.get("source") if node.find("result/inscriptions") is not None else None,
        ),
    },
    "raw-xml": {
        "ssdn.ok": Read(f"{S}ReplyContext/{C}ResultSummary", lambda node: node.get("ok"), many=False),
        "ssdn.services": Read(f"{S}ServiceReply/{S}ServiceId"),
    },
}


async def test_the_raw_service_is_sent_a_document_that_is_valid_by_its_own_schema(realworld: Path) -> None:
    inner = etree.XMLSchema(file=str(realworld / SSDN))
    seen: list[etree._Element] = []

    def answer(request: etree._Element) -> etree._Element:
        seen.append(etree.fromstring(str(request.text)))
        return drawn("raw-xml", realworld, 1)

    schema = reply_schema(str(realworld / declared()["raw-xml"]["contract"]), Folder(realworld))
    async with serving(schema, answer) as server:
        source = SoapSource(declaration("raw-xml", realworld), address=server.url, secrets=secret)
        await source.ask(Enquiry(Identifier("ssin", SSIN), source.attributes, {"caseId": "a<b>&\"'"}))
        await source.close()
    assert not inner.validate(seen[0])  # what the service asked for wants is in no schema that is published
    assert str(inner.error_log).count("ERROR") == str(inner.error_log).count("}Ask'") == 1
    space = {"s": "http://www.ksz-bcss.fgov.be/XSD/SSDN/Service"}
    assert seen[0].findtext(".//s:Reference", None, space) == "a<b>&\"'"
    assert seen[0].findtext(".//s:UserID", None, space) == "85060200157"
    assert seen[0].xpath("string(//@INSS)") == SSIN
