"""The door of policy enforcement points keeps to OpenID AuthZEN 1.0, and says what a prefill would say. Expected statuses are those of the
working group's certification scenario (its decisions are about its own policy, which is not ours).
"""

import asyncio
import json
import time
import uuid
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from tests.end_to_end.conftest import Production
from tests.end_to_end.house import PREFILLS, House, Reply, ssin, statuses

pytestmark = pytest.mark.asyncio(loop_scope="session")

ONE, SEVERAL = "/access/v1/evaluation", "/access/v1/evaluations"
ALICE = {"type": "user", "id": "alice"}
READ = {"name": "read"}
RECORD = {"type": "record", "id": "record-1"}
WHOLE = {"subject": ALICE, "action": READ, "resource": RECORD}
FIELD = {"type": "attribute", "id": "person.familyName", "properties": {"form": "study-grant"}}


async def ask(house: House, body: Any, path: str = ONE, client: str = "grants", **more: Any) -> Reply:
    token = await house.client_token(client, "evaluate")
    return await house.call("POST", path, token=token, body=body, **more)


async def citizen(house: House, **properties: Any) -> dict[str, Any]:
    """A citizen who logged in, about themselves."""
    token = await house.login(0, "prefill")
    return {"type": "citizen", "id": ssin(0), "properties": {"token": token, "isSubject": True, **properties}}


async def prefilling(house: House, form: str, **context: Any) -> dict[str, Any]:
    resource = {"type": "form", "id": form}
    return {
        "subject": await citizen(house),
        "action": {"name": "prefill"},
        "resource": resource,
        "context": context,
    }


@pytest.fixture(scope="session")
def published(realworld: Path) -> dict[str, Draft202012Validator]:
    """The working group's own schemas."""
    folder = realworld / "vectors" / "authzen"
    kinds = ("request", "response")
    files = {kind: json.loads((folder / f"evaluation-{kind}.schema.json").read_text()) for kind in kinds}
    return {kind: Draft202012Validator(schema) for kind, schema in files.items()}


async def test_a_permit_tells_its_basis_for_each_attribute(
    house: House, published: dict[str, Draft202012Validator]
) -> None:
    body = await prefilling(house, "study-grant")
    published["request"].validate(body)
    reply = await ask(house, body)
    assert (reply.status, reply.type) == (200, "application/json"), reply.body
    published["response"].validate(reply.json)
    assert reply.json["decision"] is True, reply.json
    context = reply.json["context"]
    assert context["rulings"]["person.familyName"] == {
        "decision": True,
        "basis": "6(1)(e)",
        "obligations": [],
        "duties": [],
    }
    assert len(context["revision"]) >= 16
    assert ssin(0) not in reply.raw.decode()


async def test_an_evaluation_says_what_a_prefill_does(house: House) -> None:
    for form, client in (("study-grant", "grants"), ("sports-discount", "municipality")):
        prefilled = await house.prefill(form, house.fresh(), client=client)
        filled = {name for name, status in statuses(prefilled).items() if status in {"filled", "empty"}}
        asked = await ask(house, await prefilling(house, form), client=client)
        fields = {name: one["attribute"] for name, one in prefilled.json["fields"].items()}
        rulings = asked.json["context"]["rulings"]
        assert {name for name, attribute in fields.items() if rulings[attribute]["decision"]} == filled
        assert asked.json["decision"] is (filled == set(fields))


async def test_a_denial_gives_its_reason_to_both_readers_and_the_consent_that_would_help_permits(
    house: House,
) -> None:
    body = await prefilling(house, "sports-discount")
    denied = await ask(house, body, client="municipality", headers={"Accept-Language": "fr"})
    assert denied.json["decision"] is False
    context = denied.json["context"]
    assert context["reason_admin"] == {"consentRequired": "onlyonce.consent.satisfied"}
    assert context["reason_user"]["consentRequired"].startswith(
        "Cette donnée n'est transmise que si vous êtes d'accord"
    )
    remedies = [one["remedy"] for one in context["rulings"].values()]
    assert remedies == [{"action": "giveConsent", "activityId": "sports-discount"}] * len(remedies)
    hour = 3_600_000
    now = int(time.time()) * 1000
    place = house.fresh()
    notice = (await house.consent(place))["noticeHash"]
    given = {"status": "given", "validFrom": now - hour, "validUntil": now + hour, "notice": notice}
    agreed = await ask(house, {**body, "context": {"consents": [given]}}, client="municipality")
    assert agreed.json["decision"] is True, agreed.json
    over = {**given, "validUntil": now - 1}
    late = await ask(house, {**body, "context": {"consents": [over]}}, client="municipality")
    assert late.json["decision"] is False


