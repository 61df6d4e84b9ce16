"""A skeleton holds all that a contract tells, and is accepted once its blanks are filled: for contracts of several countries."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, note, settings
from hypothesis import strategies as st

from connectors import check_against_contract, read_declaration
from connectors.blanks import BLANK, blanks_in
from connectors.errors import DeclarationInvalid
from connectors.onboarding import Contract, Node, Operation, inspect_contract
from connectors.onboarding.skeleton import (
    Known,
    NotAskable,
    Skeleton,
    Surroundings,
    suggested_id,
    write_skeleton,
)
from tests.support.skeletons import filled

ABROAD = Path(__file__).parent / "abroad"
CONTRACTS = {
    "consultaSoggetto": "anpr.yaml",
    "unite_legale": "quotient.yaml",
    "GET /v3/dss/quotient_familial/identite": "quotient.yaml",
    "Auskunft": "firma.wsdl",
    "RR434": "rr.wsdl",
    "peticionSincrona": "scsp.wsdl",
    "npsLv01": "npslv01.wsdl",
}
NOTHING = Surroundings()


def skeleton(name: str, surroundings: Surroundings = NOTHING) -> Skeleton:
    contract = inspect_contract(ABROAD / CONTRACTS[name], folder=ABROAD)
    operation = next(one for one in contract.operations if one.name == name)
    return write_skeleton(
        contract, operation, source_id="it", location=CONTRACTS[name], surroundings=surroundings
    )


def declared(text: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(text)["sources"]["it"]
    return found


def problems(text: str) -> list[str]:
    try:
        declaration = read_declaration("it", declared(text), folder=ABROAD)
    except DeclarationInvalid as error:
        return [str(one) for one in error.problems]
    return [str(one) for one in check_against_contract(declaration)]


@pytest.mark.parametrize("name", CONTRACTS)
def test_it_is_accepted_once_its_blanks_are_filled(name: str) -> None:
    made = skeleton(name)
    assert made.blanks
    assert any("is still to be filled in" in one for one in problems(made.text))
    whole = filled(made.text)
    assert BLANK not in "".join(line.partition("#")[0] for line in whole.splitlines())
    assert problems(whole) == []


@pytest.mark.parametrize("name", CONTRACTS)
def test_the_blanks_it_names_are_those_it_has(name: str) -> None:
    made = skeleton(name)
    lines = made.text.splitlines()
    assert all(BLANK in lines[line - 1] for line, _ in made.blanks)
    in_the_file = len(list(blanks_in(yaml.safe_load(made.text))))
    assert in_the_file == sum(lines[line - 1].partition("  # ")[0].count(BLANK) for line, _ in made.blanks)


def attributes(name: str) -> dict[str, Any]:
    found: dict[str, Any] = declared(skeleton(name).text)["attributes"]
    return found


def test_italy() -> None:
    found = attributes("consultaSoggetto")
    assert found["person.familyName"] == {"path": "generalita.cognome"}
    assert found["person.givenNames"] == {"path": "generalita.nome"}
    assert found["person.birthDate"] == {"path": "generalita.dataNascita", "type": "date"}
    assert found["person.identifier"] == {"path": "generalita.codiceFiscale.codFiscale"}
    assert found["person.address"]["fields"]["postCode"] == {"path": "cap"}
    whole = declared(skeleton("consultaSoggetto").text)
    request = whole["request"]
    assert whole["tls"] == {"certificate": "it-certificate", "key": "it-key"}
    assert request["headers"]["Authorization"] == "Bearer {secret:it-token}"
    assert request["body"]["criteriRicerca"] == {"codiceFiscale": "{subject}"}
    assert request["body"]["datiRichiesta"]["motivoRichiesta"] == "{purpose}"


def test_france() -> None:
    found = declared(skeleton("unite_legale").text)
    assert found["request"]["path"] == "/v3/insee/unites_legales/{subject}"
    assert found["reply"]["answer"] == "data"
    assert found["authentication"]["oauth2"] == {
        "tokenUrl": "https://login.example/token", "clientId": "FILL-IN", "method": "client_secret_basic",
        "secret": "it-secret", "scope": "unites",
    }  # fmt: skip
    assert found["reply"]["errors"] == {"status": {429: "busy"}}
    assert found["attributes"]["organisation.startDate"]["format"] == "epochSeconds"
    person = declared(skeleton("GET /v3/dss/quotient_familial/identite").text)
    assert person["request"]["headers"] == {"X-Api-Key": "{secret:it-key}"}
    assert person["subject"] == ["nomNaissance"], "a national number may not stand in a URL"
    assert set(person["attributes"]) == {
        "person.familyName", "person.givenNames", "person.birthDate", "person.gender",
    }  # fmt: skip


def test_germany() -> None:
    text = skeleton("Auskunft").text
    found = declared(text)
    assert found["request"]["Aktenzeichen"] == "{caseId}"
    assert found["request"]["Unternehmensnummer"] == "{subject}"
    assert "Firma" not in found["request"], "a choice takes the branch of the subject"
    assert found["reply"]["errors"]["code"] == "//auskunft:Fehler/auskunft:Fehlercode"
    assert found["attributes"]["organisation.registeredAddress"]["path"] == "auskunft:Sitz"
    assert found["attributes"]["organisation.turnover"] == {"path": "auskunft:Umsatz", "type": "amount"}
    assert "# one of: GMBH, AG" in text


def test_estonia() -> None:
    found = declared(skeleton("RR434").text)
    assert set(found["header"]) == {"client", "service", "userId", "id", "protocolVersion"}
    assert found["request"] == {"request": {"Isikukood": "{subject}"}}
    assert found["reply"]["subject"] == "producer:Isikukood"
    assert found["attributes"]["person.familyName"]["path"] == "producer:Perekonnanimi"


def test_the_netherlands() -> None:
    whole = declared(skeleton("npsLv01").text)
    assert whole["subject"] == ["inp.bsn"], "nine digits are not a number of eleven"
    assert whole["request"]["gelijk"] == {"entiteittype": "NPS", "inp.bsn": "{subject}"}
    assert whole["reply"]["subject"] == "bg:inp.bsn", "not the attribute that says why there is no value"
    fields = whole["attributes"]["person.address"]["fields"]
    assert {name: rule["path"] for name, rule in fields.items()} == {
        "street": "bg:gor.straatnaam", "houseNumber": "bg:aoa.huisnummer", "postCode": "bg:aoa.postcode",
        "municipality": "bg:wpl.woonplaatsNaam",
    }  # fmt: skip


def test_spain() -> None:
    found = declared(skeleton("peticionSincrona").text)
    assert found["request"]["Titular"]["Documentacion"] == "{subject}"
    assert found["request"]["IdPeticion"] == "{uuid}"
    assert found["attributes"]["person.givenNames"] == {"path": "Nombre"}
    assert found["attributes"]["person.familyName"] == {"path": "Apellido1 | Apellido2", "join": " "}
    assert found["attributes"]["person.address"]["fields"]["municipality"] == {"path": "Municipio"}


def test_an_attribute_that_the_catalogue_has_keeps_its_type_and_gets_no_record() -> None:
    known = Surroundings({"person.gender": Known("text", "person")}, ["office", "town"])
    text = skeleton("RR434", known).text
    assert declared(text)["attributes"]["person.gender"] == {"path": "producer:Sugu"}
    assert "person.gender" not in yaml.safe_load(text)["attributes"]
    assert "person.birthDate" in yaml.safe_load(text)["attributes"]
    assert "the catalogue has: office, town" in text
    assert "controllers" not in yaml.safe_load(text)


def test_an_attribute_that_another_source_serves_is_turned_off() -> None:
    known = Surroundings({"person.gender": Known("code", "person", ("register",))})
    text = skeleton("RR434", known).text
    assert "person.gender" not in declared(text)["attributes"]
    assert "# person.gender: {path: producer:Sugu, type: code}" in text
    assert "register serves this one already" in text


def test_where_all_are_served_by_others_one_is_left_that_can_be_renamed() -> None:
    every = {name: Known("text", "person", ("register",)) for name in attributes("RR434")}
    text = filled(skeleton("RR434", Surroundings(every)).text)
    assert len(declared(text)["attributes"]) == 1
    assert problems(text) == []


def test_an_attribute_of_another_kind_in_the_catalogue_is_not_written() -> None:
    text = skeleton(
        "RR434",
        Surroundings(
            {"person.gender": Known("object", "person"), "person.birthDate": Known("period", "person")}
        ),
    ).text
    assert "person.gender" not in declared(text)["attributes"]
    assert "person.gender is object in the catalogue" in text
    assert "person.birthDate" not in declared(text)["attributes"]


REPLY = Node("", None, "object", children=(Node("cognome", None, "string"),))


def operation(**parts: Any) -> Operation:
    whole: dict[str, Any] = {"name": "get", "protocol": "rest", "method": "GET", "path": "/x", "reply": REPLY}
    return Operation(**(whole | parts))


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
