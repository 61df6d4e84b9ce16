"""What the rules would say, over the real rules: whose word counts for what."""

from dataclasses import replace
from typing import Any

import pytest

from hub.catalogue import Catalogue
from hub.identity import LoginUnavailable
from hub.services.errors import NoDecision, NotPermitted
from hub.services.evaluation import Answer, Evaluation, Evaluations, Invalid, Semantic
from policies import Deny, Permit
from tests.hub.services.conftest import CITIZEN, COMPANY, OTHER, House, Logins


@pytest.fixture
def evaluations(house: House) -> Evaluations:
    return made(house, house.catalogue)


def made(house: House, catalogue: Catalogue) -> Evaluations:
    office = catalogue.controllers["grants-office"].enterprise_number
    return Evaluations(
        catalogue=catalogue, decisions=house.decisions, logins=Logins(office), clock=house.clock, actor_audience="x"
    )  # fmt: skip


def asking(
    form: str = "study-grant",
    role: str = "citizen",
    *,
    resource: Any = None,
    context: Any = None,
    **subject: Any,
) -> Evaluation:
    return Evaluation(
        subject_type=role, action="prefill", resource_type="form", resource_id=form,
        subject_properties=subject, resource_properties=resource or {}, context=context or {},
    )  # fmt: skip


def reasons(answer: Answer) -> set[str]:
    return {one.reason for one in answer.rulings.values() if isinstance(one, Deny)} | (
        {answer.reason} if answer.reason else set()
    )


async def ask(evaluations: Evaluations, evaluation: Evaluation, client: str = "grants-portal") -> Answer:
    return await evaluations(client, evaluation)


async def test_the_question_is_the_one_that_a_prefill_asks(house: House, evaluations: Evaluations) -> None:
    answer = await ask(evaluations, asking(token="citizen", isSubject=True))
    assert answer.decision
    await house.ask("study-grant")
    evaluated, prefilled = house.decisions.questions
    assert evaluated == prefilled


@pytest.mark.parametrize(
    "said", [{"channel": CITIZEN}, {"channel": f"n-{CITIZEN}"}, {"channel": "\ud800"}, {"channel": "x" * 101}]
)
async def test_what_would_stand_in_the_question_as_it_is_has_a_form(
    house: House, evaluations: Evaluations, said: dict[str, Any]
) -> None:
    answer = await ask(evaluations, asking(token="citizen", isSubject=True, context=said))
    assert (answer.reason, house.decisions.questions) == ("factNotUsable", [])
    for notice in (CITIZEN, "0" * 63, "Z" * 64):
        consents = {"consents": [{"status": "given", "notice": notice}]}
        answer = await ask(evaluations, asking(token="citizen", isSubject=True, context=consents))
        assert (answer.reason, house.decisions.questions) == ("factNotUsable", [])


async def test_of_a_minor_and_of_a_seal_the_client_is_believed(
    house: House, evaluations: Evaluations
) -> None:
    told = {"dataSubject": {"age": 11, "sealed": ["person.address", "person.shoeSize"]}}
    await ask(evaluations, asking(token="other", context=told))
    await ask(evaluations, asking(token="citizen", isSubject=True, context=told))
    other, own = (one["subject"] for one in house.decisions.questions)  # type: ignore[index]
    assert other == {"kind": "person", "age": 11, "sealed": ["person.address"]}
    assert own["age"] == 18, "the number of whoever logged in says it"


async def test_for_an_enterprise_too(house: House, evaluations: Evaluations) -> None:
    about = {"dataSubject": {"enterpriseNumber": COMPANY}}
    answer = await ask(
        evaluations, asking("company-subsidy", "representative", context=about, token="citizen")
    )
    assert answer.decision
    await house.ask("company-subsidy", role="representative")
    evaluated, prefilled = house.decisions.questions
    assert evaluated == prefilled


@pytest.mark.parametrize("number", ["0999999999", "", "x", CITIZEN, 5])
async def test_for_another_enterprise_or_none_one_may_not_act(evaluations: Evaluations, number: Any) -> None:
    about = {"dataSubject": {"enterpriseNumber": number}}
    answer = await ask(
        evaluations, asking("company-subsidy", "representative", context=about, token="citizen")
    )
    assert not answer.decision
    assert reasons(answer) <= {"representationNotEstablished", "factNotUsable"}


