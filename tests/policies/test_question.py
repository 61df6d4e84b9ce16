"""The schema of questions."""

import types
from typing import Any

import pytest

from policies import QuestionInvalid, check_question
from policies.embedded import EmbeddedDecisionPoint
from tests.policies.questions import GONE, asking, consent, question

WRONG: list[tuple[dict[str, Any], str]] = [
    ({"client": GONE}, "client: missing"),
    ({"attributes": {}}, "attributes: too_short"),
    ({"attributes": ["person.familyName"]}, "attributes: dict_type"),
    (
        {"attributes": {"a": {"category": "identity", "sensitivity": "secret"}}},
        "attributes/a/sensitivity: literal_error",
    ),
    ({"actor/role": "visitor"}, "actor/role: literal_error"),
    ({"actor/isSubject": "true"}, "actor/isSubject: bool_type"),
    ({"actor/isSubject": 1}, "actor/isSubject: bool_type"),
    ({"actor/assuranceLevel": None}, "actor/assuranceLevel: int_type"),
    ({"actor/ssin": "72020290081"}, "actor/ssin: extra_forbidden"),
    ({"surprise": 1}, "surprise: extra_forbidden"),
    ({"activity/specialBasis": None}, "activity/specialBasis: string_type"),
    ({"activity/channels": ("web",)}, "activity/channels: list_type"),
    ({"form/attributes": {"person.familyName"}}, "form/attributes: list_type"),
    (
        {"form/obligations": {"person.birthDate": ["shred"]}},
        "form/obligations/person.birthDate/0: literal_error",
    ),
    ({"time": 1.5}, "time: int_type"),
    ({"time": -1}, "time: greater_than_equal"),
    ({"time": True}, "time: int_type"),
    ({"consents": [consent(status="maybe")]}, "consents/0/status: literal_error"),
    ({"consents": [consent(validUntil=None)]}, "consents/0/validUntil: int_type"),
    ({"consents": [consent(attributes="person.familyName")]}, "consents/0/attributes: list_type"),
    ({"subject/age": 19}, "subject/age: less_than_equal"),
    ({"subject/age": None}, "subject/age: int_type"),
    ({"subject/birthDate": "2000-01-01"}, "subject/birthDate: extra_forbidden"),
    ({"activity/assurance": {"secret": 1}}, "activity/assurance/secret: extra_forbidden"),
    ({"activity/secondPair": ["secret"]}, "activity/secondPair/0: literal_error"),
    ({"approval": {"isActor": False, "established": True}}, "approval/isSubject: missing"),
    ({"emergency": None}, "emergency: dict_type"),
    ({"channel": ""}, "channel: string_too_short"),
    ({"channel": "x" * 201}, "channel: string_too_long"),
]


@pytest.mark.parametrize(("changes", "problem"), WRONG, ids=[problem for _, problem in WRONG])
def test_each_mistake_is_named_by_path(changes: dict[str, Any], problem: str) -> None:
    with pytest.raises(QuestionInvalid) as refused:
        check_question(question(changes))
    assert refused.value.problems == (problem,)


def test_every_mistake_is_named_at_once() -> None:
    with pytest.raises(QuestionInvalid) as refused:
        check_question({})
    assert len(refused.value.problems) == 12


def test_no_value_is_repeated_not_even_one_that_stands_where_a_name_should() -> None:
    number = "72020290081"
    facts = question(
        {"actor/role": number, "attributes": {**asking("person.familyName"), number: {}}, number: 1}
    )
    with pytest.raises(QuestionInvalid) as refused:
        check_question(facts)
    assert number not in str(refused.value)
    assert "?: extra_forbidden" in refused.value.problems


async def test_an_engine_refuses_an_ill_formed_question(embedded: EmbeddedDecisionPoint) -> None:
    with pytest.raises(QuestionInvalid):
        await embedded.decide(question({"time": "now"}))


def test_a_question_is_plain_json_all_through() -> None:
    with pytest.raises(QuestionInvalid):
        check_question(types.MappingProxyType(question()))
