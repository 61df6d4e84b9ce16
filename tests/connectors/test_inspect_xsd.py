"""The schemas of a WSDL are read as trees."""

from pathlib import Path

import pytest

from connectors import check_against_contract
from connectors.onboarding import ContractUnreadable, Node
from tests.connectors.conftest import soap_declaration
from tests.connectors.make_wsdl import XSD, content, only, tree, wsdl


def test_cardinality_nillable_and_documentation_are_told(tmp_path: Path) -> None:
    inner = """<sequence>
      <element name="a" type="string"/><element name="b" type="date" minOccurs="0" maxOccurs="unbounded" nillable="true"/>
      <element name="c" type="t:C" minOccurs="2" maxOccurs="5"><annotation><documentation>Own  words</documentation></annotation></element>
      <element name="d" type="t:C"/><element name="gone" type="string" maxOccurs="0" minOccurs="0"/></sequence>"""
    other = '<simpleType name="C"><annotation><documentation>Its words</documentation></annotation><restriction base="t:D"/></simpleType>'
    deep = '<simpleType name="D"><restriction base="decimal"/></simpleType>'
    found = content(tmp_path, inner, other, deep)
    assert [(n.name, n.type, n.least, n.most, n.nillable, n.documentation, n.named) for n in found] == [
        ("a", "xs:string", 1, 1, False, "", ""),
        ("b", "xs:date", 0, None, True, "", ""),
        ("c", "xs:decimal", 2, 5, False, "Own words", "C"),
        ("d", "xs:decimal", 1, 1, False, "Its words", "C"),
    ]
    assert {n.namespace for n in found} == {"urn:t"}


def test_a_group_that_repeats_multiplies_what_is_in_it(tmp_path: Path) -> None:
    inner = '<sequence minOccurs="0" maxOccurs="3"><group ref="t:G"/><element name="x" maxOccurs="unbounded"/></sequence>'
    group = '<group name="G"><sequence><element name="g" type="int" maxOccurs="2"/></sequence></group>'
    found = content(tmp_path, inner, group)
    assert [(n.name, n.least, n.most, n.type) for n in found] == [
        ("g", 0, 6, "xs:int"),
        ("x", 0, None, "any"),
    ]


def test_members_of_a_choice_are_branches(tmp_path: Path) -> None:
    inner = """<sequence><element name="a"/><choice><element name="b"/><sequence><element name="c"/><element name="d"/></sequence>
      </choice><choice minOccurs="0"><element name="e"/><element name="f"/></choice></sequence>"""
    a, b, c, d, e, f = content(tmp_path, inner)
    assert a.choice is None
    assert b.choice == c.choice == d.choice != e.choice == f.choice
    assert b.branch != c.branch == d.branch
    assert e.branch != f.branch
    assert (b.least, e.least) == (1, 0)


def test_attributes_come_with_their_groups_and_are_inherited(tmp_path: Path) -> None:
    inner = """<complexContent><extension base="t:Base"><sequence><element name="own"/></sequence>
      <attribute name="a" type="date" use="required"/><attributeGroup ref="t:AG"/><attribute ref="t:global"/>
      <attribute ref="xml:lang"/><anyAttribute/></extension></complexContent>"""
    base = '<complexType name="Base"><sequence><element name="first"/></sequence><attribute name="b" type="int"/></complexType>'
    group = '<attributeGroup name="AG"><attribute name="g" type="t:E"/></attributeGroup><attribute name="global" type="int"/>'
    values = '<simpleType name="E"><restriction base="string"><enumeration value="x"/><enumeration value="y"/></restriction></simpleType>'
    found = content(tmp_path, inner, base, group, values)
    assert [(n.name, n.type, n.least, n.attribute, n.values) for n in found if n.attribute] == [
        ("b", "xs:int", 0, True, ()),
        ("a", "xs:date", 1, True, ()),
        ("g", "xs:string", 0, True, ("x", "y")),
        ("global", "xs:int", 0, True, ()),
        ("lang", "xs:string", 0, True, ()),
        ("*", "any", 0, True, ()),
    ]
    assert [n.name for n in found if not n.attribute] == ["first", "own"]


def test_a_fixed_value_is_the_only_one(tmp_path: Path) -> None:
    inner = """<sequence><element name="e" type="t:E" fixed="y"/></sequence>
      <attribute ref="t:global" fixed="z"/><attribute ref="t:other"/><attribute name="own" type="t:E"/>"""
    others = '<attribute name="global" type="string"/><attribute name="other" type="int" fixed="3"/>'
    values = '<simpleType name="E"><restriction base="string"><enumeration value="x"/><enumeration value="y"/></restriction></simpleType>'
    found = content(tmp_path, inner, others, values)
    assert {n.name: n.values for n in found} == {
        "global": ("z",), "other": ("3",), "own": ("x", "y"), "e": ("y",),
    }  # fmt: skip


