"""A WSDL is read as operations and trees."""

from connectors.onboarding import inspect_contract
from tests.connectors.conftest import CONTRACTS


def test_each_port_of_a_wsdl_has_its_operations() -> None:
    contract = inspect_contract(CONTRACTS / "persons.wsdl", folder=CONTRACTS)
    found = {(o.service, o.port, o.version): o for o in contract.operations if o.name == "GetPerson"}
    assert {version for _, _, version in found} == {"1.1", "1.2"}
    (eleven, *_) = (o for o in found.values() if o.version == "1.1")
    assert eleven.action == "urn:test:persons#GetPerson"
    assert eleven.request is not None
    assert [n.name for n in eleven.request.children][:2] == ["Number", "On"]
