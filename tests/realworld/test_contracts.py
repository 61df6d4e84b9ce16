"""Contracts that other people wrote: read inside their folder, with their schemas."""

from pathlib import Path
from typing import Any

import pytest

from connectors import Enquiry, Identifier, Reading, SourceError, check_against_contract, read_declaration
from connectors.contract import read_contract
from tests.connectors.test_request_roundtrip import same_again
from tests.realworld.conftest import Make, without_echo
from tests.realworld.test_magda import numbers

KSZ = "ksz/be/fgov/kszbcss/intf"
OPERATIONS = {
    f"{KSZ}/HandiService/HandiV2.wsdl": "consultFilesByDate, consultFilesByPeriod, consultPayments",
    f"{KSZ}/JobSeeker/JobSeekerV1.wsdl": "consultContactAndInscription",
    "ksz/KSZBCSSWebService.wsdl": "SendXML",
}


def a_declaration(contract: str, operation: str, request: dict[str, Any]) -> dict[str, Any]:
    return {
        "protocol": "soap",
        "contract": contract,
        "operation": operation,
        "subject": ["enterpriseNumber"],
        "request": request,
        "reply": {"answer": "*"},
        "attributes": {"a": {"path": "b"}},
        "validateReply": True,
    }


def test_vies_is_declared_without_its_documents_being_fetched(realworld: Path) -> None:
    mapping = a_declaration(
        "contracts/vies-checkVatService.wsdl", "checkVat", {"countryCode": "BE", "vatNumber": "{subject}"}
    )
    contract = read_contract(read_declaration("vies", mapping, folder=realworld))
    sent = contract.template.fill({"subject": "0202239951"}, lambda value: value.encode())
    assert b"<ns0:countryCode>BE</ns0:countryCode><ns0:vatNumber>0202239951</ns0:vatNumber>" in sent
    assert contract.schema is not None
    assert contract.answer == "{urn:ec.europa.eu:taxud:vies:services:checkVat:types}checkVatResponse"


@pytest.mark.parametrize("contract", OPERATIONS)
def test_the_crossroads_banks_contracts_are_read_with_all_that_they_import(
    realworld: Path, contract: str
) -> None:
    mapping = a_declaration(contract, "none", {"x": "{subject}"})
    (problem,) = check_against_contract(read_declaration("ksz", mapping, folder=realworld))
    assert problem.path == ("operation",)
    assert problem.message.endswith(f"it has: {OPERATIONS[contract]}")


@pytest.mark.parametrize(
    ("source_id", "valid"),
    [("magda-person", 198), ("magda-tax", 26), ("magda-social-status", 30), ("magda-enterprise", 30)],
)
async def test_every_recorded_answer_with_data_is_valid_by_its_schema(
    source: Make, realworld: Path, source_id: str, valid: int
) -> None:
    strict = await source(source_id, validateReply=True, **without_echo(source_id))
    lenient = await source(source_id, **without_echo(source_id))
    (scheme,) = strict.schemes
    found = 0
    for number in numbers(realworld, source_id):
        enquiry = Enquiry(Identifier(scheme, number), strict.attributes)
        try:
            reading = await strict.ask(enquiry)
        except SourceError:
            continue
        found += 1
        assert reading.values == (await lenient.ask(enquiry)).values
        assert isinstance(reading, Reading)
    assert found == valid


@pytest.mark.parametrize(
    ("contract", "operation"),
    [
        ("magda/GeefPersoon.wsdl", "GeefPersoon"),
        ("magda/GeefOnderneming.wsdl", "GeefOnderneming"),
        ("magda/GeefAanslagbiljetPersonenbelasting.wsdl", "GeefAanslagbiljetPersonenbelasting"),
        ("magda/GeefSociaalStatuut.wsdl", "GeefSociaalStatuut"),
        ("contracts/vies-checkVatService.wsdl", "checkVat"),
        ("contracts/vies-checkVatService.wsdl", "checkVatApprox"),
        *((contract, name) for contract, names in OPERATIONS.items() for name in names.split(", ")),
    ],
)
def test_any_request_that_these_contracts_admit_can_be_declared(
    realworld: Path, contract: str, operation: str
) -> None:
    for seed in range(8):
        same_again(realworld / contract, realworld, operation, None, seed)