async def test_no_question_holds_who_somebody_is(house: House, evaluations: Evaluations) -> None:
    consent = {
        "status": "given",
        "id": CITIZEN,
        "attributes": [CITIZEN, "person.familyName"],
        CITIZEN: CITIZEN,
    }
    about = {
        "dataSubject": {"enterpriseNumber": COMPANY, "sealed": [CITIZEN, "person.address"], CITIZEN: CITIZEN},
        "caseId": CITIZEN, "reason": CITIZEN, "consents": [consent], CITIZEN: CITIZEN,
    }  # fmt: skip
    for form in ("study-grant", "company-subsidy"):
        await ask(evaluations, asking(form, token="citizen", isSubject=True, context=about))
    assert len(house.decisions.questions) == 2
    for number in (CITIZEN, COMPANY):
        assert number not in str(house.decisions.questions)


@pytest.mark.parametrize(
    ("said", "refusal"),
    [
        ({}, "actorNotProven"),
        ({"isSubject": True}, "actorNotProven"),
        ({"proof": "token", "established": True, "assuranceLevel": 500, "isSubject": True}, "actorNotProven"),
        ({"token": "citizen"}, "representationNotEstablished"),
        ({"token": "citizen", "basis": "mandate"}, "representationNotEstablished"),
        ({"token": "citizen", "basis": "mandate", "established": True}, "representationNotEstablished"),
        ({"token": "forged", "isSubject": True}, "actorTokenRefused"),
        ({"token": "expired", "isSubject": True}, "actorTokenRefused"),
        ({"token": "citizen", "isSubject": "yes"}, "factNotUsable"),
        ({"token": 5}, "factNotUsable"),
    ],
)
async def test_what_a_client_cannot_vouch_for_is_not_taken_from_it(
    evaluations: Evaluations, said: dict[str, Any], refusal: str
) -> None:
    answer = await ask(evaluations, asking(**said))
    assert (answer.decision, reasons(answer)) == (False, {refusal})


async def test_an_agent_is_one_of_the_clients_own_administration_with_a_case_and_a_reason(
    evaluations: Evaluations,
) -> None:
    both: dict[str, Any] = {"caseId": "2026-1", "reason": True, "channel": "counter"}
    assert (await ask(evaluations, asking(role="agent", token="agent", context=both))).decision
    for left_out, refusal in (("caseId", "caseRequired"), ("reason", "reasonRequired")):
        for empty in (False, "", "  "):
            answer = await ask(
                evaluations, asking(role="agent", token="agent", context={**both, left_out: empty})
            )
            assert reasons(answer) == {refusal}
    answer = await ask(evaluations, asking(role="agent", token="citizen", context=both))
    assert reasons(answer) == {"representationNotEstablished"}


async def test_a_form_of_another_client_is_as_unknown_as_none(evaluations: Evaluations) -> None:
    answers = [
        await ask(evaluations, asking(form, token="citizen", isSubject=True))
        for form in ("library-card", "no-such-form", "__proto__", "")
    ]
    assert len(set(map(str, answers))) == 1
    assert (answers[0].decision, answers[0].reason, answers[0].rulings) == (False, "unknownResource", {})


async def test_an_attribute_is_asked_for_a_form(evaluations: Evaluations) -> None:
    who: dict[str, Any] = {"token": "citizen", "isSubject": True}

    async def about(attribute: str, form: object = "study-grant") -> Answer:
        one = replace(
            asking(resource={"form": form}, **who), resource_type="attribute", resource_id=attribute
        )
        return await ask(evaluations, one)

    permitted = await about("person.familyName")
    assert permitted.decision
    assert isinstance(permitted.rulings["person.familyName"], Permit)
    foreign = await about("organisation.legalName")
    assert reasons(foreign) == {"purposeNotAuthorised"}
    for attribute, form in (
        ("person.shoeSize", "study-grant"),
        ("person.familyName", None),
        ("person.familyName", "library-card"),
    ):
        answer = await about(attribute, form)
        assert answer.reason == "unknownResource"


