"""The schema of a contract is whole, whoever else parses XML in the same process meanwhile."""

from typing import Any

import pytest
from lxml import etree

from connectors import DeclarationInvalid, reply_schema
from connectors.contract import read_contract
from tests.connectors.conftest import soap_declaration


def lose(monkeypatch: pytest.MonkeyPatch, times: int) -> list[str]:
    """Decline to give documents for some times, as if the end of another parse had taken libxml2's loader away."""
    asked: list[str] = []
    genuine = reply_schema._Documents.resolve

    def resolve(documents: Any, url: str | None, public: str | None, context: object) -> object:
        asked.append(str(url))
        return None if len(asked) <= times else genuine(documents, url, public, context)

    monkeypatch.setattr(reply_schema._Documents, "resolve", resolve)
    monkeypatch.setattr(reply_schema, "_PAUSE", 0.0)
    return asked


@pytest.mark.parametrize("times", [1, 2, 3])
def test_a_schema_whose_documents_got_lost_is_made_again(monkeypatch: pytest.MonkeyPatch, times: int) -> None:
    asked = lose(monkeypatch, times)
    schema = read_contract(soap_declaration(validateReply=True)).schema
    assert schema is not None
    schema.validate(etree.Element("{urn:test:persons}GetPersonResponse"))
    assert "No matching global declaration" not in str(schema.error_log)
    assert len(asked) > times


def test_a_schema_whose_documents_are_always_lost_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    lose(monkeypatch, 10**9)
    with pytest.raises(DeclarationInvalid, match="could not be read"):
        read_contract(soap_declaration(validateReply=True))
