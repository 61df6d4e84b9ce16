"""Who is known to the hub, what is sealed and what is whose cannot be found out by asking: every refusal of a kind is the same."""

from collections.abc import Mapping
from typing import Any

import pytest
import pytest_asyncio

from tests.end_to_end.house import MUNICIPALITY, House
from tests.end_to_end.people import MINOR, ssin
from tests.end_to_end.replies import Json, Reply

pytestmark = pytest.mark.asyncio(loop_scope="session")

CITIZEN = "/api/citizen/v1"
GRANTS_OFFICE = "0000100067"
ORDER = ("--attribute", "person.address", "--ordered-by", "a court", "--ground", "an order")
MEANINGLESS = frozenset({"instance", "prefillId", "logIndex", "receipt", "retrievedAt"})
"""What differs from one answer to the next by chance."""


def told(reply: Reply) -> tuple[int, tuple[str, ...], Any]:
    """All that an answer tells: its status, its headers, its body without what is chance."""
    volatile = {"belgov-trace-id", "date", "content-length"}
    heads = sorted(
        f"{name}: {value}".lower() for name, value in reply.headers if name.lower() not in volatile
    )
    return reply.status, tuple(heads), _without_chance(reply.json)


def _without_chance(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: "…" if name in MEANINGLESS else _without_chance(one) for name, one in value.items()}
    return [_without_chance(one) for one in value] if isinstance(value, list) else value


def alike(replies: Mapping[str, Reply]) -> tuple[int, tuple[str, ...], Any]:
    """What all of them tell, which is the same."""
    first, *others = replies
    for other in others:
        assert told(replies[first]) == told(replies[other]), (first, other)
    return told(replies[first])


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def subjects(small: House) -> dict[str, int]:
    """People of every kind, by their place; somebody else asks for them."""
    found = {
        "known": small.fresh(), "never seen": small.stranger(), "sealed": small.fresh(), "with a consent": small.fresh(),
        "with lines": small.fresh(), "a minor": MINOR,
    }  # fmt: skip
    done = await small.command("subjects", "seal", *ORDER, "--subject-from", "-", given=ssin(found["sealed"]))
    assert done.returncode == 0, done.stderr
    await small.consent(found["with a consent"])
    await small.prefill("study-grant", found["with lines"])
    return found


@pytest.mark.parametrize("form", ["study-grant", "sports-discount", "adapted-transport", "library-card"])
async def test_a_form_about_somebody_else_tells_nothing_of_them(
    small: House, subjects: dict[str, int], form: str
) -> None:
    client = "grants" if form == "study-grant" else "municipality"
    attacker = small.fresh()
    before = {name: await small.source(name, "GET", "/_calls") for name in small.at.source_urls}
    replies = {
        name: await small.prefill(form, place, client=client, actor=attacker)
        for name, place in subjects.items()
    }
    status, _, body = alike(replies)
    assert status == 200
    assert {field["status"] for field in body["fields"].values()} <= {"denied", "consentRequired"}
    after = {name: await small.source(name, "GET", "/_calls") for name in small.at.source_urls}
    assert before == after, "no source was asked, so that nobody's answer took longer than another's"


async def test_a_mandate_or_a_childs_parent_that_is_only_claimed_tells_nothing(
    small: House, subjects: dict[str, int]
) -> None:
    attacker = small.fresh()
    for basis in ("mandate", "parent"):
        replies = {
            name: await small.prefill(
                "study-grant", place, actor=attacker, role="representative", representation={"basis": basis, "reference": "M-1"}
            )
            for name, place in subjects.items()
        }  # fmt: skip
        status, _, body = alike(replies)
        assert status == 200
        assert {field["status"] for field in body["fields"].values()} == {"denied"}


