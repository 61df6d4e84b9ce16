"""Contracts made of a few schemas, and what is read of them."""

from pathlib import Path

from connectors.onboarding import Contract, Node, Operation, inspect_contract

XSD = 'xmlns="http://www.w3.org/2001/XMLSchema" xmlns:t="urn:t" targetNamespace="urn:t"'


def wsdl(*schemas: str, request: str = "t:Ask", reply: str = "t:Ask", part: str = "element") -> str:
    """A contract with one operation."""
    whole = "".join(f'<schema {XSD} elementFormDefault="qualified">{schema}</schema>' for schema in schemas)
    return f"""<w:definitions xmlns:w="http://schemas.xmlsoap.org/wsdl/" xmlns:s="http://schemas.xmlsoap.org/wsdl/soap/"
      xmlns:t="urn:t" xmlns:x="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:t" name="T">
      <w:types>{whole}</w:types>
      <w:message name="In"><w:part name="p" {part}="{request}"/></w:message>
      <w:message name="Out"><w:part name="p" {part}="{reply}"/></w:message>
      <w:portType name="P"><w:operation name="Ask"><w:documentation>Asks <b>a lot</b></w:documentation>
        <w:input message="t:In"/><w:output message="t:Out"/><w:fault name="f" message="t:Out"/></w:operation></w:portType>
      <w:binding name="B" type="t:P"><s:binding style="document" transport="http://schemas.xmlsoap.org/soap/http"/>
        <w:operation name="Ask"><s:operation soapAction="urn:ask"/><w:input><s:body use="literal"/></w:input>
        <w:output><s:body use="literal"/></w:output></w:operation></w:binding>
      <w:service name="S"><w:port name="One" binding="t:B"><s:address location="http://127.0.0.1:9/"/></w:port></w:service>
    </w:definitions>"""


def read(folder: Path, text: str) -> Contract:
    (folder / "t.wsdl").write_text(text)
    return inspect_contract(folder / "t.wsdl", folder=folder)


def tree(folder: Path, *schemas: str) -> Node:
    """The tree of the element `Ask`."""
    (operation,) = read(folder, wsdl(*schemas)).operations
    assert operation.request is not None
    return operation.request


def content(folder: Path, inner: str, *others: str) -> tuple[Node, ...]:
    """The children of an element with that content."""
    return tree(
        folder, f'<element name="Ask"><complexType>{inner}</complexType></element>{"".join(others)}'
    ).children


def only(folder: Path, text: str) -> Operation:
    """The one operation of a contract."""
    (found,) = read(folder, text).operations
    return found
