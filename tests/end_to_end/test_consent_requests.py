"""An administration asks for a consent, the person answers, and the form is filled: over the wire."""

import pytest

from tests.end_to_end.house import House
from tests.end_to_end.people import ssin
from tests.end_to_end.replies import Reply, statuses

pytestmark = pytest.mark.asyncio(loop_scope="session")

ASKED, CONSENTS = "/api/prefill/v1/consents", "/api/citizen/v1/consents"


async def ask(house: House, place: int, **changes: object) -> Reply:
    token = await house.client_token("municipality", "consents")
    body = {"activityId": "sports-discount", "subject": {"ssin": ssin(place)}, "language": "fr", **changes}
    return await house.call("POST", ASKED, token=token, body=body)


async def test_a_person_is_asked_agrees_and_the_form_is_filled(house: House) -> None:
    place = house.fresh()
    asked = await ask(house, place)
    assert (asked.status, asked.json["status"]) == (201, "requested")
    assert (await ask(house, place)).status == 200
    consent, person = asked.json["consentId"], await house.login(place)
    listed = await house.call("GET", CONSENTS, token=person)
    assert (listed.json["items"][0]["consentId"], listed.json["items"][0]["status"]) == (consent, "requested")
    before = await house.prefill("sports-discount", place, client="municipality")
    assert set(statuses(before).values()) == {"consentRequired"}
    shown = (await house.call("GET", f"{CONSENTS}/{consent}", token=person)).json["notice"]
    answer = {"language": shown["language"], "noticeHash": shown["noticeHash"]}
    given = await house.call("POST", f"{CONSENTS}/{consent}/give", token=person, body=answer)
    assert (given.status, given.json["status"]) == (200, "given"), given.body
    after = await house.prefill("sports-discount", place, client="municipality")
    assert "filled" in set(statuses(after).values())
    client = await house.client_token("municipality", "consents")
    seen = await house.call("GET", f"{ASKED}/{consent}", token=client)
    assert seen.json["status"] == "given"
    assert ssin(place) not in str(seen.body)
    found = await house.call("POST", f"{ASKED}/search", token=client, body={"subject": {"ssin": ssin(place)}})
    assert [one["consentId"] for one in found.json["items"]] == [consent]
    kinds = [line["kind"] for line in await house.lines(place)]
    assert {"consentRequested", "consentRead", "consentGiven"} <= set(kinds)


async def test_who_refuses_is_not_asked_again_and_the_administration_is_told_when(house: House) -> None:
    place = house.fresh()
    consent = (await ask(house, place)).json["consentId"]
    refused = await house.call("POST", f"{CONSENTS}/{consent}/refuse", token=await house.login(place))
    assert refused.status == 200
    again = await ask(house, place)
    assert again.status == 429
    assert int(dict(again.headers)["retry-after"]) > 86_400
    assert ssin(place) not in str(again.body)


async def test_a_bundle_of_purposes_is_refused(house: House) -> None:
    bundle = await ask(house, house.fresh(), activityId=["sports-discount", "library-card"])
    assert bundle.status == 400
    assert bundle.json["issues"][0]["in"] == "body"
    assert "one processing activity" in str(bundle.body)


async def test_a_number_that_nobody_has_is_asked_like_any_other(house: House) -> None:
    real, nobody = await ask(house, house.fresh()), await ask(house, house.stranger())
    assert (real.status, set(real.json)) == (nobody.status, set(nobody.json))


async def test_a_client_without_the_scope_asks_nobody(house: House) -> None:
    body = {"activityId": "sports-discount", "subject": {"ssin": ssin(0)}, "language": "fr"}
    refused = await house.call("POST", ASKED, token=await house.client_token("municipality"), body=body)
    assert (refused.status, refused.problem) == (403, "missingScope")