async def test_an_agent_of_another_administration_learns_of_nobody(
    small: House, subjects: dict[str, int]
) -> None:
    agent = small.fresh()
    actor = {"role": "agent", "token": await small.login(agent, "prefill", office=GRANTS_OFFICE)}
    client = await small.client_token("municipality")
    prefills, emergencies = {}, {}
    for name, place in subjects.items():
        case: Json = {"subject": {"ssin": ssin(place)}, "caseId": "7", "reason": "x", "actor": actor}
        asked = {**case, "formId": "adapted-transport"}
        prefills[name] = await small.call("POST", "/api/prefill/v1/prefills", token=client, body=asked)
        opening = {**case, "activityId": "adapted-transport", "actor": {"token": actor["token"]}}
        emergencies[name] = await small.call(
            "POST", "/api/prefill/v1/emergencies", token=client, body=opening
        )
    status, _, body = alike(prefills)
    assert status == 200
    assert {field["status"] for field in body["fields"].values()} == {"denied"}
    assert alike(emergencies)[0] == 403


async def test_a_line_of_somebody_else_is_a_line_that_is_not_there(
    small: House, subjects: dict[str, int]
) -> None:
    theirs = (await small.lines(subjects["with lines"]))[0]["index"]
    indices = {"somebody's": theirs, "the hub's own": 0, "none's": 999_999_999}
    token = await small.login(small.fresh())
    for what in ("explanation?lang=fr", "proof"):
        replies = {
            name: await small.call("GET", f"{CITIZEN}/usage/{index}/{what}", token=token)
            for name, index in indices.items()
        }
        assert alike(replies)[0] == 404


async def test_a_consent_of_somebody_else_is_a_consent_that_is_not_there(small: House) -> None:
    given, over = await small.consent(small.fresh()), small.fresh()
    withdrawn = await small.consent(over)
    path = f"{CITIZEN}/consents/{withdrawn['consentId']}/withdraw"
    assert (await small.call("POST", path, token=await small.login(over))).status == 200
    token = await small.login(small.fresh())
    names = {"given": given["consentId"], "withdrawn": withdrawn["consentId"], "nobody's": "0" * 32}
    replies = {
        name: await small.call("POST", f"{CITIZEN}/consents/{one}/withdraw", token=token)
        for name, one in names.items()
    }
    assert alike(replies)[0] == 404


async def test_an_enterprise_of_somebody_else_is_like_one_that_is_not_there(small: House) -> None:
    _, enterprise = small.fresh_enterprise()
    token = await small.login(small.fresh())
    for what in ("", "/0/explanation", "/0/proof", "/completeness"):
        replies = {
            name: await small.call("GET", f"{CITIZEN}/usage{what}?representing={number}", token=token)
            for name, number in {"somebody's": enterprise.enterprise_number, "nobody's": "0000000097"}.items()
        }
        assert alike(replies)[0] == 403


async def test_an_officer_cannot_tell_whom_only_others_know_from_whom_nobody_knows(
    small: House, subjects: dict[str, int]
) -> None:
    token = await small.login(1, "dpo", officer_of=MUNICIPALITY)
    unknown_to_them = ("known", "never seen", "with lines")  # the last has lines of the grants office alone
    replies = {
        name: await small.call(
            "POST", "/api/dpo/v1/usage/search", token=token,
            body={"subject": {"ssin": ssin(subjects[name])}, "kind": "prefill", "activity": "study-grant-decision", "reason": "x"},
        )
        for name in unknown_to_them
    }  # fmt: skip
    status, _, body = alike(replies)
    assert (status, body["items"]) == (200, [])


async def test_a_client_that_is_not_there_is_refused_like_one_that_is(small: House) -> None:
    grant = "grant_type=client_credentials"
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    names = {"there": "municipal-forms", "of another method": "grants-portal", "not there": "nobody"}
    wrong = "wrong-secret-of-many-letters"
    replies = {
        name: await small.call("POST", "/oauth2/token", data=f"{grant}&client_id={one}&client_secret={wrong}".encode(), headers=kind)
        for name, one in names.items()
    }  # fmt: skip
    assert alike(replies)[0] == 401
