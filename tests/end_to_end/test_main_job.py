"""The main job, end to end, as it comes: a form is prefilled, and the citizen sees it."""

import pytest

from tests.end_to_end.grant import GRANT
from tests.end_to_end.house import ASSERTED_CAP, THE_YEAR, House
from tests.end_to_end.people import SHARED, person, ssin
from tests.end_to_end.replies import disclosures, statuses, values
from tests.support.machine import free_port

pytestmark = pytest.mark.asyncio(loop_scope="session")
TAX = {"income", "householdIncome", "incomeYear", "dependants"}
SOCIAL = {"increasedReimbursement", "integrationIncome"}


async def test_a_study_grant_is_prefilled_with_what_three_sources_know(house: House) -> None:
    place = house.fresh()
    reply = await house.prefill("study-grant", place, caseId="2026-7")
    someone, tax = person(place), person(place).assessments[THE_YEAR]
    expected = {
        "lastName": someone.family_name,
        "firstNames": list(someone.given_names),
        "birthDate": someone.birth_date,
        "citizenship": list(someone.citizenships),
        "address": {
            "street": someone.address.street, "houseNumber": someone.address.house_number,
            "postCode": someone.address.post_code, "municipality": someone.address.municipality, "country": "BE",
            **({"box": someone.address.box} if someone.address.box else {}),
        },
        "householdSize": str(someone.household_size),
        "income": str(tax.taxable),
        "incomeYear": str(THE_YEAR),
        "dependants": str(tax.dependants),
        "increasedReimbursement": someone.statuses.increased_reimbursement,
        "integrationIncome": someone.statuses.integration_income,
        **({"householdIncome": str(tax.household)} if tax.household is not None else {}),
    }  # fmt: skip
    assert values(reply) == expected
    assert {name: one["attribute"] for name, one in reply.json["fields"].items()} == GRANT
    assert {reply.json["fields"][name]["source"] for name in TAX} == {"tax-administration"}
    opened = {name: content for name, (_, content) in disclosures(reply).items()}
    assert opened.pop("subject") == {"ssin": ssin(place)}
    assert {name: content["value"] for name, content in opened.items()} == expected


async def test_only_the_fields_that_were_asked_for_come(house: House) -> None:
    reply = await house.prefill("study-grant", house.fresh(), fields=["income", "lastName"])
    assert list(reply.json["fields"]) == ["income", "lastName"]


async def test_an_enterprise_is_prefilled_for_who_represents_it_and_both_see_it(house: House) -> None:
    place, enterprise = house.fresh_enterprise()
    subject = {"enterpriseNumber": enterprise.enterprise_number}
    reply = await house.prefill(
        "company-subsidy", subject=subject, actor=place, role="representative",
        representation={"basis": "enterpriseRole"},
    )  # fmt: skip
    assert values(reply)["legalName"] == enterprise.legal_name
    assert values(reply)["employees"] == str(enterprise.employee_count)
    line = (await house.lines(place, f"?representing={enterprise.enterprise_number}"))[0]
    assert line["index"] == reply.json["logIndex"]
    assert (line["role"], line["representedBy"], line["outcome"]) == (
        "representative",
        "enterpriseRole",
        "disclosed",
    )
    assert line["activity"]["id"] == "company-subsidy-decision"
    again = (await house.lines(place, f"?representing={enterprise.enterprise_number}"))[0]
    assert (again["kind"], again["role"]) == ("usageRead", "representative")
    (own,) = [one for one in await house.lines(place) if one.get("formId") == "company-subsidy"]
    assert (own["kind"], own["basis"], own["outcome"]) == ("actedFor", "enterpriseRole", "disclosed")
    assert "disclosed" not in own


async def test_nobody_else_reads_or_asks_in_the_name_of_an_enterprise(house: House) -> None:
    _, enterprise = house.fresh_enterprise()
    stranger = next(n for n in range(300) if ssin(n) not in enterprise.representatives)
    refused = await house.usage(stranger, f"?representing={enterprise.enterprise_number}")
    assert (refused.status, refused.problem) == (403, "missingPermission")
    subject = {"enterpriseNumber": enterprise.enterprise_number}
    asked = await house.prefill("company-subsidy", subject=subject, actor=stranger, role="representative")
    assert set(statuses(asked).values()) == {"denied"}


