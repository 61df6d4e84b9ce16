"""Whose envelope is sent: zeep's where it says the same as our writer, else ours."""

import pytest
from lxml import etree

from connectors import zeep_writer
from connectors.contract import read_contract
from connectors.template import as_xml
from tests.connectors.conftest import soap_declaration

ZEEPS, OURS = "<soap-env:Envelope", "<soap:Envelope"
"""How each writes the root of an envelope."""


def sent(**request: object) -> str:
    declaration = soap_declaration(
        contract="kinds.wsdl", operation="Send", request={"Number": "{subject}"} | request
    )
    template = read_contract(declaration).template
    return template.fill({name: f"[{name}]" for name in template.variables}, as_xml).decode()


def text(envelope: str, name: str) -> str | None:
    return etree.fromstring(envelope.encode()).findtext(f".//{{urn:test:kinds}}{name}")


@pytest.mark.parametrize(
    "request_",
    [{}, {"string": "a<b & {purpose}"}, {"date": "{today}", "purpose": "GRANT"}, {"decimal": "1.50"}],
)
def test_what_zeep_writes_as_we_do_is_sent_as_zeep_writes_it(request_: dict[str, object]) -> None:
    envelope = sent(**request_)
    assert ZEEPS in envelope
    assert text(envelope, "Number") == "[subject]"
    assert all(text(envelope, name) for name in request_)


@pytest.mark.parametrize(
    "request_",
    [{"gYear": "{thisYear}"}, {"gYearMonth": "2026-01"}, {"coded": {"_value_1": "x", "@list": "GRANT"}}],
)
def test_what_zeep_cannot_write_is_sent_as_we_write_it(request_: dict[str, object]) -> None:
    envelope = sent(**request_)
    assert OURS in envelope
    (name,) = request_
    assert text(envelope, name)


def test_what_zeep_writes_otherwise_is_sent_as_we_write_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def other(*given: object) -> etree._Element:
        envelope = genuine(*given)  # type: ignore[arg-type]
        for element in envelope.iter("{urn:test:kinds}string"):
            element.text = "another"
        return envelope

    genuine = zeep_writer._envelope
    monkeypatch.setattr(zeep_writer, "_envelope", other)
    envelope = sent(string="one")
    assert OURS in envelope
    assert text(envelope, "string") == "one"


def test_what_zeep_leaves_out_or_adds_is_not_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    genuine = zeep_writer._envelope
    for change in ("attribute", "element", "header"):

        def other(*given: object, change: str = change) -> etree._Element:
            envelope = genuine(*given)  # type: ignore[arg-type]
            body = envelope[-1]
            if change == "attribute":
                body[0].set("mode", "GRANT")
            elif change == "element":
                etree.SubElement(body[0], "{urn:test:kinds}token").text = "x"
            else:
                header = etree.Element(etree.QName(envelope.tag.partition("}")[0][1:], "Header"))
                etree.SubElement(header, "{urn:x}y")
                envelope.insert(0, header)
            return envelope

        monkeypatch.setattr(zeep_writer, "_envelope", other)
        assert OURS in sent(string="one")


def test_a_contract_that_zeep_cannot_read_is_used_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise RecursionError

    monkeypatch.setattr(zeep_writer, "_client", refuse)
    assert OURS in sent(string="one")