async def test_some_fields_of_a_form(evaluations: Evaluations) -> None:
    some = asking(resource={"fields": ["lastName", "income"]}, token="citizen", isSubject=True)
    assert set((await ask(evaluations, some)).rulings) == {"person.familyName", "person.taxableIncome"}
    for fields in ([], ["no"], ["lastName", "no"], "lastName", [5]):
        answer = await ask(evaluations, asking(resource={"fields": fields}, token="citizen", isSubject=True))
        assert answer.decision is False
        assert answer.reason in {"unknownResource", "factNotUsable"}


@pytest.mark.parametrize(
    ("part", "wrong"), [("subject_type", "user"), ("action", "read"), ("resource_type", "record")]
)
async def test_what_the_rules_do_not_know_is_denied(evaluations: Evaluations, part: str, wrong: str) -> None:
    changed: dict[str, Any] = {part: wrong}
    answer = await ask(evaluations, replace(asking(token="citizen", isSubject=True), **changed))
    assert answer.decision is False
    assert str(answer.reason).startswith("unknown")
    assert wrong not in str(answer.detail).split()


async def test_consent_is_taken_as_told_and_for_this_activity_alone(
    house: House, evaluations: Evaluations
) -> None:
    house.clock.pass_by(milliseconds=700)
    now = int(house.clock().timestamp() * 1000)
    given = {
        "status": "given", "validFrom": now, "notice": house.consents.notice("sports-discount", "fr").version_hash,
        "id": CITIZEN, "activity": "study-grant-decision",
    }  # fmt: skip

    async def with_consent(**changes: Any) -> Answer:
        told = asking(
            "sports-discount", token="citizen", isSubject=True, context={"consents": [{**given, **changes}]}
        )
        return await ask(evaluations, told, "municipal-forms")

    answer = await with_consent()
    assert answer.decision, answer
    assert CITIZEN not in str(answer)
    lacking: list[dict[str, Any]] = [
        {"status": "withdrawn"},
        {"validFrom": now + 1},
        {"validUntil": now},
        {"attributes": []},
    ]
    for worse in lacking:
        assert reasons(await with_consent(**worse)) == {"consentRequired"}
    for broken in ({"status": "yes"}, {"validFrom": "now"}, {"validUntil": True}, {"validFrom": -1}):
        assert reasons(await with_consent(**broken)) == {"factNotUsable"}


async def test_no_decision_and_no_login_are_no_answer(house: House, evaluations: Evaluations) -> None:
    with pytest.raises(LoginUnavailable):
        await ask(evaluations, asking(token="down"))
    house.decisions.down = True
    with pytest.raises(NoDecision):
        await ask(evaluations, asking(token="citizen", isSubject=True))


async def test_a_client_that_was_struck_off_is_refused(house: House) -> None:
    without = {name: one for name, one in house.catalogue.clients.items() if name != "grants-portal"}
    with pytest.raises(NotPermitted):
        await ask(made(house, replace(house.catalogue, clients=without)), asking())


@pytest.mark.parametrize(
    ("semantic", "expected"),
    [
        ("execute_all", [True, False, True, False]),
        ("deny_on_first_deny", [True, False]),
        ("permit_on_first_permit", [True]),
    ],
)
async def test_several_end_where_they_should(
    evaluations: Evaluations, semantic: Semantic, expected: list[bool]
) -> None:
    yes, no = asking(token="citizen", isSubject=True), asking(token="other", isSubject=False)
    found = [one async for one in evaluations.each("grants-portal", [yes, no, yes, Invalid("x")], semantic)]
    assert [isinstance(one, Answer) and one.decision for one in found] == expected
    found = [one async for one in evaluations.each("grants-portal", [no, Invalid("x"), yes], semantic)]
    assert len(found) == {"execute_all": 3, "deny_on_first_deny": 1, "permit_on_first_permit": 3}[semantic]


def test_a_question_is_not_shown_by_its_repr() -> None:
    shown = repr(asking(token="citizen", context={CITIZEN: OTHER}))
    assert CITIZEN not in shown
    assert "citizen" not in shown