def test_a_text_with_attributes_has_the_type_of_its_text(tmp_path: Path) -> None:
    inner = (
        '<simpleContent><extension base="t:Money"><attribute name="currency"/></extension></simpleContent>'
    )
    other = '<complexType name="Money"><simpleContent><extension base="decimal"><attribute name="scale"/></extension></simpleContent></complexType>'
    found = tree(tmp_path, f'<element name="Ask"><complexType>{inner}</complexType></element>{other}')
    assert found.type == "xs:decimal"
    assert [n.name for n in found.children] == ["scale", "currency"]


def test_lists_and_unions_are_named(tmp_path: Path) -> None:
    inner = """<sequence><element name="l"><simpleType><list itemType="int"/></simpleType></element>
      <element name="u"><simpleType><union memberTypes="date t:E"/></simpleType></element>
      <element name="v"><simpleType><union memberTypes="t:E"><simpleType><restriction base="string"><enumeration value="2"/>
      </restriction></simpleType></union></simpleType></element></sequence>"""
    other = (
        '<simpleType name="E"><restriction base="string"><enumeration value="1"/></restriction></simpleType>'
    )
    found = content(tmp_path, inner, other)
    assert [(n.type, n.values) for n in found] == [
        ("list of xs:int", ()),
        ("xs:date | xs:string", ()),
        ("xs:string", ("1", "2")),
    ]


def test_a_type_that_holds_itself_is_cut_where_it_begins_again(tmp_path: Path) -> None:
    other = """<complexType name="P"><sequence><element name="name"/><element name="child" type="t:P" minOccurs="0"/>
      <element name="home"><complexType><sequence><element name="owner" type="t:P"/></sequence></complexType></element></sequence></complexType>"""
    found = tree(tmp_path, f'<element name="Ask" type="t:P"/>{other}')
    paths = {"/".join(path): node.recursive for path, node in found.walk()}
    assert paths == {
        "Ask": False,
        "Ask/name": False,
        "Ask/child": True,
        "Ask/home": False,
        "Ask/home/owner": True,
    }


def test_what_may_stand_for_an_element_is_a_choice(tmp_path: Path) -> None:
    others = """<element name="Head" abstract="true" type="t:H"/><complexType name="H"><sequence><element name="h"/></sequence></complexType>
      <element name="A" substitutionGroup="t:Head"/><element name="B" type="int" substitutionGroup="t:A"/>"""
    a, b = content(tmp_path, '<sequence><element ref="t:Head" maxOccurs="2"/></sequence>', others)
    assert (a.name, a.type, a.most, [n.name for n in a.children]) == ("A", "H", 2, ["h"])
    assert (b.name, b.type) == ("B", "xs:int")
    assert a.choice == b.choice is not None
    assert a.branch != b.branch


def test_any_element_is_a_star(tmp_path: Path) -> None:
    (found,) = content(
        tmp_path, '<sequence><any namespace="##other" minOccurs="0" maxOccurs="unbounded"/></sequence>'
    )
    assert (found.name, found.type, found.least, found.most) == ("*", "any", 0, None)
    assert "##other" in found.documentation


def test_several_schemas_of_one_namespace_are_one(tmp_path: Path) -> None:
    first = '<element name="Ask" type="t:T"/>'
    second = '<complexType name="T"><sequence><element name="x" type="boolean"/></sequence></complexType>'
    assert [n.type for n in tree(tmp_path, first, second).children] == ["xs:boolean"]


def test_a_schema_without_a_namespace_takes_that_of_who_includes_it(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "a.xsd").write_text(
        '<schema xmlns="http://www.w3.org/2001/XMLSchema"><include schemaLocation="b.xsd"/><include schemaLocation="a.xsd"/></schema>'
    )
    (tmp_path / "deep" / "b.xsd").write_text(
        '<s:schema xmlns:s="http://www.w3.org/2001/XMLSchema"><s:element name="Ask" type="T"/>'
        '<s:complexType name="T"><s:sequence><s:element name="x" type="s:int"/></s:sequence></s:complexType></s:schema>'
    )
    found = tree(tmp_path, '<include schemaLocation="deep/a.xsd"/>')
    assert found.namespace == "urn:t"
    assert [(n.name, n.namespace, n.type) for n in found.children] == [("x", None, "xs:int")]


def test_a_redefined_type_is_the_new_one(tmp_path: Path) -> None:
    (tmp_path / "a.xsd").write_text(
        f'<schema {XSD}><element name="Ask" type="t:T"/><complexType name="T"><sequence><element name="old"/></sequence></complexType></schema>'
    )
    new = '<complexType name="T"><sequence><element name="new"/></sequence></complexType>'
    found = tree(tmp_path, f'<redefine schemaLocation="a.xsd">{new}</redefine>')
    assert [n.name for n in found.children] == ["new"]