async def test_nothing_is_logged_and_nobody_is_looked_up(house: House) -> None:
    async def prefilled() -> int:
        reply = await house.prefill("study-grant", house.fresh(), fields=["lastName"])
        return int(reply.json["logIndex"])

    entries: list[int] = []
    for _ in range(3):
        before = await house.source("national-register", "GET", "/_calls")
        size = await prefilled()
        asked = await house.source("national-register", "GET", "/_calls")
        for _ in range(3):
            await ask(house, await prefilling(house, "study-grant"))
        assert await house.source("national-register", "GET", "/_calls") == asked != before
        entries.append(await prefilled() - size - 1)
    # What an earlier test left under way may become an entry meanwhile, but hardly each time.
    assert 0 in entries


ANY = [
    pytest.param(WHOLE, id="types of somebody else"),
    pytest.param({**WHOLE, "context": {"time": "2025-06-27T18:03-07:00", "ip": "192.0.2.1"}}, id="a context"),
    pytest.param({**WHOLE, "foo": "bar", "futureField": {"nested": True}}, id="unknown members"),
    pytest.param({**WHOLE, "subject": {**ALICE, "properties": {"role": "admin", "n": 10**400, "x": [[{}]] * 3}}}, id="properties"),
    pytest.param({**WHOLE, "subject": {"type": "", "id": ""}}, id="empty strings"),
    pytest.param({**WHOLE, "subject": {"type": "user", "id": "\ud800\x00 \u202e"}}, id="odd strings"),
    pytest.param({**WHOLE, "resource": {"type": "form", "id": "x" * 40_000}}, id="a long id"),
]  # fmt: skip


@pytest.mark.parametrize("body", ANY)
async def test_whatever_the_rules_do_not_know_is_denied_with_a_reason(small: House, body: Any) -> None:
    for path in (ONE, SEVERAL):
        reply = await ask(small, body, path)
        assert (reply.status, reply.json["decision"]) == (200, False), reply.body
        assert len(reply.json["context"]["reason_user"]) == 1


@pytest.mark.parametrize("path", [ONE, SEVERAL])
async def test_what_is_no_question_is_refused(small: House, path: str) -> None:
    lacking: list[Any] = [{k: v for k, v in WHOLE.items() if k != name} for name in WHOLE]
    lacking += [
        {**WHOLE, "subject": {"id": "alice"}},
        {**WHOLE, "subject": {"type": "user"}},
        {**WHOLE, "action": {}},
    ]
    lacking += [{**WHOLE, "resource": {"type": "record"}}, {**WHOLE, "resource": {"id": "record-1"}}]
    lacking += [{**WHOLE, "subject": "alice"}, {**WHOLE, "action": {"name": 123}}, {**WHOLE, "subject": None}]
    lacking += [{**WHOLE, "context": []}, {**WHOLE, "subject": {**ALICE, "properties": []}}, [], "x", 1, None]
    for body in lacking:
        reply = await ask(small, None, path, data=json.dumps(body).encode())
        assert (reply.status, reply.problem) == (400, "badRequest"), (body, reply.body)
    for data in (
        b"",
        b"{",
        b"\xff\xfe{}",
        json.dumps(WHOLE).encode("utf-16"),
        b"[" * 30_000,
        b'{"subject":NaN}',
    ):
        assert (await ask(small, None, path, data=data)).status == 400, data[:20]
    twice = json.dumps(WHOLE)[:-1] + ', "subj\\u0065ct": {"type": "citizen", "id": "x"}}'
    assert (await ask(small, None, path, data=twice.encode())).status == 400
    for kind in ("text/plain", "application/xml", "application/merge-patch+json", "application/jsonp"):
        assert (await ask(small, WHOLE, path, headers={"Content-Type": kind})).status == 400, kind
    assert (
        await ask(small, WHOLE, path, headers={"Content-Type": "application/json; charset=utf-8"})
    ).status == 200
    assert (await ask(small, {**WHOLE, "x": "x" * 2**20}, path)).status == 413


async def test_who_asks_without_leave_is_told_so(small: House) -> None:
    for path in (ONE, SEVERAL):
        nobody = await small.call("POST", path, body=WHOLE)
        assert (nobody.status, nobody.problem) == (401, "noAccessToken")
        other = await small.call("POST", path, body=WHOLE, token=await small.client_token())
        assert (other.status, other.problem) == (403, "missingScope")
    prefill = await small.call("POST", PREFILLS, body={}, token=await small.client_token(scope="evaluate"))
    assert (prefill.status, prefill.problem) == (403, "missingScope")


