"""Contracts that other people wrote, read as trees: as zeep has them, and with what zeep does not keep."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import zeep

from connectors.folder import Folder
from connectors.onboarding import Contract, Node, as_json, inspect_contract, render

KSZ = "ksz/be/fgov/kszbcss/intf"
WSDLS = {
    "magda/GeefPersoon.wsdl": 1,
    "magda/GeefOnderneming.wsdl": 1,
    "magda/GeefAanslagbiljetPersonenbelasting.wsdl": 1,
    "magda/GeefSociaalStatuut.wsdl": 1,
    f"{KSZ}/HandiService/HandiV2.wsdl": 3,
    f"{KSZ}/JobSeeker/JobSeekerV1.wsdl": 1,
    "ksz/KSZBCSSWebService.wsdl": 1,
    "contracts/vies-checkVatService.wsdl": 2,
}
OPENAPIS = {
    "contracts/haal-centraal-brp-openapi.json": 1,
    "contracts/andmejalgija-dumonitor-openapi.yaml": 3,
    "contracts/govstack-consent-openapi.yaml": 42,
}


class Transport:
    """What zeep loads documents by."""

    def __init__(self, root: Path) -> None:
        self._folder = Folder(root)

    def load(self, url: object) -> bytes:
        return self._folder.read(str(url))[1]


def read(realworld: Path, name: str) -> Contract:
    return inspect_contract(realworld / name, folder=realworld)


def members(kind: Any) -> Mapping[str, Any]:
    """The elements and attributes that zeep knows of a type, its name for a text aside."""
    named = [*getattr(kind, "elements", ()), *getattr(kind, "attributes", ())]
    return {member.name: member for name, member in named if not name.startswith("_value")}


def compare(node: Node, kind: Any, depth: int = 40) -> int:
    """Compare a tree with zeep's type, to a depth; give the number of nodes compared."""
    if depth == 0 or node.recursive:
        return 0
    ours = {child.name: child for child in node.children if child.name != "*"}
    theirs = members(kind)
    assert ours.keys() == theirs.keys(), node.name
    count = len(ours)
    for name, child in ours.items():
        found = theirs[name]
        if not child.attribute:
            assert child.nillable == found.nillable
            most = None if found.max_occurs == "unbounded" else found.max_occurs
            assert child.most == most
            assert child.least == found.min_occurs or child.choice is not None
        count += compare(child, found.type, depth - 1)
    return count


@pytest.mark.parametrize("name", WSDLS)
def test_the_trees_of_a_wsdl_have_what_zeep_has(realworld: Path, name: str) -> None:
    contract = read(realworld, name)
    assert len(contract.operations) == WSDLS[name]
    client: Any = zeep.Client(str(realworld / name), transport=Transport(realworld))  # type: ignore[no-untyped-call]
    for operation in contract.operations:
        bound = client.wsdl.services[operation.service].ports[operation.port].binding.get(operation.name)
        assert operation.request is not None
        assert operation.reply is not None
        assert operation.unsupported is None
        assert (
            compare(operation.request, bound.input.body.type) == sum(1 for _ in operation.request.walk()) - 1
        )
        assert compare(operation.reply, bound.output.body.type) > 0 or not operation.reply.children
        assert not any(node.cut for _, node in operation.reply.walk())


@pytest.mark.parametrize("name", OPENAPIS)
def test_an_openapi_is_read_whole(realworld: Path, name: str) -> None:
    contract = read(realworld, name)
    assert len(contract.operations) == OPENAPIS[name]
    replies = [o.reply for o in contract.operations if o.reply is not None]
    assert replies
    assert not any(node.cut for reply in replies for _, node in reply.walk())


@pytest.mark.parametrize("name", [*WSDLS, *OPENAPIS])
def test_every_contract_can_be_shown(realworld: Path, name: str) -> None:
    contract = read(realworld, name)
    assert len(as_json(contract)["operations"]) == len(contract.operations)
    for operation in contract.operations:
        assert operation.name in render(contract, operation.name)


def test_documentation_and_enumerations_are_told(realworld: Path) -> None:
    contract = read(realworld, f"{KSZ}/HandiService/HandiV2.wsdl")
    reply = next(o.reply for o in contract.operations if o.name == "consultPayments")
    assert reply is not None
    found = {"/".join(path): node for path, node in reply.walk()}
    status = found["consultPaymentsResponse/status/value"]
    assert status.values == ("DATA_FOUND", "NO_DATA_FOUND", "NO_RESULT", "INCOMPLETE_DATA")
    assert status.documentation == "global status of the result"
    payment = found["consultPaymentsResponse/results/dgphResult/payments/payment"]
    assert (payment.least, payment.most) == (1, 24)
    cbe = found["consultPaymentsResponse/informationCustomer/customerIdentification/cbeNumber"]
    sector = found["consultPaymentsResponse/informationCustomer/customerIdentification/sector"]
    assert (cbe.choice, cbe.branch != sector.branch) == (sector.choice, True)
