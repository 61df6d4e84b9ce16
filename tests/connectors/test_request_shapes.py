"""Whatever a complex type is made of can be declared; what does not fit is named where it stands."""

from typing import Any

import pytest
from lxml import etree

from connectors import check_against_contract
from connectors.contract import read_contract
from connectors.template import as_xml
from tests.connectors.conftest import soap_declaration

S, O = "{urn:test:shapes}", "{urn:test:shapes:other}"  # noqa: E741 - as their prefixes are
XSI = "{http://www.w3.org/2001/XMLSchema-instance}"


def shapes(request: dict[str, Any]) -> dict[str, Any]:
    return {"contract": "shapes.wsdl", "operation": "Ask", "request": request}


def found(**request: Any) -> dict[str, str]:
    problems = check_against_contract(soap_declaration(**shapes({"Number": "{subject}"} | request)))
    return {".".join(map(str, p.path)): p.message for p in problems}


def sent(**request: Any) -> etree._Element:
    template = read_contract(soap_declaration(**shapes({"Number": "{subject}"} | request))).template
    raw = template.fill({name: f"<{name}>" for name in template.variables}, as_xml)
    return etree.fromstring(raw)[0][0]


def below(**request: Any) -> list[str]:
    """The names and texts of what stands in the request, after the number."""
    written = list(sent(**request))[1:]
    return [f"{one.tag}={one.text}" if one.text else str(one.tag) for one in written]


def test_one_branch_of_a_choice_is_sent() -> None:
    assert found() == {}
    assert found(Number=None, Name="{subject}", Born="{today}") == {}
    assert found(Number=None, Name="{subject}", Place="Eupen") == {}
    written = sent(Number=None, Born="{today}", Name="{subject}")
    assert [one.tag for one in written] == [f"{S}Name", f"{S}Born"]


def test_branches_that_exclude_each_other_are_named() -> None:
    problems = found(Name="x", Born="2020-01-01")
    assert problems == {"request.Number": "excludes Born, Name: the contract has a choice here"}
    assert found(Name="x").keys() == {"request.Name"}


def test_a_choice_of_which_nothing_is_given_names_what_there_is() -> None:
    assert found(Number=None, Id="{subject}") == {
        "request": "one of these is missing: Number, Name, Born, Place"
    }


def test_nil_is_said_where_the_contract_admits_it() -> None:
    nil = sent(Nil={"xsi:nil": True}).find(f"{S}Nil")
    assert nil is not None
    assert nil.get(f"{XSI}nil") == "true"
    assert found(Nil={"xsi:nil": True}) == {}
    assert found(Common={"xsi:nil": True})["request.Common"].startswith("the contract does not let")
    assert below(Nil=None) == []


def test_a_type_may_stand_for_the_one_that_it_extends() -> None:
    party = {"xsi:type": "Natural", "Id": "{caseId}", "Born": "{today}", "lang": "fr"}
    assert found(Party=party) == {}
    written = sent(Party=party).find(f"{S}Party")
    assert written is not None
    prefix, _, name = str(written.get(f"{XSI}type")).partition(":")
    assert (written.nsmap[prefix], name) == ("urn:test:shapes:other", "Natural")
    assert [one.tag for one in written] == ["Id", "Born"]
    assert found(Party={**party, "xsi:type": "{{urn:test:shapes:other}}Natural"}) == {}


def test_a_type_that_cannot_stand_there_is_named() -> None:
    assert found(Party={"Id": "1"})["request.Party"] == "The type definition is abstract."
    assert found(Party={"xsi:type": "Nobody", "Id": "1"}).keys() == {"request.Party.xsi:type"}
    assert found(Party={"xsi:type": "Common", "Note": "1"}).keys() == {"request.Party"}
    assert found(Party={"xsi:type": "Legal", "Id": "1", "Born": "x"}).keys() == {
        "request.Party",
        "request.Party.Born",
    }


def test_an_element_may_stand_for_the_head_of_its_substitution_group() -> None:
    natural, legal = {"Id": "1", "Born": "{today}"}, {"Id": "2", "Form": "asbl"}
    assert found(NaturalParty=natural, LegalParty=legal) == {}
    assert below(NaturalParty=natural, LegalParty=legal) == [f"{O}NaturalParty", f"{O}LegalParty"]
    assert found(NaturalParty=[natural, natural], LegalParty=legal).keys() == {"request.LegalParty"}
    assert found(NaturalParty={"Born": "2020-01-01"}) == {
        "request.NaturalParty": "the element `Id` is missing"
    }


