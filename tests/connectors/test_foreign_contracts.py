"""Contracts as makers of other tools write them are read, and what libxml2 would not take keeps nobody from calling."""

import shutil
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from connectors import check_against_contract
from connectors.contract import read_contract
from connectors.onboarding import inspect_contract
from connectors.template import as_xml
from tests.connectors.conftest import CONTRACTS, NUMBER, Make, Peer, about, envelope, http, soap_declaration

A, B, W = "{urn:test:foreign:a?x=1&y=2}", "{urn:test:foreign:b}", "{urn:test:foreign:w}"
FOREIGN: dict[str, Any] = {
    "contract": "foreign.wsdl",
    "operation": "Ask",
    "address": "http://127.0.0.1:9/ask",
    "request": {
        "who": {"number": "{subject}", "mark": "m"},
        "since": "{today}",
        "again": {"again": {"again": {}}},
        "@lang": "fr",
    },
    "header": {"Ticket": "{uuid}"},
    "reply": {"answer": ".", "subject": "number"},
    "attributes": {"person.name": {"path": "name"}},
    "validateReply": True,
}


def found(folder: Path = CONTRACTS, **changes: Any) -> dict[str, str]:
    problems = check_against_contract(soap_declaration(folder=folder, **FOREIGN | changes))
    return {".".join(map(str, p.path)): p.message for p in problems}


async def test_a_contract_with_the_habits_of_other_makers_is_used(soap: Make, peer: Peer) -> None:
    assert found() == {}
    source = await soap(**FOREIGN)
    told = f'<a:Told xmlns:a="{A[1:-1].replace("&", "&amp;")}" mark="x"><number>{NUMBER}</number><name>Ada</name></a:Told>'
    peer.answer = http(
        envelope(told, space="http://www.w3.org/2003/05/soap-envelope"), kind="application/soap+xml"
    )
    assert (await source.ask(about(source))).values == {"person.name": "Ada"}
    head, body = etree.fromstring(peer.body.encode())
    assert [one.tag for one in head] == [f"{W}Ticket"]
    assert [one.tag for one in body[0].iter()] == [
        f"{A}Ask",
        f"{A}who",
        "number",
        f"{B}since",
        f"{A}again",
        f"{A}again",
        f"{A}again",
    ]
    assert body[0].get("{http://www.w3.org/XML/1998/namespace}lang") == "fr"


