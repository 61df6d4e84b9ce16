"""A citizen reads what was done with their data, line by line and page by page."""

from datetime import UTC, date, datetime

import pytest

from hub.catalogue import Duration
from tests.end_to_end.grant import GRANT
from tests.end_to_end.house import House

pytestmark = pytest.mark.asyncio(loop_scope="session")


def ten_years_on(recorded: str) -> str:
    return Duration.parse("P10Y").after(datetime.fromisoformat(recorded)).date().isoformat()


async def test_the_citizen_reads_exactly_what_was_done(house: House) -> None:
    place = house.fresh()
    reply = await house.prefill("study-grant", place, caseId="2026-8", fields=list(GRANT)[:8])
    (line,) = await house.lines(place)
    empty = {
        GRANT[name]: one["reason"]["code"] for name, one in reply.json["fields"].items() if "reason" in one
    }
    asked = list(GRANT.values())[:8]
    assert datetime.fromisoformat(line["recordedAt"]).utcoffset() is not None
    assert line == {
        "index": reply.json["logIndex"],
        "recordedAt": line["recordedAt"],
        "kind": "prefill",
        "controller": line["controller"],
        "client": "grants-portal",
        "clientName": line["clientName"],
        "activity": line["activity"],
        "formId": "study-grant",
        "caseId": "2026-8",
        "role": "subject",
        "trigger": "ownForm",
        "proof": "token",
        "outcome": "partial" if empty else "disclosed",
        "asked": asked,
        "disclosed": sorted(set(asked) - set(empty)),
        "withheld": empty,
        "sources": ["national-register", "tax-administration"],
        "number": 0,
        "proofHref": f"{house.hub}/api/citizen/v1/usage/{line['index']}/proof",
        "retentionUntil": ten_years_on(line["recordedAt"]),
        "contact": line["contact"],
    }
    proof = await house.call("GET", line["proofHref"].removeprefix(house.hub), token=await house.login(place))
    assert proof.status in {200, 409}  # 409: no checkpoint counts it yet
    assert set(line["controller"]) == {"enterpriseNumber", "name"}
    assert set(line["controller"]["name"]) == {"fr", "nl", "de", "en"}
    assert line["activity"]["id"] == "study-grant-decision"
    assert line["activity"]["legalBasis"] == "GDPR 6(1)(e), Decree (fictitious) on study grants, art. 4"
    assert set(line["activity"]["purpose"]) == {"fr", "nl", "de", "en"}
    assert "@" in line["contact"] or line["contact"].startswith("http")


async def test_reading_is_a_line_too(house: House) -> None:
    place = house.fresh()
    assert await house.lines(place) == []
    (line,) = await house.lines(place)
    assert (line["kind"], line["role"], line["outcome"]) == ("usageRead", "subject", "disclosed")
    assert [one["kind"] for one in await house.lines(place)] == ["usageRead", "usageRead"]


async def test_pages_follow_each_other_without_gap_or_repetition(house: House) -> None:
    place = house.fresh()
    indices = [
        (await house.prefill("study-grant", place, fields=["lastName"])).json["logIndex"] for _ in range(5)
    ]
    page = (await house.usage(place, "?pageSize=2&kind=prefill")).json
    seen = [line["index"] for line in page["items"]]
    while "next" in page:
        page = (await house.usage(place, "?" + page["next"].split("?", 1)[1])).json
        seen += [line["index"] for line in page["items"]]
    assert seen == indices[::-1]


async def test_a_page_is_filtered_by_day_controller_purpose_and_outcome_and_so_is_the_next(
    house: House,
) -> None:
    place = house.fresh()
    for form, client in (
        ("study-grant", "grants"),
        ("sports-discount", "municipality"),
        ("study-grant", "grants"),
    ):
        assert (await house.prefill(form, place, client=client)).status == 200
    grants = "?controller=grants-office&activity=study-grant-decision&since=2020-01-01&until=2999-12-31"
    first = (await house.usage(place, f"{grants}&pageSize=1")).json
    second = (await house.usage(place, "?" + first["next"].split("?", 1)[1])).json
    assert first["total"] == second["total"] == 2
    assert first["items"][0]["index"] > second["items"][0]["index"]
    assert {one["activity"]["id"] for one in first["items"] + second["items"]} == {"study-grant-decision"}
    (refused,) = await house.lines(place, "?outcome=refused")
    assert refused["controller"]["name"]["en"].startswith("Municipality")
    assert await house.lines(place, "?until=2020-01-01") == []


async def test_today_is_in_the_line(house: House) -> None:
    place = house.fresh()
    await house.prefill("study-grant", place)
    (line,) = await house.lines(place)
    assert date.fromisoformat(line["recordedAt"][:10]) == datetime.now(UTC).date()