async def test_consent_opens_a_form_and_its_withdrawal_closes_it(house: House) -> None:
    place = house.fresh()

    async def ask() -> set[str]:
        return set(statuses(await house.prefill("sports-discount", place, client="municipality")).values())

    calls = await house.source("social-status", "GET", "/_calls")
    assert await ask() == {"consentRequired"}
    assert await house.source("social-status", "GET", "/_calls") == calls
    consent = await house.consent(place)
    assert await ask() == {"filled"}
    path = f"/api/citizen/v1/consents/{consent['consentId']}/withdraw"
    withdrawn = await house.call("POST", path, token=await house.login(place))
    assert withdrawn.json["status"] == "withdrawn"
    assert await ask() == {"consentRequired"}
    lines = (await house.lines(place))[::-1]
    assert [line["kind"] for line in lines] == [
        "prefill",
        "consentGiven",
        "prefill",
        "consentWithdrawn",
        "prefill",
    ]
    assert [line["outcome"] for line in lines] == [
        "refused", "consentGiven", "disclosed", "consentWithdrawn", "refused",
    ]  # fmt: skip
    assert lines[2]["consentId"] == consent["consentId"]
    assert set(lines[4]["withheld"].values()) == {"consentRequired"}
    assert "sources" not in lines[4]


async def test_a_consent_is_nobody_elses_to_withdraw(house: House) -> None:
    place, stranger = house.fresh(), house.fresh()
    consent = await house.consent(place)
    path = f"/api/citizen/v1/consents/{consent['consentId']}/withdraw"
    refused = await house.call("POST", path, token=await house.login(stranger))
    assert (refused.status, refused.problem) == (404, "resourceNotFound")
    again = await house.prefill("sports-discount", place, client="municipality")
    assert set(statuses(again).values()) == {"filled"}


async def test_a_person_whom_no_source_knows_is_a_form_with_empty_fields(house: House) -> None:
    place = house.stranger()
    reply = await house.prefill("study-grant", place)
    assert set(statuses(reply).values()) == {"empty"}, reply.body
    assert {one["reason"]["code"] for one in reply.json["fields"].values()} == {"subjectUnknown"}
    assert "receipt" not in reply.json
    (line,) = await house.lines(place)
    assert (line["outcome"], line["disclosed"]) == ("nothingDisclosed", [])
    assert line["sources"] == ["national-register", "social-status", "tax-administration"]


async def test_a_busy_source_is_a_fields_status_and_the_rest_is_filled(house: House) -> None:
    place = house.fresh()
    await house.source("tax-administration", "PUT", "/_behaviour", {"busy": True})
    try:
        reply = await house.prefill("study-grant", place)
    finally:
        await house.source("tax-administration", "PUT", "/_behaviour", {"busy": False})
    found = statuses(reply)
    assert {found[name] for name in TAX} == {"unavailable"}
    assert {found[name] for name in set(GRANT) - TAX} == {"filled"}
    assert reply.json["fields"]["income"]["reason"]["code"] == "sourceBusy"
    (line,) = await house.lines(place)
    assert line["outcome"] == "partial"
    assert line["withheld"] == {GRANT[name]: "sourceBusy" for name in TAX}


async def test_a_source_that_is_down_takes_nothing_else_with_it(house: House) -> None:
    place = house.fresh()
    settings = {"SOURCE_SOCIAL_STATUS_URL": f"http://127.0.0.1:{free_port()}"}
    async with house.replica(settings) as other:
        reply = await house.prefill("study-grant", place, hub=other)
        for _ in range(50):
            found = statuses(reply)
            if found["lastName"] == found["income"] == "filled":
                break
            reply = await house.prefill("study-grant", place, hub=other)
    found = statuses(reply)
    assert {found[name] for name in SOCIAL} == {"unavailable"}
    assert {found[name] for name in set(GRANT) - SOCIAL - {"householdIncome"}} == {"filled"}
    assert reply.json["fields"]["integrationIncome"]["reason"]["code"] == "sourceUnavailable"


