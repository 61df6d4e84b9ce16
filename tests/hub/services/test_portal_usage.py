"""Estonia's `findUsage`, as a pinned portal speaks it."""

import base64
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from connectors import Identifier
from hub.identity import Portals, PortalsInvalid
from hub.settings import SettingsInvalid, read_settings
from tests.hub.services.conftest import CITIZEN, COMPANY, OTHER, House
from tests.hub.services.portal_door import FIND, OLD, PORTAL, PROXY, Door, about, asked, der, sent
from tests.support.certificates import pair


@pytest.fixture
def door(house: House, tmp_path: Path) -> Door:
    return Door(house, tmp_path)


async def test_a_person_reads_who_received_their_data_newest_first_and_the_reading_is_a_line(
    door: Door, house: House, realworld: Path
) -> None:
    await house.ask("study-grant", "lastName")
    house.clock.pass_by(hours=1)
    await house.ask("library-card", "lastName", actor_token=None)
    got = await door.get(query=about())
    assert (got.status, got.headers[b"cache-control"]) == (200, b"no-store")
    contract = yaml.safe_load((realworld / "contracts/andmejalgija-dumonitor-openapi.yaml").read_text())
    schema = {"$ref": "#/components/schemas/FindUsageResponse", "components": contract["components"]}
    jsonschema.Draft4Validator(schema).validate(got.json)
    assert got.json["totalUsages"] == 2
    newest, oldest = got.json["usages"]
    assert (newest["logtime"], oldest["logtime"]) == (
        "2026-03-03T11:00:00.000+00:00",
        "2026-03-03T10:00:00.000+00:00",
    )
    assert oldest["receiverCode"] == house.catalogue.controllers["grants-office"].enterprise_number
    assert oldest["receiverName"] == house.catalogue.controllers["grants-office"].name["fr"]
    reading = house.lines()[0]
    assert reading.kind == "usageRead"
    assert reading.details is not None
    assert (reading.details["portal"], reading.details["role"]) == ("eesti", "subject")


async def test_attempts_of_which_nothing_came_and_readings_are_no_receipts(door: Door, house: House) -> None:
    await house.ask("study-grant", "lastName", channel="fax")
    await door.get(query=about())
    assert (await door.get(query=about())).json == {"totalUsages": 0, "usages": []}


async def test_a_use_that_was_kept_from_its_subject_is_told_with_its_own_time_once_it_is_shown(
    door: Door, house: House
) -> None:
    await house.ask("study-grant", "lastName")
    (line,) = house.lines()
    assert line.details is not None
    house.clock.pass_by(days=2)
    details = {**line.details, "concerns": line.subject}
    kept = replace(line, index=7, id="kept", recorded_at=house.clock.now - timedelta(days=1), details=details)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("hub.services.entries.note_revealed", lambda *_, **__: None)  # it was never put off
        await house.journal.revealed(kept, house.clock.now)
    found = (await door.get(query=about())).json
    assert found["totalUsages"] == 2
    assert [one["logtime"][:10] for one in found["usages"]] == ["2026-03-04", "2026-03-03"]


async def test_pages_and_periods_are_as_the_contract_has_them(door: Door, house: House) -> None:
    for _ in range(4):
        await house.ask("study-grant", "lastName")
        house.clock.pass_by(hours=1)

    async def hours(**query: Any) -> tuple[int, list[str]]:
        found = (await door.get(query=about(**query))).json
        return found["totalUsages"], [one["logtime"][11:13] for one in found["usages"]]

    assert await hours() == (4, ["13", "12", "11", "10"])
    assert await hours(offset=1, limit=2) == (4, ["12", "11"])
    assert await hours(offset=9) == (4, [])
    assert await hours(limit=0) == (4, [])
    assert await hours(periodStart="2026-03-03T11:00:00Z", periodEnd="2026-03-03T14:00:00+01:00") == (
        2,
        ["12", "11"],
    )


async def test_somebody_reads_an_enterprises_lines_only_if_their_own_login_says_that_they_may(
    door: Door, house: House
) -> None:
    await house.ask("company-subsidy")
    acting = asked(Authorization="Bearer citizen")
    assert (await door.get(query=about(COMPANY), headers=acting)).json["totalUsages"] == 1
    (reading, *_) = house.lines(COMPANY, "enterpriseNumber")
    assert reading.details is not None
    assert reading.details["actor"] == house.journal.subject(Identifier("ssin", CITIZEN))
    refused = {
        "the portal's word alone": await door.get(query=about(COMPANY)),
        "another's token": await door.get(query=about(COMPANY), headers=asked(Authorization="Bearer other")),
        "another person": await door.get(query=about(OTHER), headers=acting),
        "another enterprise": await door.get(query=about("0000000196"), headers=acting),
        "one's own lines with another's token": await door.get(
            query=about(), headers=asked(Authorization="Bearer other")
        ),
    }
    assert {what: got.status for what, got in refused.items()} == dict.fromkeys(refused, 403)
    expired = await door.get(query=about(COMPANY), headers=asked(Authorization="Bearer expired"))
    assert expired.status == 401
    assert len(house.lines(COMPANY, "enterpriseNumber")) == 2
    assert house.lines(OTHER) == ()