async def test_the_name_of_a_request_comes_back_with_every_answer(small: House) -> None:
    for name in ("bfe9eb29-ab87-4ca3-be83-a1d5d8305716", "any text; of 1 caller"):
        for body, token in ((WHOLE, True), ({}, True), (WHOLE, False)):
            sent = {"X-Request-ID": name}
            shown = await small.client_token(scope="evaluate") if token else None
            reply = await small.call("POST", ONE, body=body, headers=sent, token=shown)
            assert [value for key, value in reply.headers if key.lower() == "x-request-id"] == [name]
    without = await ask(small, WHOLE)
    assert "x-request-id" not in {key.lower() for key, _ in without.headers}


async def test_no_national_number_goes_in_or_out_by_a_header(small: House) -> None:
    reply = await ask(small, WHOLE, headers={"X-Request-ID": ssin(0)})
    assert reply.status == 400
    assert ssin(0) not in reply.raw.decode()


async def test_what_somebody_is_called_is_neither_repeated_nor_written_down(small: House) -> None:
    for entity in ("subject", "resource"):
        for key in ("type", "id"):
            body = {
                **WHOLE,
                entity: {"type": "user", "id": "x", key: ssin(0), "properties": {ssin(0): ssin(0)}},
            }
            body |= {"context": {ssin(0): ssin(0), "channel": ssin(0), "consents": [{"status": ssin(0)}]}}
            reply = await ask(small, body)
            assert reply.json["decision"] is False
            assert ssin(0) not in reply.raw.decode()
    for file, said in small.said().items():
        assert ssin(0).encode() not in said, file


async def test_the_metadata_names_what_is_there(small: House) -> None:
    reply = await small.call("GET", "/.well-known/authzen-configuration")
    assert (reply.status, reply.type) == (200, "application/json")
    assert reply.json == {
        "policy_decision_point": small.hub,
        "access_evaluation_endpoint": small.hub + ONE,
        "access_evaluations_endpoint": small.hub + SEVERAL,
    }


async def test_without_an_engine_there_is_no_decision(production: Production) -> None:
    house = production.house
    production.opa.kill()
    try:
        for path in (ONE, SEVERAL):
            body = await prefilling(
                house, "study-grant", channel=f"c{uuid.uuid4().hex}"
            )  # never asked before
            reply = await ask(house, {**body, "evaluations": [{}]}, path)
            assert (reply.status, reply.problem) == (503, "serviceUnavailable"), reply.body
            assert b"decision" not in reply.body
    finally:
        production.opa.start()
    await house.settled("UP")
    assert (await ask(house, await prefilling(house, "study-grant"))).json["decision"] is True


async def test_several_questions_are_answered_in_their_order(house: House) -> None:
    body = await prefilling(house, "study-grant")
    items: list[Any] = [
        {},
        {"resource": {"type": "form", "id": "nobody-s"}},
        {"resource": FIELD},
        {"subject": ALICE},
        {"resource": {"id": 5}},
        7,
    ]
    every = await ask(house, {**body, "evaluations": items}, SEVERAL)
    assert every.status == 200, every.body
    assert [one["decision"] for one in every.json["evaluations"]] == [True, False, True, False, False, False]
    assert every.json["evaluations"][4]["context"]["error"] == {
        "status": 400, "message": "resource.id: must be a string",
    }  # fmt: skip
    assert "decision" not in every.json
    for semantic, expected in (("deny_on_first_deny", [True, False]), ("permit_on_first_permit", [True])):
        some = {**body, "evaluations": items, "options": {"evaluations_semantic": semantic}}
        reply = await ask(house, some, SEVERAL)
        assert [one["decision"] for one in reply.json["evaluations"]] == expected


async def test_a_hundred_questions_at_most_and_none_is_one(small: House) -> None:
    body = await prefilling(small, "study-grant")
    hundred = await ask(small, {**body, "evaluations": [{}] * 100}, SEVERAL)
    assert [one["decision"] for one in hundred.json["evaluations"]] == [True] * 100
    assert (await ask(small, {**body, "evaluations": [{}] * 101}, SEVERAL)).status == 400
    nothing: list[dict[str, Any]] = [{}, {"evaluations": []}]
    for none in nothing:
        assert (await ask(small, {**body, **none}, SEVERAL)).json["decision"] is True


async def test_many_ask_at_once(small: House) -> None:
    body = await prefilling(small, "study-grant")
    replies = await asyncio.gather(*(ask(small, body) for _ in range(50)))
    assert {(reply.status, reply.json["decision"]) for reply in replies} == {(200, True)}