async def test_a_token_of_somebody_else_opens_nothing_and_is_on_the_record(house: House) -> None:
    place, stranger = house.fresh(), house.fresh()
    reply = await house.prefill("study-grant", place, actor=stranger)
    assert set(statuses(reply).values()) == {"denied"}
    assert "receipt" not in reply.json
    (line,) = await house.lines(place)
    assert (line["index"], line["outcome"], line["disclosed"]) == (reply.json["logIndex"], "refused", [])
    assert set(line["withheld"].values()) == {"representationNotEstablished"}
    assert ssin(stranger) not in str(line)
    assert await house.lines(stranger) == []


async def test_without_a_token_nothing_leaves_where_the_activity_wants_one(house: House) -> None:
    place = house.fresh()
    reply = await house.prefill("study-grant", place, asserted=True)
    assert {one["reason"]["code"] for one in reply.json["fields"].values()} == {"actorNotProven"}


async def test_a_token_that_does_not_hold_is_refused_and_on_the_record(house: House) -> None:
    place = house.fresh()
    actor = {"role": "citizen", "token": await house.login(place, "prefill", age=3600)}
    body = {"formId": "study-grant", "subject": {"ssin": ssin(place)}, "actor": actor}
    token = await house.client_token()
    refused = await house.call("POST", "/api/prefill/v1/prefills", token=token, body=body)
    assert (refused.status, refused.json["issues"][0]["name"]) == (400, "actor.token")
    (line,) = await house.lines(place)
    assert (line["outcome"], set(line["withheld"].values())) == ("refused", {"actorTokenRefused"})


async def test_unproven_actors_are_admitted_where_the_activity_says_so_and_only_so_many_a_day(
    house: House,
) -> None:
    # Generated questions may have asked for those whom all tests share: now they are counted, whether so or not.
    for place in SHARED:
        await house.prefill("library-card", place, client="municipality", asserted=True)
    places = [house.fresh() for _ in range(ASSERTED_CAP - len(SHARED) + 1)]
    replies = [
        await house.prefill("library-card", place, client="municipality", asserted=True) for place in places
    ]
    assert [reply.status for reply in replies] == [200, 429]
    refusal = replies[-1]
    assert refusal.problem == "tooManyRequests"
    assert 0 < refusal.json["retryAfterSec"] <= 86_400
    assert refusal.json["limit"] == ASSERTED_CAP
    assert (await house.lines(places[0]))[0]["proof"] == "asserted"
    refused = (await house.lines(places[-1]))[0]
    assert (refused["outcome"], set(refused["withheld"].values())) == ("refused", {"quotaExceeded"})
    # Who was counted already may be asked for again, and a proven actor always.
    again = await house.prefill("library-card", places[0], client="municipality", asserted=True)
    proven = await house.prefill("library-card", places[-1], client="municipality")
    assert (again.status, proven.status) == (200, 200)


async def test_the_log_verifies_with_and_without_keys(house: House) -> None:
    await house.prefill("study-grant", house.fresh())
    opened, public = await house.verify(), await house.verify(keys=False)
    assert (opened.returncode, public.returncode) == (0, 0), opened.stdout + public.stdout
    assert "every entry was opened" in opened.stdout
    assert "no keys were given" in public.stdout


async def test_the_sources_go_and_come_back(small: House) -> None:
    place, sources = small.fresh(), small.at.running[0]
    await small.kill(sources)
    reply = await small.prefill("study-grant", place)
    assert set(statuses(reply).values()) == {"unavailable"}
    ports = [url.rsplit(":", 1)[1] for url in small.at.source_urls.values()]
    await small.at.spawn(small.at.programs.sources, "--ports", *ports)
    for url in small.at.source_urls.values():
        await small.at.up(f"{url}/health")
    small.at.running.insert(0, small.at.running.pop())
    assert "filled" in statuses(await small.prefill("study-grant", place)).values()