STRANGERS = {
    "none": (sent(None, X_Road_UserId=CITIZEN), PROXY),
    "not pinned": (sent(pair("another-portal"), X_Road_UserId=CITIZEN), PROXY),
    "expired": (sent(OLD, X_Road_UserId=CITIZEN), PROXY),
    "past the proxy": (asked(), "192.0.2.8"),
    "twice": ([*asked(), *sent()], PROXY),
    "two users": ([*asked(), (b"x-road-userid", OTHER.encode())], PROXY),
    "not base64": ([(b"client-cert", b":" + b"!" * 8 + b":"), (b"x-road-userid", CITIZEN.encode())], PROXY),
    "no byte sequence": ([(b"client-cert", base64.b64encode(der(PORTAL))), (b"x-road-userid", CITIZEN.encode())], PROXY),
}  # fmt: skip


async def test_nobody_is_answered_whose_certificate_is_not_pinned_valid_and_brought_by_the_proxy(
    door: Door, house: House
) -> None:
    answered = {
        (who, path): (await door.get(path, about(), list(headers), client=client)).status
        for who, (headers, client) in STRANGERS.items()
        for path in (FIND, "/v2/usagePeriod", "/v2/heartbeat", "/v3/other")
    }
    assert answered == dict.fromkeys(answered, 403)
    assert house.lines() == ()


BAD = [
    ({}, CITIZEN, "userCode"),
    (about("12345678901"), CITIZEN, "userCode"),
    (about(), "EE12345678901", "X-Road-UserId"),
    (about(), "", "X-Road-UserId"),
    (about(), COMPANY, "X-Road-UserId"),
    (about(colour="red"), CITIZEN, "(query)"),
    (about(**{f"a{n}": "1" for n in range(51)}), CITIZEN, "(query)"),
    (about(offset="-1"), CITIZEN, "offset"),
    (about(offset="10001"), CITIZEN, "offset"),
    (about(limit="1001"), CITIZEN, "limit"),
    (about(periodStart="2026-03-03T10:00:00"), CITIZEN, "periodStart"),
    (about(periodEnd=CITIZEN), CITIZEN, "periodEnd"),
]


async def test_a_request_that_is_not_as_the_contract_has_it_is_400_and_names_the_part_alone(
    door: Door, house: House
) -> None:
    for query, user, named in BAD:
        got = await door.get(query=query, headers=asked(user))
        assert (got.status, got.json["issues"][0]["name"]) == (400, named), (query.keys(), named)
        assert CITIZEN.encode() not in got.body
    assert house.lines() == ()


async def test_the_log_that_takes_no_reading_shows_none(door: Door, house: House) -> None:
    await house.ask("study-grant", "lastName")
    await house.log.close()
    got = await door.get(query=about())
    assert got.status == 500
    assert b"usages" not in got.body


async def test_since_when_there_are_lines_and_whether_the_hub_is_well(door: Door, house: House) -> None:
    assert (await door.get("/v2/usagePeriod")).json == {"periodStart": "2026-03-03T10:00:00.000+00:00"}
    house.clock.pass_by(hours=-1)
    await house.ask("study-grant", "lastName")
    house.clock.pass_by(hours=1)
    assert (await door.get("/v2/usagePeriod")).json == {"periodStart": "2026-03-03T09:00:00.000+00:00"}
    assert (await door.get("/v2/heartbeat")).json == {"status": "OK", "message": "UP"}
    assert (await door.get("/v2/heartbeat", {"x": "1"})).status == 400
    assert (await door.get(method="POST")).status == 405
    assert (await door.get("/v2/other")).status == 404


async def test_the_server_keeps_no_number_of_a_request_and_nothing_else_sees_it(
    door: Door, house: House
) -> None:
    for path, query in ((FIND, about()), (f"/v2/{CITIZEN}", about()), (FIND, {CITIZEN: CITIZEN})):
        got = await door.get(path, query, asked(Authorization=CITIZEN, Cookie=CITIZEN))
        assert CITIZEN not in repr(got.scope)
        assert CITIZEN.encode() not in got.body
    assert door.passed == []


@pytest.mark.parametrize(
    "files", [{}, {"eesti.pem": "no certificate"}, {"Eesti.crt": ""}, {"a.pem": PORTAL.cert * 2}]
)
def test_a_folder_that_is_none_of_certificates_is_refused(tmp_path: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    with pytest.raises(PortalsInvalid):
        Portals.read(tmp_path, lambda: datetime.now(UTC) + timedelta(0))


def test_portals_need_the_addresses_of_the_proxies_that_bring_them(tmp_path: Path) -> None:
    environment = {"ONLYONCE_CATALOGUE": str(tmp_path), "ONLYONCE_FIND_USAGE_PORTALS": str(tmp_path)}
    with pytest.raises(SettingsInvalid, match="TLS_PROXIES"):
        read_settings(environment)
    with pytest.raises(SettingsInvalid, match="TLS_PROXIES"):
        read_settings({**environment, "ONLYONCE_TLS_PROXIES": "proxy.example"})
    given = read_settings({**environment, "ONLYONCE_TLS_PROXIES": " 127.0.0.1, ::1"})
    assert given.proxies == {"127.0.0.1", "::1"}
