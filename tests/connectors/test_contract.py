"""A contract is read inside its folder only, and the request is built from it once."""

import shutil
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from connectors import DeclarationInvalid, Enquiry, Identifier, SourceUnavailable, check_against_contract
from connectors.contract import read_contract
from connectors.soap import SoapSource
from tests.connectors.conftest import CONTRACTS, rest_declaration, soap_declaration

XSD = '<xsd:include schemaLocation="xsd/persons.xsd"/>'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the contracts, to be spoilt; a file outside it stands beside."""
    shutil.copytree(CONTRACTS, tmp_path / "inside")
    shutil.copy(CONTRACTS / "xsd" / "persons.xsd", tmp_path / "outside.xsd")
    return tmp_path / "inside"


def spoil(folder: Path, old: str, new: str, file: str = "persons.wsdl") -> None:
    text = (folder / file).read_text()
    assert old in text
    (folder / file).write_text(text.replace(old, new, 1))


def found(**changes: Any) -> dict[str, str]:
    return {
        ".".join(map(str, p.path)): p.message for p in check_against_contract(soap_declaration(**changes))
    }


def test_a_declaration_that_fits_its_contract_has_no_problem() -> None:
    assert found() == {}
    assert found(request={"Number": "{subject}", "Full": True, "Part": ["a", "{today}"]}) == {}


def test_an_element_that_the_contract_does_not_have_is_named_at_its_path() -> None:
    problems = found(request={"Nummer": "{subject}", "Reason": {"kode": "x"}, "Colour": "blue"})
    assert problems.keys() == {"request.Nummer", "request.Reason.kode", "request.Colour", "request"}
    assert problems["request"] == "the element `Number` is missing"
    assert "Number, On, Full, Reason, Part" in problems["request.Nummer"]


async def test_start_refuses_a_request_that_does_not_fit_the_contract() -> None:
    source = SoapSource(
        soap_declaration(request={"Number": "{subject}", "Reason": {"kode": "x"}}),
        address=None,
        secrets=str,
    )
    with pytest.raises(DeclarationInvalid) as caught:
        await source.start()
    assert [p.path for p in caught.value.problems] == [("request", "Reason", "kode")]


def test_a_required_element_that_is_missing_is_named() -> None:
    problems = found(request={"Part": ["{subject}"]})
    assert any("Number" in f"{path} {message}" for path, message in problems.items())


def test_elements_below_a_single_value_are_refused() -> None:
    assert "request.Number" in found(request={"Number": {"Deep": "{subject}"}})


def test_a_variable_where_the_contract_cannot_hold_one_is_named() -> None:
    assert "request.Full" in found(request={"Number": "{subject}", "Full": "{caseId}"})
    assert "request.On" in found(request={"Number": "{subject}", "On": "{now}"})


def test_an_unknown_operation_names_those_there_are() -> None:
    assert "GetPerson" in found(operation="GetPersons")["operation"]
    assert "operation" in found(port="Soap13")
    assert "operation" in found(service="Nobody")


def test_a_header_that_the_contract_does_not_have_is_named() -> None:
    assert found(header={"context": {"Client": "{client}"}}) == {}
    assert "header.kontext" in found(header={"kontext": {"Client": "{client}"}})
    assert "header.context" in found(port="Soap12", header={"context": {"Client": "{client}"}})


@pytest.mark.parametrize(
    "location",
    [
        "http://127.0.0.1:{port}/persons.xsd",
        "https://127.0.0.1:{port}/persons.xsd",
        "ftp://127.0.0.1/persons.xsd",
        "//127.0.0.1:{port}/persons.xsd",
        "file:///etc/passwd",
        "/etc/passwd",
        "../outside.xsd",
        "xsd/link.xsd",
        "xsd/absent.xsd",
    ],
)
@pytest.mark.parametrize("validate", [False, True])
def test_a_contract_imports_nothing_from_outside_its_folder(
    folder: Path, location: str, *, validate: bool
) -> None:
    (folder / "xsd" / "link.xsd").symlink_to(folder.parent / "outside.xsd")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.05)
        location = location.format(port=listener.getsockname()[1])
        spoil(folder, XSD, f'<xsd:include schemaLocation="{location}"/>')
        problems = found(folder=folder, validateReply=validate)
        assert problems.keys() == {"contract"}
        with pytest.raises(TimeoutError):
            listener.accept()


def test_an_import_by_its_address_in_the_wsdl_itself_is_refused(folder: Path) -> None:
    spoil(folder, "<types>", '<import namespace="urn:x" location="http://127.0.0.1:9/x.wsdl"/><types>')
    assert found(folder=folder).keys() == {"contract"}


@pytest.mark.parametrize("file", ["persons.wsdl", "xsd/persons.xsd"])
def test_a_contract_with_a_dtd_is_refused(folder: Path, file: str) -> None:
    root = "definitions" if file.endswith("wsdl") else "xsd:schema"
    spoil(folder, f"<{root}", f'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><{root}', file)
    assert found(folder=folder).keys() == {"contract"}


@pytest.mark.parametrize(
    "content", ["", "no XML", "<html/>", "<definitions xmlns='http://schemas.xmlsoap.org/wsdl/'/>"]
)
def test_what_is_no_contract_is_a_problem_not_a_crash(folder: Path, content: str) -> None:
    (folder / "persons.wsdl").write_text(content)
    assert found(folder=folder).keys() <= {"contract", "operation"}
    assert found(folder=folder)


def test_an_absent_contract_is_a_problem(folder: Path) -> None:
    assert found(contract="absent.wsdl").keys() == {"contract"}
    absent = rest_declaration(contract="absent.yaml")
    assert [p.path for p in check_against_contract(absent)] == [("contract",)]
    (problem,) = check_against_contract(rest_declaration(contract="persons.wsdl"))
    assert str(problem) == "contract: is no OpenAPI: it has no paths"


def test_the_binding_gives_the_headers_of_its_soap_version() -> None:
    eleven = read_contract(soap_declaration(port="Soap11"))
    assert eleven.headers["SOAPAction"] == '"urn:test:persons#GetPerson"'
    assert eleven.headers["Content-Type"].startswith("text/xml")
    twelve = read_contract(soap_declaration(port="Soap12"))
    assert "application/soap+xml" in twelve.headers["Content-Type"]
    assert 'action="urn:test:persons#GetPerson"' in twelve.headers["Content-Type"]
    assert b"http://www.w3.org/2003/05/soap-envelope" in twelve.template.literals[0]
    assert eleven.answer == twelve.answer == "{urn:test:persons}GetPersonResponse"


def test_each_call_gets_a_message_id_of_its_own() -> None:
    contract = read_contract(soap_declaration(service="AddressedService"), "http://127.0.0.1:7/there")
    sent = contract.template.fill({"subject": "1", "uuid": "first"}, lambda value: value.encode())
    root = etree.fromstring(sent)
    space = "{http://www.w3.org/2005/08/addressing}"
    assert root.findtext(f".//{space}MessageID") == "urn:uuid:first"
    assert root.findtext(f".//{space}To") == "http://127.0.0.1:7/there"


def test_neither_zeep_nor_a_network_library_is_loaded_by_the_rooms_door() -> None:
    loaded = "import sys, connectors; print([m for m in ('zeep', 'aiohttp', 'requests') if m in sys.modules])"
    found = subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


async def test_a_contract_that_cannot_be_used_is_not_read_again_at_every_call(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    source = SoapSource(soap_declaration(operation="Nothing"), address=None, secrets=str)
    built = 0
    build = source._build

    def counting() -> None:
        nonlocal built
        built += 1
        build()

    monkeypatch.setattr(source, "_build", counting)
    for _ in range(5):
        with pytest.raises(SourceUnavailable):
            await source.ask(Enquiry(Identifier("ssin", "85060200123"), source.attributes))
    assert built == 1
    await source.close()
