"""Grants that end while prefills rest on them: a consent, a mandate, a client; and what the usage log says of it."""

import asyncio
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from audit import Line, UsageLog
from hub.database import open_engine
from hub.demo.processes import Processes
from hub.identity import Handles
from hub.keys import KeyFolder
from hub.services.concerns import THE_HUB
from tests.end_to_end.house import PREFILLS, House
from tests.end_to_end.people import ssin
from tests.end_to_end.race import Answer, Change, Pause, Plan, request
from tests.end_to_end.replies import Json

CITIZEN = "/api/citizen/v1"
CLIENT = "grants-portal"
OK = 200


@dataclass(frozen=True)
class Ending:
    """A grant that is to end.

    `place`: whose data the prefills are about; `kind`: of the entry that ends it; `prefill`, `end`, `watch`: a request for each hub; `shown`:
    stands in an answer to `watch` that tells of the end; `command`: what ends it where no request does.
    """

    hubs: Sequence[Processes]
    place: int
    kind: str
    prefill: Sequence[str] = field(repr=False)
    end: Sequence[str] = field(default=(), repr=False)
    watch: Sequence[str] = field(default=(), repr=False)
    shown: str = ""
    command: Sequence[str] = ()
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)

    def plan(self, *, at: float, by: int, pause: Pause | None = None) -> Plan:
        """A round: it ends so long after the first values, asked of one of the hubs."""
        return Plan(
            ports=[int(hub.hub_url.rsplit(":", 1)[1]) for hub in self.hubs],
            prefill=self.prefill,
            change=Change(at, by, self.end[by] if self.end else "", self.command, self.environment),
            watch=self.watch,
            shown=self.shown,
            pause=pause,
        )


async def _prefills(
    house: House, hubs: Sequence[Processes], *, form: str, place: int, client: str, actor: int, **more: Any
) -> list[str]:
    token = await house.client_token(client)
    body = {
        "formId": form, "subject": {"ssin": ssin(place)},
        "actor": {"role": "citizen", "token": await house.login(actor, "prefill")}, **more,
    }  # fmt: skip
    if actor != place:
        body["actor"]["role"] = "representative"
    return [request("POST", hub, PREFILLS, token, body) for hub in hubs]


async def consent(house: House, hubs: Sequence[Processes], place: int) -> Ending:
    """A consent that its giver withdraws."""
    token, given = await house.login(place), (await house.consent(place))["consentId"]
    return Ending(
        hubs, place, "consentWithdrawn",
        prefill=await _prefills(house, hubs, form="sports-discount", place=place, client="municipality", actor=place),
        end=[request("POST", hub, f"{CITIZEN}/consents/{given}/withdraw", token) for hub in hubs],
        watch=[request("GET", hub, f"{CITIZEN}/consents", token) for hub in hubs],
        shown='"withdrawn"',
    )  # fmt: skip


async def mandate(house: House, hubs: Sequence[Processes], giver: int, holder: int) -> Ending:
    """A mandate that its giver revokes while its holder asks."""
    theirs, mine = await house.login(holder), await house.login(giver)
    body: Json = {
        "holder": {"ssin": ssin(holder), "name": "My brother"}, "giverName": "Your sister",
        "activities": ["study-grant-decision"], "end": "2999-12-31",
    }  # fmt: skip
    given = await house.call("POST", f"{CITIZEN}/mandates", token=mine, body=body)
    assert given.status == 201, given.body
    at = f"{CITIZEN}/mandates/{given.json['mandateId']}"
    signed = await house.call("POST", f"{at}/sign", token=theirs)
    assert signed.status == 200, signed.body
    fields, on_it = ["lastName", "income"], {"basis": "mandate", "reference": given.json["mandateId"]}
    return Ending(
        hubs, giver, "mandateRevoked",
        prefill=await _prefills(
            house, hubs, form="study-grant", place=giver, client="grants", actor=holder, fields=fields, representation=on_it
        ),
        end=[request("POST", hub, f"{at}/revoke", mine) for hub in hubs],
        watch=[request("GET", hub, f"{CITIZEN}/mandates", theirs) for hub in hubs],
        shown='"revoked"',
    )  # fmt: skip


async def client(house: House, hubs: Sequence[Processes], place: int) -> Ending:
    """A client that its operator revokes."""
    command = [sys.executable, "-m", "hub.cli", "clients", "revoke", CLIENT, "--reason", "its key was stolen"]
    return Ending(
        hubs, place, "clientRevoked",
        prefill=await _prefills(
            house, hubs, form="study-grant", place=place, client="grants", actor=place, fields=["lastName", "income"]
        ),
        command=command, environment=house.at.environment(),
    )  # fmt: skip


async def let_in_again(house: House, hubs: Sequence[Processes], place: int) -> None:
    """Restore the client, and wait until each hub knows."""
    restored = await house.command("clients", "restore", CLIENT, "--reason", "it has another key")
    assert restored.returncode == 0, restored.stderr
    async with asyncio.timeout(20):
        for hub in hubs:
            while await _status(house, hub, place) != OK:  # noqa: ASYNC110 - a hub hears of it by looking
                await asyncio.sleep(0.05)


async def _status(house: House, hub: Processes, place: int) -> int:
    return (await house.prefill("study-grant", place, fields=["lastName"], hub=hub.hub_url)).status


class Entries:
    """The usage log of a house, read beside it."""

    def __init__(self, house: House) -> None:
        keys = KeyFolder(house.keys, create=False)
        self._engine = open_engine(house.at.database_url)
        self._log = UsageLog(self._engine, keys=keys.epochs, grants=lambda _, asked: asked)
        self._handles = Handles(keys.handles)

    def of(self, place: int) -> list[Line]:
        """A person's lines, oldest first, and before them the hub's own."""
        return [*self._of(THE_HUB), *self._of(self._handles.of("audit", "ssin", ssin(place)))]

    def _of(self, handle: str) -> list[Line]:
        found: list[Line] = []
        before: int | None = None
        while True:
            page = self._log.read_subject(handle, before=before, limit=500)
            found += page.lines
            before = page.next
            if before is None:
                return found[::-1]

    def close(self) -> None:
        self._engine.dispose()


@dataclass(frozen=True)
class Record:
    """What a person's lines say of a round: the index of the grant's end, those of disclosures, and the answers dropped and late by prefill."""

    ended: int
    disclosed: dict[str, int]
    dropped: frozenset[str]
    late: dict[str, dict[str, Any]]

    @classmethod
    def of(cls, lines: Sequence[Line], ended: str) -> "Record":
        def named(kind: str) -> dict[str, dict[str, Any]]:
            found = [dict(line.details or {}) for line in lines if line.kind == kind]
            return {one["prefillId"]: one for one in found}

        disclosed = {
            (line.details or {})["prefillId"]: line.index
            for line in lines
            if line.kind == "prefill" and (line.details or {}).get("disclosed")
        }
        last = max(line.index for line in lines if line.kind == ended)
        return cls(last, disclosed, frozenset(named("deliveryDropped")), named("deliveryLate"))

    @property
    def after(self) -> list[int]:
        """Disclosures whose entry stands after the grant's end."""
        return [index for index in self.disclosed.values() if index > self.ended]

    def excused(self, answer: Answer) -> bool:
        """Whether the hub itself says that it stood still between its look at the clock and the write of this answer."""
        said = self.late.get(answer.prefill)
        return said is not None and said["leftMs"] >= 0 and said["overMs"] > 0
