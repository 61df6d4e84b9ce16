"""Whatever stands in a declaration's request, it is either refused by name or sent as valid XML: nothing crashes, nothing is lost."""

import os
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from connectors import DeclarationInvalid, read_declaration
from connectors.contract import read_contract
from connectors.template import as_xml
from tests.connectors.conftest import CONTRACTS, SOAP

EXAMPLES = 2_000 if os.environ.get("ONLYONCE_SOAK") else 150
O = "{urn:test:shapes:other}"  # noqa: E741 - as its prefix is
KEYS = [
    "Number", "Name", "Born", "Place", "Nil", "Party", "NaturalParty", "LegalParty", "Red", "Blue", "Left", "Right", "Second", "A",
    "B", "Common", "Note", "Id", f"{O}Id", "@Id", "Empty", "Any", "Mixed", "Bold", "Form", "lang", "_value_1", "xml", "xsi:type",
    "xsi:nil", "@x", "{urn:x}y", f"{O}Extra", "Word", "", "@", "{", "a b", "@{", "{}",
]  # fmt: skip
TEXTS = st.sampled_from(
    [
        "",
        "x",
        "{subject}",
        "{today}",
        "{given}",
        "Natural",
        "xs:string",
        "<a/>",
        "<a>{subject}</a>",
        "<{subject}/>",
        "{{",
        "\x00",
    ]
)
LEAVES = TEXTS | st.none() | st.booleans() | st.integers() | st.floats() | st.dates() | st.text(max_size=5)
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4),
    max_leaves=12,
)
REQUESTS = st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=6).map(
    lambda found: {"Number": "{subject}"} | found
)


def a_declaration(request: dict[str, Any], header: dict[str, Any]) -> dict[str, Any]:
    return SOAP | {
        "contract": "shapes.wsdl",
        "operation": "Ask",
        "request": request,
        "header": header,
        "parameters": {"given": None},
    }


@pytest.mark.soak
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(REQUESTS, st.dictionaries(st.sampled_from(["xml", "x", "_value_1"]), VALUES, max_size=2))
def test_any_request_is_refused_by_name_or_sent_whole(
    request: dict[str, Any], header: dict[str, Any]
) -> None:
    try:
        template = read_contract(
            read_declaration("any", a_declaration(request, header), folder=CONTRACTS)
        ).template
    except DeclarationInvalid as error:
        for problem in error.problems:
            assert problem.message
            assert len(problem.message) < 600
            assert "hole" not in problem.message
        return
    evil = '"/><evil a="&<'
    sent = etree.fromstring(template.fill(dict.fromkeys(template.variables, evil), as_xml))
    assert not sent.findall(".//evil")
    assert sum(text.count(evil) for text in texts(sent)) == len(template.variables)


def texts(root: etree._Element) -> list[str]:
    return [
        str(t)
        for node in root.iter(etree.Element)
        for t in (node.text, node.tail, *node.attrib.values())
        if t
    ]
