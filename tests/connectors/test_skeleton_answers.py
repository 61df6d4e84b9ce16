"""What a skeleton says of an answer, whatever its contract calls it."""

from typing import Any

import pytest
import yaml
from hypothesis import given, note, settings
from hypothesis import strategies as st

from connectors import read_declaration
from connectors.blanks import BLANK
from connectors.onboarding import Contract, Node, Operation
from connectors.onboarding.skeleton import NotAskable, Skeleton, suggested_id, write_skeleton
from tests.connectors.skeletons import ABROAD, NOTHING, declared, operation
from tests.support.skeletons import filled


def written(one: Operation) -> Skeleton:
    contract = Contract("openapi", "A title", "1", (one,))
    return write_skeleton(contract, one, source_id="it", location="a.yaml", surroundings=NOTHING)


@pytest.mark.parametrize(
    ("parts", "why"),
    [
        ({"unsupported": "it has attachments"}, "it has attachments"),
        ({"method": "DELETE"}, "is asked by GET or POST"),
        ({}, "can hold a subject's number"),
        ({"reply": None, "parameters": (Node("id", None, "string", place="query"),)}, "gives no answer"),
    ],
)
def test_an_operation_that_no_declaration_can_ask_is_refused_with_the_reason(
    parts: dict[str, Any], why: str
) -> None:
    with pytest.raises(NotAskable, match=why):
        written(operation(**parts))


def test_an_id_is_suggested_after_the_operation() -> None:
    assert suggested_id(operation(name="GeefPersoonV2")) == "geef-persoon-v-2"
    assert suggested_id(operation(name="GET /v1/x")) == "get-v-1-x"
    assert suggested_id(operation(name="Ω")) == "source"
    assert suggested_id(operation(name="2go")) == "source-2-go"


NAMES = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), min_size=1, max_size=12
).filter(
    lambda name: "subject}" not in name  # the test below counts these
)
TEXTS = st.text(max_size=30) | st.sampled_from(
    ["FILL-IN", "a # b", "}{", "'\"", "- x", "\u2028: &a", "%", "{now}"]
)


@st.composite
def nodes(draw: st.DrawFn, depth: int = 2) -> Node:
    children: tuple[Node, ...] = ()
    if depth and draw(st.booleans()):
        children = tuple(draw(st.lists(nodes(depth - 1), max_size=3)))
    return Node(
        draw(NAMES | st.sampled_from(["birthDate", "naam", "[]", "*", "postcode", "street", "no", "1"])),
        None,
        "Type"
        if children
        else draw(st.sampled_from(["string", "integer", "string(date)", "boolean", "any"])),
        least=draw(st.integers(0, 1)),
        most=draw(st.sampled_from([1, None])),
        documentation=draw(TEXTS),
        values=tuple(draw(st.lists(TEXTS, max_size=2))),
        children=children,
    )


@settings(max_examples=150, deadline=None)
@given(
    request=nodes(), reply=nodes(), title=TEXTS, said=TEXTS,
    parameters=st.lists(st.builds(Node, NAMES, st.none(), st.just("string"), place=st.sampled_from(["query", "header"])), max_size=2),
)  # fmt: skip
def test_whatever_a_contract_is_called_the_skeleton_is_yaml_that_says_what_was_meant(
    request: Node, reply: Node, title: str, said: str, parameters: list[Node]
) -> None:
    one = operation(
        method="POST", request=request, reply=reply, documentation=said, parameters=tuple(parameters)
    )
    try:
        made = write_skeleton(
            Contract("openapi", title, "1", (one,)), one, source_id="it", location="a.yaml", surroundings=NOTHING
        )  # fmt: skip
    except NotAskable:
        return
    note(made.text)
    found = yaml.safe_load(made.text)
    assert set(found) <= {"sources", "attributes", "controllers"}
    source = found["sources"]["it"]
    assert source["protocol"] == "rest"
    assert source["reply"]["answer"]
    assert source["attributes"]
    assert source["attributes"].keys() == found["attributes"].keys()
    assert str(source["request"]).count("subject}") == 1


def test_a_form_is_written_as_a_form() -> None:
    body = Node("", None, "object", children=(Node("codiceFiscale", None, "string"), Node("anno", None, "string", least=0)))  # fmt: skip
    reply = Node("", None, "object", children=(Node("cognome", None, "string"),))
    one = operation(method="POST", request=body, reply=reply, media="application/x-www-form-urlencoded")
    assert declared(written(one).text)["request"]["form"] == {"codiceFiscale": "{subject}"}


def test_an_answer_of_which_the_contract_says_nothing_leaves_a_blank() -> None:
    number = Node("ssin", None, "string", place="query")
    made = written(operation(parameters=(number,), reply=Node("", None, "any")))
    assert declared(made.text)["attributes"] == {"person.value": {"path": BLANK}}


def test_what_must_stand_several_times_stands_several_times() -> None:
    twice = Node("kind", None, "xs:string", least=2, most=5)
    pair = Node("pair", None, "Pair", least=2, most=None, children=(Node("a", None, "xs:string"),))
    asked = Node("Ask", "urn:a", "Ask", children=(Node("ssin", None, "xs:string"), twice, pair))
    answer = Node("Answer", "urn:a", "Answer", children=(Node("naam", None, "xs:string"),))
    one = operation(protocol="soap", request=asked, reply=answer, address="http://127.0.0.1/")
    request = declared(written(one).text)["request"]
    assert request == {"ssin": "{subject}", "kind": [BLANK, BLANK], "pair": [{"a": BLANK}, {"a": BLANK}]}


def test_an_attribute_that_has_the_name_of_an_element_is_told_from_it() -> None:
    both = (
        Node("id", None, "xs:string", attribute=True),
        Node("id", None, "xs:string"),
        Node("*", None, "any"),
    )
    asked = Node("Ask", "urn:a", "Ask", children=(Node("ssin", None, "xs:string"), *both))
    answer = Node("Answer", "urn:a", "Answer", children=(Node("naam", None, "xs:string"),))
    found = declared(written(operation(protocol="soap", request=asked, reply=answer)).text)
    assert set(found["request"]) == {"ssin", "@id", "id", "xml"}
    assert found["address"] == BLANK, "the contract names none"


def test_a_list_of_persons_is_an_answer_of_many() -> None:
    number = Node("id", None, "string", place="query")
    names = (
        Node("apellido1", None, "string"),
        Node("apellido2", None, "string"),
        Node("nombre", None, "string"),
    )
    made = written(operation(parameters=(number,), reply=Node("", None, "object", most=None, children=names)))
    found = declared(made.text)
    assert (found["reply"]["answer"], found["reply"]["many"]) == ("@", True)
    assert found["attributes"]["person.familyName"] == {"path": "[apellido1, apellido2]", "join": " "}


def test_the_braces_of_a_constant_are_no_variable() -> None:
    fixed = Node("format", None, "string", values=("{json}",))
    body = Node("", None, "object", children=(Node("ssin", None, "string"), fixed))
    found = declared(filled(written(operation(method="POST", request=body)).text))
    assert found["request"]["body"]["format"] == "{{json}}"
    assert read_declaration("it", found | {"contract": None}, folder=ABROAD).id == "it"
