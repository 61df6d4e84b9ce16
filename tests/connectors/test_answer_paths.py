"""A path that finds nothing in any answer that the contract admits is a fault of the declaration, not an absence at the source."""

from typing import Any

import pytest

from connectors import check_against_contract
from tests.connectors.conftest import soap_declaration
from tests.connectors.test_foreign_contracts import FOREIGN
from tests.connectors.test_soap_forms import forms


def found(**changes: Any) -> dict[str, str]:
    problems = check_against_contract(soap_declaration(**changes))
    return {".".join(map(str, p.path)): p.message for p in problems}


def paths(**attributes: str) -> dict[str, Any]:
    return {"attributes": {name: {"path": path} for name, path in attributes.items()}}


def test_paths_that_the_contract_knows_have_no_problem() -> None:
    assert found() == {}
    assert (
        found(
            **paths(
                a="p:Name", b="//p:Person/p:Born", c="../p:Reference", d="p:Name[1]", e="*", f="count(p:Name)"
            )
        )
        == {}
    )


def test_a_misspelt_name_is_named_with_what_there_is() -> None:
    problems = found(**paths(a="p:Nome", b="p:Name/p:First"))
    assert problems == {
        "attributes.a.path": "the contract's answer has no `p:Nome` there; it has: Number, Name, Born, Income",
        "attributes.b.path": "the contract's answer has no `p:First` there; it has: no elements",
    }
    assert found(reply__subject="p:Nummer").keys() == {"reply.subject"}
    assert found(reply__reference="p:Ref").keys() == {"reply.reference"}


def test_a_name_in_another_namespace_is_named() -> None:
    problems = found(**paths(a="Name"))
    assert problems["attributes.a.path"].endswith("in the namespace urn:test:persons, which `Name` is not")
    foreign = FOREIGN | {"reply": {"answer": ".", "namespaces": {"b": "urn:test:foreign:b"}}}
    assert found(**foreign) == {}
    told = found(**foreign | paths(a="b:name"))
    assert (
        told["attributes.a.path"]
        == "the contract's answer has `name` there in no namespace, which `b:name` is not"
    )


def test_where_the_answer_is_not_found_only_that_is_told() -> None:
    assert found(reply__answer="p:Persons").keys() == {"reply.answer"}


def test_the_fields_of_an_object_start_where_it_stands() -> None:
    fields = {"a": {"path": "p:Name"}, "b": {"path": "p:Nome"}}
    whole = {"attributes": {"person.all": {"type": "object", "fields": fields}}}
    assert found(**whole).keys() == {"attributes.person.all.fields.b.path"}


def test_attributes_are_looked_for_too() -> None:
    assert found(**FOREIGN | paths(a="@mark", b="@marc", c="name/@x")).keys() == {
        "attributes.b.path",
        "attributes.c.path",
    }


@pytest.mark.parametrize(
    ("operation", "request_", "good", "bad"),
    [
        ("rpc", {"lang": "fr", "question": {"number": "{subject}"}}, "answer/name", "t:answer"),
        ("parts", {"number": "{subject}", "options": {"full": True}}, "t:person/name", "t:persons"),
    ],
)
def test_messages_of_several_parts_are_followed_too(
    operation: str, request_: dict[str, Any], good: str, bad: str
) -> None:
    reply = {"namespaces": {"t": "urn:test:forms:types"}, "answer": "."}
    whole = forms(operation, port="Eleven", request=request_, reply=reply)
    assert found(**whole | paths(a=good)) == {}
    assert found(**whole | paths(a=bad)).keys() == {"attributes.a.path"}


def test_below_what_the_contract_leaves_open_nothing_is_told() -> None:
    shapes = {
        "contract": "shapes.wsdl",
        "operation": "Ask",
        "reply": {"answer": "."},
        **paths(a="anything/else"),
    }
    assert found(**shapes, request={"Number": "{subject}"}) == {}


def test_in_a_document_inside_a_text_nothing_is_told() -> None:
    assert found(reply__document="p:Reference", reply__answer="whatever") == {}