def test_a_repeated_choice_is_sent_in_the_order_that_is_declared() -> None:
    assert below(Blue=[1, 2], Red=3) == [f"{S}Blue=1", f"{S}Blue=2", f"{S}Red=3"]
    assert [name.partition("=")[0] for name in below(_value_1=[{"Red": 1}, {"Blue": 2}, {"Red": 3}])] == [
        f"{S}Red",
        f"{S}Blue",
        f"{S}Red",
    ]
    assert found(_value_1=[{"Red": 1, "Green": 2}, "Red"]).keys() == {
        "request._value_1.0.Green",
        "request._value_1.1",
    }


def test_a_group_of_elements_comes_whole_or_not_at_all() -> None:
    assert below(Right="r", Left="l") == [f"{S}Left=l", f"{S}Right=r"]
    assert found(Right="r") == {"request": "the element `Left` is missing"}


def test_all_schemas_of_a_namespace_and_those_they_include_are_one() -> None:
    assert found(Second={"A": "a", "B": "b"}, Common={"Note": "n"}) == {}
    written = sent(Second={"A": "a", "B": "b"}, Common={"Note": "n"})
    assert sorted(str(one.tag) for one in written.findall(f"{S}Second/*")) == ["A", "B"]  # unqualified
    assert [one.tag for one in written.findall(f"{S}Common/*")] == [
        f"{S}Note"
    ]  # takes the includer's namespace
    assert found(Second={"A": "a"}) == {"request.Second": "the element `B` is missing"}


def test_elements_and_attributes_of_one_name_are_told_apart() -> None:
    request = {"Id": "ours", f"{O}Id": "theirs", "@Id": "an attribute"}
    assert found(**request) == {}
    assert sent(**request).get("Id") == "an attribute"
    assert below(**request) == [f"{S}Id=ours", f"{O}Id=theirs"]
    assert found(Id=["ours", "theirs", "more"]).keys() == {"request.Id.2"}
    assert below(Id=["ours", "theirs"]) == [f"{S}Id=ours", f"{O}Id=theirs"]


def test_where_any_element_may_stand_it_is_written_as_xml_or_by_its_full_name() -> None:
    text = '<e:One xmlns:e="urn:else" at="{caseId}">{today}<e:Two>{{}}</e:Two></e:One>'
    written = sent(Any={"xml": [text, "<Three/>"], "@{urn:else}mark": "{caseId}"}).find(f"{S}Any")
    assert written is not None
    assert [one.tag for one in written] == ["{urn:else}One", "Three"]
    assert (written[0].get("at"), written[0].text, written[0][0].text) == ("<caseId>", "<today>", "{}")
    assert written.get("{urn:else}mark") == "<caseId>"
    assert found(Any={"xml": text}) == {}
    by_name = sent(Any={f"{O}Extra": {"Word": "{caseId}"}})
    assert by_name.findtext(f"{S}Any/{O}Extra/Word") == "<caseId>"
    assert found(Any={f"{O}Extra": {"Wort": "x"}}).keys() == {
        f"request.Any.{O}Extra",
        f"request.Any.{O}Extra.Wort",
    }


@pytest.mark.parametrize(
    "text",
    [
        "no XML",
        "<a>",
        "<a/><b/>",
        "<e:a/>",
        '<!DOCTYPE a [<!ENTITY e "x">]><a>&e;</a>',
        "<{caseId}/>",
        '<a {caseId}="1"/>',
        '<a xmlns:b="urn:{caseId}"/>',
        "<a><!-- {caseId} --></a>",
        7,
    ],
)
def test_what_cannot_stand_as_xml_is_named(text: object) -> None:
    assert found(Any={"xml": [text]}).keys() == {"request.Any.xml.0"}


def test_mixed_content_has_a_text_and_elements() -> None:
    mixed = sent(Mixed={"_value_1": "{caseId}", "Bold": "b"}).find(f"{S}Mixed")
    assert mixed is not None
    assert (mixed.text, mixed[0].text) == ("<caseId>", "b")
    assert below(Mixed="plain") == [f"{S}Mixed=plain"]


def test_an_element_without_content_is_sent_empty() -> None:
    assert below(Empty={}) == [f"{S}Empty"]
    assert found(Empty="x").keys() == {"request.Empty"}
    assert found(Empty={"x": 1}) == {
        "request.Empty.x": "the contract has no such element here; it has: nothing"
    }
