"""Whatever answer a contract admits is read as it was sent: answers are drawn from the schemas and sent over a socket."""

import os
from typing import Any

import pytest
from lxml import etree

from connectors import Enquiry, Identifier
from connectors.soap import SoapSource
from tests.connectors.conftest import CONTRACTS, SECRETS, Peer, http, soap_declaration
from tests.connectors.test_foreign_contracts import FOREIGN
from tests.connectors.test_soap_forms import forms
from tests.support.answers import Answers
from tests.support.leaves import everything, expected_of, leaves

ROUNDS = 300 if os.environ.get("ONLYONCE_SOAK") else 15
RPC = {"lang": "fr", "question": {"number": "{subject}"}}
PARTS = {"number": "{subject}", "options": {"full": True}}
DECLARED: dict[str, dict[str, Any]] = {
    "persons": {},
    "rpc 1.1": forms("rpc", port="Eleven", request=RPC),
    "rpc 1.2": forms("rpc", port="Twelve", request=RPC),
    "bare": forms("bare", port="Eleven"),
    "several parts": forms("parts", port="Twelve", request=PARTS),
    "foreign": FOREIGN,
}


@pytest.mark.soak
@pytest.mark.parametrize("name", DECLARED)
async def test_every_text_of_an_answer_is_read_as_it_was_sent(peer: Peer, name: str) -> None:
    changes = DECLARED[name]
    whole = soap_declaration(**changes)
    assert whole.contract is not None
    operation, port = changes.get("operation", "GetPerson"), changes.get("port")
    drawings = [
        Answers(whole.contract, CONTRACTS, operation, seed=seed, port=port).envelope()
        for seed in range(ROUNDS)
    ]
    starts = [one[0] if name == "several parts" else one[0][0] for one in drawings]
    expected = [leaves(etree.fromstring(etree.tostring(start))) for start in starts]
    attributes = everything(expected)
    assert len(attributes) >= 2
    reply = {"answer": "."}
    source = SoapSource(
        soap_declaration(**changes | {"attributes": attributes, "reply": reply, "validateReply": True}),
        address=peer.address,
        secrets=SECRETS.__getitem__,
    )
    for envelope, sent in zip(drawings, expected, strict=True):
        peer.answer = http(etree.tostring(envelope, encoding="UTF-8", xml_declaration=True))
        reading = await source.ask(Enquiry(Identifier("ssin", "85060200123"), source.attributes))
        assert not reading.broken
        assert {attributes[key]["path"]: value for key, value in reading.values.items()} == expected_of(
            sent, attributes
        )
    await source.close()
