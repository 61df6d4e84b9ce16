"""A WSDL is read as operations and trees."""

from pathlib import Path

import pytest

from connectors.onboarding import ContractUnreadable, as_json, inspect_contract, render
from tests.connectors.conftest import CONTRACTS
from tests.connectors.make_wsdl import only, read, tree, wsdl


def test_each_port_of_a_wsdl_has_its_operations() -> None:
    contract = inspect_contract(CONTRACTS / "persons.wsdl", folder=CONTRACTS)
    found = [(o.service, o.port, o.version, o.style, o.action) for o in contract.operations]
    action = "urn:test:persons#GetPerson"
    assert found == [
        ("PersonsService", "Soap11", "1.1", "document", action),
        ("PersonsService", "Soap12", "1.2", "document", action),
        ("AddressedService", "Addressed", "1.1", "document", action),
    ]
    assert [[h.name for h in o.headers] for o in contract.operations] == [["Context"], [], []]
    assert contract.operations[0].address == "http://127.0.0.1:9/persons"


def test_an_operation_has_its_documentation_and_faults(tmp_path: Path) -> None:
    (found,) = read(
        tmp_path,
        wsdl(
            '<element name="Ask" type="t:T"/><simpleType name="T"><restriction base="string"/></simpleType>'
        ),
    ).operations
    assert found.documentation == "Asks a lot"
    assert [f.name for f in found.faults] == ["Ask"]
    assert found.unsupported is None


def test_a_wsdl_that_imports_another_is_read_with_it(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "t.wsdl").write_text(wsdl('<element name="Ask" type="int"/>'))
    (tmp_path / "sub" / "loop.wsdl").write_text(
        '<definitions xmlns="http://schemas.xmlsoap.org/wsdl/"><import location="../main.wsdl"/><import location="t.wsdl"/></definitions>'
    )
    (tmp_path / "main.wsdl").write_text(
        '<definitions xmlns="http://schemas.xmlsoap.org/wsdl/"><import namespace="urn:t" location="sub/loop.wsdl"/></definitions>'
    )
    (found,) = inspect_contract(tmp_path / "main.wsdl", folder=tmp_path).operations
    assert found.request is not None
    assert found.request.type == "xs:int"


def test_rpc_is_a_tree_of_its_parts(tmp_path: Path) -> None:
    text = wsdl(
        '<complexType name="T"><sequence><element name="x"/></sequence></complexType>',
        request="t:T",
        reply="x:date",
        part="type",
    )
    text = text.replace('style="document"', 'style="rpc"').replace(
        '<s:body use="literal"/>', '<s:body use="literal" namespace="urn:r"/>'
    )
    (found,) = read(tmp_path, text).operations
    assert found.style == "rpc"
    assert found.request is not None
    assert (found.request.name, found.request.namespace) == ("Ask", "urn:r")
    (part,) = found.request.children
    assert (part.name, part.namespace, part.type, [n.name for n in part.children]) == ("p", None, "T", ["x"])
    assert found.reply is not None
    assert (found.reply.name, [n.type for n in found.reply.children]) == ("AskResponse", ["xs:date"])


def test_a_contract_may_leave_open_where_it_is_served(tmp_path: Path) -> None:
    found = only(tmp_path, wsdl('<element name="Ask" type="int"/>').replace("w:service", "w:other"))
    assert (found.unsupported, found.service, found.port, found.address) == (None, None, None, None)


def test_what_cannot_be_called_says_why(tmp_path: Path) -> None:
    plain = wsdl('<element name="Ask" type="int"/>')
    assert "encoded" in str(only(tmp_path, plain.replace('use="literal"', 'use="encoded"')).unsupported)
    mime = '<m:multipartRelated xmlns:m="http://schemas.xmlsoap.org/wsdl/mime/"><m:part><s:body use="literal"/></m:part><m:part><m:content type="a/b"/></m:part></m:multipartRelated>'
    assert "MIME" in str(only(tmp_path, plain.replace('<s:body use="literal"/>', mime)).unsupported)
    assert "no answer" in str(only(tmp_path, plain.replace('<w:output message="t:Out"/>', "")).unsupported)
    assert "port type" in str(only(tmp_path, plain.replace('type="t:P"', 'type="t:Q"')).unsupported)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("<html/>", "is no WSDL 1.1"),
        ('<description xmlns="http://www.w3.org/ns/wsdl"/>', "WSDL 2.0"),
        ("<a", "not well-formed"),
        ("\r\n<!DOCTYPE html><HTML><br>", "is a page for a browser"),
        ("", "is no OpenAPI"),
        ("just words", "is no OpenAPI"),
    ],
)  # fmt: skip
def test_what_is_no_contract_says_so(tmp_path: Path, content: str, says: str) -> None:
    with pytest.raises(ContractUnreadable, match=says):
        read(tmp_path, content)


def test_all_files_that_are_missing_are_named_at_once(tmp_path: Path) -> None:
    with pytest.raises(ContractUnreadable) as caught:
        tree(tmp_path, '<include schemaLocation="a.xsd"/><import namespace="u" schemaLocation="b.xsd"/>')
    assert [p.message for p in caught.value.problems] == ["a.xsd cannot be read", "b.xsd cannot be read"]


def test_one_operation_can_be_read_alone(tmp_path: Path) -> None:
    (tmp_path / "t.wsdl").write_text(wsdl())
    assert inspect_contract(tmp_path / "t.wsdl", folder=tmp_path, operation="Other").operations == ()


def test_a_contract_is_shown_as_text() -> None:
    text = render(inspect_contract(CONTRACTS / "persons.wsdl", folder=CONTRACTS))
    for part in (
        "GetPerson  SOAP 1.1 document  PersonsService / Soap11",
        "SOAPAction: urn:test:persons#GetPerson",
        "n1 = urn:test:persons",
        "n1:Part                                    xs:string  [0..*]",
        "request and reply: as at the port Soap12",
        "@code",
    ):
        assert part in text
    with pytest.raises(LookupError, match="it has: GetPerson"):
        render(inspect_contract(CONTRACTS / "persons.wsdl", folder=CONTRACTS), "GetPersons")


def test_what_a_contract_says_cannot_drive_a_terminal(tmp_path: Path) -> None:
    text = wsdl(
        '<element name="Ask" type="int"><annotation><documentation>\x9b31m red\u202e</documentation></annotation></element>'
    )
    shown = render(read(tmp_path, text))
    assert "31m red" in shown
    assert not {c for c in shown if not c.isprintable()} - {"\n"}


def test_a_contract_is_plain_data_of_a_stable_shape() -> None:
    found = as_json(inspect_contract(CONTRACTS / "persons.wsdl", folder=CONTRACTS))
    operation = found["operations"][0]
    assert operation.keys() == {
        "name", "protocol", "service", "port", "version", "style", "address", "action", "headers", "request", "reply",
    }  # fmt: skip
    assert operation["request"]["children"][1] == {
        "name": "On", "namespace": "urn:test:persons", "type": "xs:date", "least": 0, "most": 1,
    }  # fmt: skip
    assert operation["request"]["children"][4]["most"] is None