def test_its_faults_are_found_all_the_same() -> None:
    assert found(request={**FOREIGN["request"], "@lang": "not a language!"}).keys() == {"request"}
    assert found(request={"who": {"number": "{subject}"}})["request.who"] == "the attribute `mark` is missing"
    assert found(address=None) == {"address": "the contract names no address: it must be declared"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(CONTRACTS, tmp_path / "inside")
    return tmp_path / "inside"


def change(folder: Path, file: str, old: str, new: str) -> None:
    text = (folder / file).read_text("utf8")
    assert old in text
    (folder / file).write_text(text.replace(old, new), "utf8")


def test_a_schema_that_libxml2_refuses_keeps_nobody_from_calling(folder: Path) -> None:
    again = '<element name="again" type="a:Again" minOccurs="0"/>'
    change(folder, "xsd/foreign-loop.xsd", again, again * 2)  # which of the two is meant, cannot be told
    assert found(folder, validateReply=False) == {}
    assert found(folder).keys() == {"contract"}


def test_what_the_contract_does_not_define_is_named_where_it_is_needed(folder: Path) -> None:
    change(folder, "foreign.wsdl", 'type="b:Who"', 'type="b:Nobody"')
    assert found(folder) == {
        "request.who": "the contract does not define the type {urn:test:foreign:b}Nobody"
    }
    change(folder, "foreign.wsdl", 'element="a:Ask"', 'element="a:Nothing"')
    (said,) = found(folder).values()
    assert said.startswith("the contract does not define the element")


@pytest.mark.parametrize("encoding", ["utf-16", "iso-8859-1", "utf-8-sig"])
def test_a_contract_may_be_in_another_encoding(folder: Path, encoding: str) -> None:
    text = (folder / "foreign.wsdl").read_text("utf8").replace("A contract.", "Ein Vertrag für Behörden.")
    named = encoding.removesuffix("-sig")
    (folder / "foreign.wsdl").write_bytes(text.replace('"utf-8"', f'"{named}"', 1).encode(encoding))
    assert found(folder) == {}


def test_mtom_by_policy_is_refused(folder: Path) -> None:
    policy = (
        '<p:Policy xmlns:p="http://www.w3.org/ns/ws-policy" xmlns:u="http://docs.oasis-open.org/wss/2004/01/'
        'oasis-200401-wss-wssecurity-utility-1.0.xsd" u:Id="Big"><o:OptimizedMimeSerialization {} xmlns:o="http://'
        'schemas.xmlsoap.org/ws/2004/09/policy/optimizedmimeserialization"/></p:Policy><wsdl:documentation>'
    )
    refer = "<soap12:binding transport"
    asked = f'<p:PolicyReference xmlns:p="http://www.w3.org/ns/ws-policy" URI="#Big"/>{refer}'
    change(folder, "foreign.wsdl", refer, asked)
    change(folder, "foreign.wsdl", "<wsdl:documentation>A", policy.format("") + "A")
    assert "MTOM" in found(folder)["operation"]
    change(
        folder,
        "foreign.wsdl",
        "<o:OptimizedMimeSerialization",
        '<o:OptimizedMimeSerialization p:Optional="true"',
    )
    assert found(folder) == {}


def test_addressing_is_added_where_it_is_required_unless_it_is_declared(folder: Path) -> None:
    refer = "<soap12:binding transport"
    using = '<x:UsingAddressing xmlns:x="http://www.w3.org/2006/05/addressing/wsdl" wsdl:required="true"/>'
    change(folder, "foreign.wsdl", refer, using + refer)

    def actions(**changes: Any) -> list[str | None]:
        template = read_contract(soap_declaration(folder=folder, **FOREIGN | changes)).template
        sent = etree.fromstring(template.fill(dict.fromkeys(template.variables, "1"), as_xml))
        return [one.text for one in sent.iter("{http://www.w3.org/2005/08/addressing}Action")]

    assert actions() == ["urn:test:foreign/Ask"]
    own = '<w:Action xmlns:w="http://www.w3.org/2005/08/addressing">urn:mine</w:Action>'
    assert actions(header={"xml": own}) == ["urn:mine"]


def test_a_type_may_be_redefined_from_itself(folder: Path) -> None:
    redefined = (
        '<redefine schemaLocation="foreign-loop.xsd"><complexType name="Again"><complexContent><extension base="a:Again"><sequence>'
        '<element name="more" type="string"/></sequence></extension></complexContent></complexType></redefine>'
    )
    head = f'<schema xmlns="http://www.w3.org/2001/XMLSchema" xmlns:a="{A[1:-1].replace("&", "&amp;")}" targetNamespace='
    whole = f'{head}"{A[1:-1].replace("&", "&amp;")}" elementFormDefault="qualified">{redefined}</schema>'
    (folder / "xsd" / "foreign-redefined.xsd").write_text(whole)
    (folder / "xsd" / "foreign-back.xsd").write_text(head + f'"{A[1:-1].replace("&", "&amp;")}"/>')
    change(folder, "foreign.wsdl", "xsd/foreign-loop.xsd", "xsd/foreign-redefined.xsd")
    request = FOREIGN["request"] | {"again": {"again": {"more": "x"}, "more": "{uuid}"}}
    assert found(folder, request=request) == {}
    assert found(folder, request=FOREIGN["request"])["request.again"] == "the element `more` is missing"
    reading = inspect_contract(folder / "foreign.wsdl", folder=folder).operations[0].request
    assert reading is not None
    (again,) = [one for one in reading.children if one.name == "again"]
    assert [one.name for one in again.children] == ["again", "more"]


def test_a_reference_to_an_attachment_is_refused(folder: Path) -> None:
    space = "http://ws-i.org/profiles/basic/1.1/xsd"
    change(
        folder,
        "foreign.wsdl",
        'type="b:Who"/><element ref',
        f'type="i:swaRef" xmlns:i="{space}"/><element ref',
    )
    swa = f'<schema xmlns="http://www.w3.org/2001/XMLSchema" targetNamespace="{space}"><simpleType name="swaRef"><restriction base="anyURI"/></simpleType></schema>'
    change(folder, "foreign.wsdl", "</wsdl:types>", f"{swa}</wsdl:types>")
    assert found(folder, request={"who": "{subject}"}) == {
        "request.who": "the contract wants an attachment here (swaRef), which is not supported"
    }
