"""Somebody has a client's secret and nobody's login. Half a dozen people tried, or several hundred with ONLYONCE_SOAK=1."""

import asyncio
import base64
import json
import os
from pathlib import Path

import pytest

from tests.end_to_end.house import PREFILLS, House
from tests.end_to_end.people import PEOPLE
from tests.end_to_end.running import running

SOAK = bool(os.environ.get("ONLYONCE_SOAK"))
CAP, TRIED, AT_ONCE = (50, 400, 8) if SOAK else (2, 6, 4)
FORMS = ("study-grant", "company-subsidy", "sports-discount", "library-card", "adapted-transport")
ASSERTED = "library-card"
"""The one form whose activity lets a client ask without proving who acts."""
HEADERS = {"Content-Type": "application/x-www-form-urlencoded"}


async def thief(house: House) -> str:
    """A token for the secret, with every scope that it opens."""
    basic = base64.b64encode(f"municipal-forms:{house.at.client_secret}".encode()).decode()
    reply = await house.call(
        "POST", "/oauth2/token", data=b"grant_type=client_credentials&scope=prefill+evaluate",
        headers={**HEADERS, "Authorization": f"Basic {basic}"},
    )  # fmt: skip
    token: str = reply.json["access_token"]
    return token


@pytest.mark.soak
@pytest.mark.asyncio(loop_scope="session")
async def test_a_stolen_secret_opens_what_may_be_asserted_up_to_the_cap_and_the_officer_hears_of_it(
    tmp_path: Path,
) -> None:
    opened: dict[str, set[str]] = {form: set() for form in FORMS}
    async with running(tmp_path, {"ASSERTED_SUBJECTS_PER_DAY": str(CAP), "MAP_INTERVAL_S": "86400"}) as house:
        token, line = await thief(house), asyncio.Semaphore(AT_ONCE)
        numbers = [person.ssin for person in PEOPLE.persons[:TRIED]]

        async def steal(form: str, number: str, actor: dict[str, str] | None) -> int:
            body = {"formId": form, "subject": {"ssin": number}, "caseId": "1", "reason": "x"}
            async with line:
                reply = await house.call(
                    "POST", PREFILLS, token=token, body=body if actor is None else {**body, "actor": actor}
                )
            if any(one["status"] == "filled" for one in reply.json.get("fields", {}).values()):
                opened[form].add(number)
            return reply.status

        roles: list[dict[str, str] | None] = [None, {"role": "agent"}, {"role": "citizen", "token": token}]
        tries = [(form, number, role) for form in FORMS for number in numbers for role in roles]
        answers = await asyncio.gather(*(steal(*one) for one in tries))
        assert set(answers) <= {200, 400, 429}
        assert {form for form, subjects in opened.items() if subjects} == {ASSERTED}
        assert len(opened[ASSERTED]) <= CAP
        assert 429 in answers

        listed = await house.command("oversight", "notices", "--open", "--json")
        assert listed.returncode == 1, listed.stderr
        (notice,) = json.loads(listed.stdout)["notices"]
        assert (notice["kind"], notice["client"]) == ("assertedCapReached", "municipal-forms")
        assert not any(number in listed.stdout for number in numbers)
