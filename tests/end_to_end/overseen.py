"""What those do who watch over a hub, and the agents whom they watch: each thing once."""

import json

from tests.end_to_end.house import MUNICIPALITY, PREFILLS, House
from tests.end_to_end.people import ssin
from tests.end_to_end.replies import Reply


async def oversee(house: House, place: int, agent: int, colleague: int) -> tuple[list[Reply], bytes]:
    """Seal, declare an emergency, approve, look somebody up, list and acknowledge; what was answered, and what the commands said."""
    said = b""

    async def command(*arguments: str, given: str = "") -> str:
        nonlocal said
        done = await house.command(*arguments, given=given)
        said += f"{done.stdout}{done.stderr}".encode()
        return done.stdout

    whose = ("--subject-from", "-")
    order = ("--attribute", "person.address", "--ordered-by", "a court", "--ground", "an order")
    await command("subjects", "seal", *order, *whose, given=ssin(place))
    await command("subjects", "list", "--json", *whose, given=ssin(place))
    tokens = [{"token": await house.login(one, "prefill", office=MUNICIPALITY)} for one in (agent, colleague)]
    client = await house.client_token("municipality")
    asked = {"subject": {"ssin": ssin(place)}, "caseId": "2026-9", "reason": "An evacuation"}
    declared = {**asked, "activityId": "adapted-transport", "actor": tokens[0]}
    opened = await house.call("POST", "/api/prefill/v1/emergencies", token=client, body=declared)
    body = {
        **asked, "formId": "adapted-transport", "actor": {"role": "agent", **tokens[0]}, "approval": tokens[1],
        "emergencyId": opened.json["emergencyId"],
    }  # fmt: skip
    replies = [opened, await house.call("POST", PREFILLS, token=client, body=body)]
    listed = await command("oversight", "notices", "--json")
    await command(
        "oversight", "acknowledge", json.loads(listed)["notices"][0]["id"], "--reason", "as was told"
    )
    return [*replies, await house.usage(place)], said