def test_what_the_contract_does_not_define_is_known_by_its_name(tmp_path: Path) -> None:
    (one, two) = content(
        tmp_path, '<sequence><element name="a" type="t:Nowhere"/><element ref="t:Neither"/></sequence>'
    )
    assert (one.type, two.name, two.type) == ("Nowhere", "Neither", "any")
    assert only(tmp_path, wsdl()).request == Node("Ask", "urn:t", "any")


def test_what_stands_for_an_abstract_type_is_a_choice(tmp_path: Path) -> None:
    others = """<complexType name="Id" abstract="true"><sequence><element name="since" type="date"/></sequence></complexType>
      <complexType name="Person"><complexContent><extension base="t:Id"><sequence><element name="ssin"/><element name="bis"/></sequence>
        </extension></complexContent></complexType>
      <complexType name="Firm"><complexContent><extension base="t:Id"><sequence><element name="number"/></sequence></extension>
        </complexContent></complexType>
      <complexType name="Branch"><complexContent><extension base="t:Firm"><sequence><element name="unit"/></sequence></extension>
        </complexContent></complexType>"""
    found = tree(tmp_path, f'<element name="Ask" type="t:Id"/>{others}').children
    assert [(n.name, n.branch) for n in found] == [
        ("since", None),
        ("ssin", 0),
        ("bis", 0),
        ("number", 1),
        ("unit", 2),
    ]
    assert len({n.choice for n in found}) == 2


def test_namespaces_that_everybody_knows_need_no_document(tmp_path: Path) -> None:
    imports = (
        '<import namespace="http://www.w3.org/XML/1998/namespace" schemaLocation="http://www.w3.org/2001/xml.xsd"/>'
        '<import namespace="http://schemas.xmlsoap.org/soap/encoding/" schemaLocation="http://schemas.xmlsoap.org/soap/encoding/"/>'
    )
    (lang,) = content(tmp_path, '<attribute ref="xml:lang"/>', "")
    (again,) = tree(
        tmp_path,
        imports + '<element name="Ask"><complexType><attribute ref="xml:lang"/></complexType></element>',
    ).children
    assert lang == again


DSIG = """<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE schema PUBLIC "-//W3C//DTD XMLSchema 200102//EN" "http://127.0.0.1:9/XMLSchema.dtd" [
  <!ATTLIST schema xmlns:ds CDATA #FIXED "http://www.w3.org/2000/09/xmldsig#">
  <!ENTITY dsig 'http://www.w3.org/2000/09/xmldsig#'> <!ENTITY % p ''> <!-- it's ]> --> ]>
<schema xmlns="http://www.w3.org/2001/XMLSchema" xmlns:ds="http://www.w3.org/2000/09/xmldsig#"
  targetNamespace="http://www.w3.org/2000/09/xmldsig#"><element name="DigestValue" type="string"/>MORE</schema>"""


def test_the_document_type_of_a_schema_of_the_w3c_is_left_out_unread(tmp_path: Path) -> None:
    (tmp_path / "dsig.xsd").write_text(DSIG.replace("MORE", ""))
    space = "http://www.w3.org/2000/09/xmldsig#"
    imported = f'<import namespace="{space}" schemaLocation="dsig.xsd"/>'
    ask = f'<element name="Ask"><complexType><sequence><element xmlns:d="{space}" ref="d:DigestValue"/></sequence></complexType></element>'
    (found,) = tree(tmp_path, imported + ask).children
    assert (found.name, found.type) == ("DigestValue", "xs:string")
    declaration = soap_declaration(
        folder=tmp_path,
        contract="t.wsdl",
        operation="Ask",
        request={"DigestValue": "{subject}"},
        reply={"namespaces": {"d": space}, "answer": "."},
        attributes={"person.familyName": {"path": "d:DigestValue"}},
        validateReply=True,
    )
    assert {problem.path[0] for problem in check_against_contract(declaration)} <= {"reply", "attributes"}
    (tmp_path / "dsig.xsd").write_text(DSIG.replace("MORE", "&dsig;"))
    with pytest.raises(ContractUnreadable, match="not well-formed"):
        tree(tmp_path, imported + ask)
    (tmp_path / "dsig.xsd").write_text(DSIG.replace("MORE", "").replace("-//W3C//DTD", "-//Other//DTD"))
    with pytest.raises(ContractUnreadable, match="document type"):
        tree(tmp_path, imported + ask)


def test_a_title_in_the_manner_of_x_road_is_documentation(tmp_path: Path) -> None:
    title = '<x:title xmlns:x="http://x-road.eu/xsd/xroad.xsd" xml:lang="et">Isikukood</x:title><x:other xmlns:x="urn:x">no</x:other>'
    inner = f'<sequence><element name="a"><annotation><appinfo>{title}</appinfo></annotation></element></sequence>'
    (found,) = content(tmp_path, inner)
    assert found.documentation == "Isikukood"
