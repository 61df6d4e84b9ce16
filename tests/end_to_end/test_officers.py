"""Data protection officers read the log of their organisation; those concerned read that they did."""

import csv
import io
import re
from typing import Any

import pytest

from tests.end_to_end.house import MUNICIPALITY, House
from tests.end_to_end.people import ssin
from tests.end_to_end.replies import Json, Reply

pytestmark = pytest.mark.asyncio(loop_scope="session")

DPO = "/api/dpo/v1/usage"
GRANTS_OFFICE = "0000100067"
OFFICER = 1
EVER = {"since": "2026-01-01T00:00:00Z", "until": "2028-12-31T00:00:00Z"}
WHY = "Check of the refusals, asked for by Jan at jan@example.org or 0470 12 34 56."


async def ask(house: House, what: str, of: str = MUNICIPALITY, **body: Any) -> Reply:
    token = await house.login(OFFICER, "dpo", officer_of=of)
    return await house.call("POST", f"{DPO}/{what}", token=token, body={"reason": "A check.", **body})


async def search(house: House, of: str = MUNICIPALITY, **body: Any) -> list[Json]:
    reply = await ask(house, "search", of, **body)
    assert reply.status == 200, reply.body
    items: list[Json] = reply.json["items"]
    return items


async def two_prefills(house: House) -> tuple[int, int, int]:
    """Somebody of whom both the municipality and the grants office have a line: their place, and the indices."""
    place = house.fresh()
    refused = await house.prefill("sports-discount", place, client="municipality")
    granted = await house.prefill("study-grant", place, fields=["lastName"], caseId="2026-8")
    return place, refused.json["logIndex"], granted.json["logIndex"]


async def test_an_officer_finds_the_lines_of_a_person_with_their_own_organisation_alone(house: House) -> None:
    place, refused, granted = await two_prefills(house)
    subject = {"ssin": ssin(place)}
    (line,) = await search(house, subject=subject)
    assert (line["index"], line["outcome"], line["kind"]) == (refused, "refused", "prefill")
    assert set(line["withheld"].values()) == {"consentRequired"}
    (other,) = await search(house, GRANTS_OFFICE, subject=subject, kind="prefill")
    assert (other["index"], other["caseId"], other["disclosed"]) == (granted, "2026-8", ["person.familyName"])
    assert re.fullmatch("[0-9a-f]{32}", line["subject"])
    assert line["subject"] != other["subject"]
    assert await search(house, subject={"ssin": ssin(house.stranger())}) == []
    elsewhere = await ask(house, "search", subject=subject, controller="grants-office")
    assert (elsewhere.status, elsewhere.problem) == (403, "missingPermission")


async def test_each_person_of_whom_a_line_was_shown_reads_that_and_why_and_nobody_else(house: House) -> None:
    place, refused, _ = await two_prefills(house)
    stranger = house.fresh()
    found = await search(
        house, client="municipal-forms", outcome="refused", pageSize=1, reason="A check of refusals."
    )
    assert [line["index"] for line in found] == [refused]
    reading = (await house.lines(place))[0]
    assert (reading["kind"], reading["role"], reading["outcome"]) == ("usageRead", "dpo", "read")
    assert (reading["entries"], reading["reason"]) == ([refused], "A check of refusals.")
    assert reading["controller"]["enterpriseNumber"] == MUNICIPALITY
    assert await house.lines(stranger) == []
    (again,) = await search(house, subject={"ssin": ssin(place)}, kind="usageRead")
    assert again["entries"] == [refused]
    assert "by" not in again


async def test_a_search_goes_on_where_its_page_ended(house: House) -> None:
    place = house.fresh()
    for _ in range(5):
        await house.prefill("sports-discount", place, client="municipality")
    seen: list[int] = []
    before: Json = {}
    while True:
        body: Json = {"subject": {"ssin": ssin(place)}, "kind": "prefill", "pageSize": 2, **before}
        page = (await ask(house, "search", **body)).json
        seen += [line["index"] for line in page["items"]]
        if "nextBefore" not in page:
            break
        before = {"before": page["nextBefore"]}
    assert len(seen) == 5
    assert seen == sorted(seen, reverse=True)


async def test_what_an_official_did_is_found_by_their_number_and_shown_by_a_pseudonym(house: House) -> None:
    place, agent, other = house.fresh(), house.fresh(), house.fresh()
    indices = []
    for who in (agent, other):
        actor = {"role": "agent", "token": await house.login(who, "prefill", office=MUNICIPALITY)}
        reply = await house.call(
            "POST", "/api/prefill/v1/prefills", token=await house.client_token("municipality"),
            body={"formId": "sports-discount", "subject": {"ssin": ssin(place)}, "actor": actor, "caseId": "7", "reason": WHY},
        )  # fmt: skip
        indices.append(reply.json["logIndex"])
    (line,) = await search(house, agent={"ssin": ssin(agent)})
    assert line["index"] == indices[0]
    assert line["reason"] == "Check of the refusals, asked for by Jan at ●●● or ●●●."
    both = await search(house, subject={"ssin": ssin(place)}, kind="prefill")
    assert len({one["agent"] for one in both} | {line["subject"]}) == 3
    assert await search(house, GRANTS_OFFICE, agent={"ssin": ssin(agent)}) == []


async def test_lines_are_counted_by_day_and_outcome(house: House) -> None:
    await two_prefills(house)
    counted = (await ask(house, "counts", **EVER, by="outcome", kind="prefill")).json
    assert counted["total"] == sum(one["count"] for one in counted["items"]) > 0
    assert {one["value"] for one in counted["items"]} >= {"refused"}
    days = (await ask(house, "counts", **EVER)).json["items"]
    assert all(set(one) == {"day", "count"} for one in days)
    assert (await ask(house, "counts", since=EVER["since"])).status == 400
    assert (await ask(house, "counts", since="2020-01-01T00:00:00Z", until=EVER["until"])).status == 400


async def test_an_export_is_a_reading_of_many_that_each_person_in_it_finds(house: House) -> None:
    place, refused, granted = await two_prefills(house)
    reply = await ask(house, "export", **EVER, kind="prefill", reason="Audit of the year.")
    assert reply.type == "text/csv; charset=utf-8; header=present"
    headers = dict(reply.headers)
    rows = list(csv.DictReader(io.StringIO(reply.body.decode(), newline="")))
    assert len(rows) == int(headers["onlyonce-lines"])
    by_index = {int(row["index"]): row for row in rows}
    assert by_index[refused]["outcome"] == "refused"
    assert "consentRequired" in by_index[refused]["withheld"]
    assert granted not in by_index
    assert {row["controller"] for row in rows} == {"municipality"}
    assert ssin(place).encode() not in reply.body
    reading = (await house.lines(place))[0]
    assert (reading["kind"], reading["index"]) == ("bulkReading", int(headers["onlyonce-log-index"]))
    assert "number" not in reading
    assert reading["reason"] == "Audit of the year."


async def test_a_number_that_is_none_is_refused_and_not_repeated(house: House) -> None:
    wrong: list[Json] = [{"subject": {"ssin": "12345678901"}}, {"agent": {"ssin": "12345678901"}}]
    for body in wrong:
        reply = await ask(house, "search", **body)
        assert (reply.status, reply.problem) == (400, "badRequest")
        assert b"12345678901" not in reply.raw
    both = await ask(house, "search", subject={"ssin": ssin(0)}, agent={"ssin": ssin(1)})
    assert both.status == 400


async def test_the_log_holds_with_all_these_readings_in_it(house: House) -> None:
    await two_prefills(house)
    verified = await house.verify()
    assert verified.returncode == 0, verified.stdout
