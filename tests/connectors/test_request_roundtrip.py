"""Whatever a contract lets a request be can be declared, and is then sent: requests are drawn from the contracts' schemas."""

import os
from pathlib import Path

import pytest
from lxml import etree

from connectors.envelope import build_envelope
from connectors.folder import Folder
from connectors.reply_schema import reply_schema, wrappers
from connectors.request_check import check_request
from connectors.request_rule import SoapRequest
from tests.connectors.conftest import CONTRACTS
from tests.support.answers import Answers
from tests.support.declaring import declared, leaves

ROUNDS = 400 if os.environ.get("ONLYONCE_SOAK") else 25


def same_again(contract: Path, folder: Path, operation: str, port: str | None, seed: int) -> None:
    """Draw a request, declare it, build it: the same texts stand at the same paths, and it is valid."""
    drawing = Answers(contract, folder, operation, seed=seed, port=port)
    bound, drawn = drawing.bound, drawing.request()[0]
    inside = drawn[0] if bound.wrapper is not None or len(bound.request) == 1 else drawn
    mapping = declared(inside)
    is_text = len(bound.request) == 1 and drawing.models.kind(drawing.part(bound.request[0])).text
    body = mapping if isinstance(mapping, dict) else {"_value_1": mapping} if is_text else {}
    request = SoapRequest(operation, None, port, body, {})
    problems, built = build_envelope(drawing.models, bound, request, "http://127.0.0.1:9/")
    assert not problems, (problems[:3], etree.tostring(drawn)[:500])
    assert leaves(built.envelope[-1][0]) == leaves(drawn[0])
    schema = reply_schema(str(contract), Folder(folder), wrappers(bound))
    found = list(check_request(built, schema, frozenset(), {}))
    assert not found, (found[:3], etree.tostring(built.envelope)[:800])


@pytest.mark.soak
@pytest.mark.parametrize(
    ("contract", "operation", "port"),
    [
        ("persons.wsdl", "GetPerson", "Soap11"),
        ("kinds.wsdl", "Send", None),
        ("shapes.wsdl", "Ask", None),
        ("forms.wsdl", "rpc", "Eleven"),
        ("forms.wsdl", "bare", "Twelve"),
        ("forms.wsdl", "parts", "Twelve"),
    ],
)
def test_any_request_that_a_contract_admits_can_be_declared(
    contract: str, operation: str, port: str | None
) -> None:
    for seed in range(ROUNDS):
        same_again(CONTRACTS / contract, CONTRACTS, operation, port, seed)
