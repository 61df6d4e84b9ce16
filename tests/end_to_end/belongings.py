"""People and organisations with things of their own in a hub, and what can be asked for each of these things, by whomever."""

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from tests.end_to_end.house import MUNICIPALITY, PREFILLS, House
from tests.end_to_end.people import MINOR, SHARED, person, ssin
from tests.end_to_end.replies import Json, Reply

CITIZEN, DPO, ACCESS = "/api/citizen/v1", "/api/dpo/v1", "/access/v1"
ASKED = "/api/prefill/v1/consents"
GRANTS_OFFICE, OPERATOR = "0000100067", "0000100364"
NONE, (MUM, DAD) = "0" * 32, SHARED
EVER = {"since": "2026-01-01T00:00:00Z", "until": "2028-12-31T00:00:00Z", "reason": "A check."}


@dataclass(frozen=True)
class Ask:
    """A request about somebody's things.

    Attributes:
        route: as the hub declares it.
        path: the address, after which nothing comes.
        body: what is sent.
        mine: whom it is about or for, by the name of the caller, and how they are answered.
        others: how those are answered whom the route lets in as well, and to whom it does not belong.
    """

    route: str
    path: str
    mine: Mapping[str, frozenset[int]]
    others: frozenset[int]
    body: Json | None = None

    @property
    def method(self) -> str:
        return self.route.split(" ", 1)[0]


@dataclass(frozen=True)
class World:
    """Whose is what. Callers go by short names: `ann` and `ben`, citizens; `hal`, who holds mandates of Ann's; `mum` and
    `dad`, who named their child; `rep`, who may act for an enterprise; see the test for the others.
    """

    ann: int
    ben: int
    hal: int
    rep: int
    enterprise: str
    line: int
    enterprise_line: int
    consent: str
    mandates: Mapping[str, str]
    children: Mapping[str, str]
    actors: Mapping[str, Json]
    secrets: Mapping[bytes, frozenset[str]] = field(default_factory=dict)
    """What stands in somebody's things alone, and who may see it."""


async def world_of(house: House) -> World:
    """Let everybody do what leaves something behind."""
    ann, ben, hal, agent = (house.fresh() for _ in range(4))
    rep, firm = house.fresh_enterprise()
    granted = await house.prefill("study-grant", ann, caseId="case-of-the-grant")
    carded = await house.prefill("library-card", ann, client="municipality", caseId="case-of-the-card")
    subject = {"enterpriseNumber": firm.enterprise_number}
    subsidised = await house.prefill(
        "company-subsidy", subject=subject, actor=rep, role="representative", caseId="case-of-the-firm"
    )
    assert (granted.status, carded.status, subsidised.status) == (200, 200, 200)
    consent = (await house.consent(ann))["consentId"]
    await _signed(house, rep, subsidised.json["logIndex"], f"?representing={firm.enterprise_number}")
    mandates = {
        deed: await _mandate(house, ann, hal) for deed in ("sign", "decline", "revoke", "read", "leave")
    }
    assert (
        await house.call("POST", f"{CITIZEN}/mandates/{mandates['read']}/sign", token=await house.login(hal))
    ).status == 200
    child = {"ssin": ssin(MINOR), "name": "Our-only-one"}
    children = {}
    for name, parent in (("mum", MUM), ("dad", DAD)):
        named = await house.call(
            "POST", f"{CITIZEN}/representations", token=await house.login(parent), body=child
        )
        assert named.status == 201, named.body
        children[name] = named.json["representationId"]
    office = {"grants": GRANTS_OFFICE, "municipality": MUNICIPALITY}
    actors = {
        "ann": {"role": "citizen", "token": await house.login(ann, "prefill")},
        "ben": {"role": "citizen", "token": await house.login(ben, "prefill")},
        **{f"agent of {name}": {"role": "agent", "token": await house.login(agent, "prefill", office=of)} for name, of in office.items()},
    }  # fmt: skip
    officers = {"hub officer"}
    return World(
        ann, ben, hal, rep, firm.enterprise_number, granted.json["logIndex"], subsidised.json["logIndex"], consent, mandates,
        children, actors,
        {
            b"case-of-the-grant": frozenset({"ann", "hal", "grants officer", *officers}),
            b"case-of-the-card": frozenset({"ann", "hal", "municipal officer", *officers}),
            b"case-of-the-firm": frozenset({"rep", "grants officer", *officers}),
            consent.encode(): frozenset({"ann", "hal", "asker", "municipal officer", *officers}),
            b"Sister-of-Hal": frozenset({"ann", "hal"}),
            b"Brother-of-Ann": frozenset({"ann"}),
            b"Our-only-one": frozenset({"mum", "dad"}),
            f'"{person(ann).birth_date}"'.encode(): frozenset({"grants", "municipality"}),
        },
    )  # fmt: skip


async def _mandate(house: House, giver: int, holder: int) -> str:
    """Offer a mandate to read one's lines; gives its id."""
    body = {
        "holder": {"ssin": ssin(holder), "name": "Brother-of-Ann"}, "giverName": "Sister-of-Hal", "usage": True, "endless": True,
    }  # fmt: skip
    made = await house.call("POST", f"{CITIZEN}/mandates", token=await house.login(giver), body=body)
    assert made.status == 201, made.body
    return str(made.json["mandateId"])


async def _signed(house: House, place: int, index: int, query: str) -> None:
    """Wait until a line can be proven, and so all before it."""
    async with asyncio.timeout(20):
        while True:
            if (await _proof(house, place, index, query)).status != 409:
                return
            await asyncio.sleep(0.1)


async def _proof(house: House, place: int, index: int, query: str) -> Reply:
    return await house.call("GET", f"{CITIZEN}/usage/{index}/proof{query}", token=await house.login(place))


OK, MISSING, REFUSED = frozenset({200}), frozenset({404}), frozenset({403})


def asks(world: World) -> Iterator[Ask]:
    """Each guarded route with each thing that it can be about."""
    yield from _lines(world)
    yield from _consents(world)
    yield from _asked(world)
    yield from _mandates(world)
    yield from _sessions()
    yield from _officers(world)
    yield from _clients(world)


def _lines(world: World) -> Iterator[Ask]:
    usage = f"{CITIZEN}/usage"
    firms = f"representing={world.enterprise}"
    for_firm, on_mandate = {"rep": OK}, f"representing={world.mandates['read']}"
    yield Ask(f"GET {usage}", usage, {"ann": OK}, OK)
    yield Ask(f"GET {usage}", f"{usage}?{firms}", for_firm, REFUSED)
    yield Ask(f"GET {usage}", f"{usage}?{on_mandate}", {"hal": OK}, MISSING)
    yield Ask(f"GET {usage}", f"{usage}?representing={world.mandates['leave']}", {"hal": REFUSED}, MISSING)
    yield Ask(f"GET {usage}", f"{usage}?representing={world.children['mum']}", {"mum": OK}, MISSING)
    for what in ("explanation", "proof"):
        route = f"GET {usage}/{{index}}/{what}"
        yield Ask(route, f"{usage}/{world.line}/{what}", {"ann": OK}, MISSING)
        yield Ask(route, f"{usage}/{world.enterprise_line}/{what}", {}, MISSING)
        yield Ask(route, f"{usage}/{world.enterprise_line}/{what}?{firms}", for_firm, REFUSED)
        yield Ask(route, f"{usage}/{world.line}/{what}?{on_mandate}", {"hal": OK}, MISSING)
        yield Ask(route, f"{usage}/{world.enterprise_line}/{what}?{on_mandate}", {"hal": MISSING}, MISSING)
        yield Ask(route, f"{usage}/{world.line}/{what}?{firms}", {"rep": MISSING}, REFUSED)
    route, proven = f"GET {usage}/completeness", frozenset({200, 409})
    yield Ask(route, f"{usage}/completeness", {"ann": proven}, proven)
    yield Ask(route, f"{usage}/completeness?{firms}", {"rep": proven}, REFUSED)


def _consents(world: World) -> Iterator[Ask]:
    wrong = {"activityId": "sports-discount", "language": "fr", "noticeHash": "0" * 64}
    yield Ask(f"GET {CITIZEN}/notices/{{activityId}}", f"{CITIZEN}/notices/sports-discount", {"ann": OK}, OK)
    yield Ask(f"POST {CITIZEN}/consents", f"{CITIZEN}/consents", {}, frozenset({400}), wrong)
    yield Ask(f"GET {CITIZEN}/consents", f"{CITIZEN}/consents", {"ann": OK}, OK)
    for_child = f"?representing={world.children['mum']}"
    yield Ask(f"GET {CITIZEN}/consents", f"{CITIZEN}/consents{for_child}", {"mum": OK}, MISSING)
    on_mandate = f"?representing={world.mandates['read']}"
    yield Ask(f"GET {CITIZEN}/consents", f"{CITIZEN}/consents{on_mandate}", {"hal": REFUSED}, MISSING)
    for what in ("", "/history", "/record", "/receipt"):
        one = f"{CITIZEN}/consents/{world.consent}{what}"
        yield Ask(f"GET {CITIZEN}/consents/{{consentId}}{what}", one, {"ann": OK}, MISSING)
    answer = {"language": "fr", "noticeHash": "0" * 64}
    for what, body in (("give", answer), ("renew", answer), ("refuse", None)):
        one = f"{CITIZEN}/consents/{world.consent}/{what}"
        yield Ask(
            f"POST {CITIZEN}/consents/{{consentId}}/{what}", one, {"ann": frozenset({400})}, MISSING, body
        )
    route = f"POST {CITIZEN}/consents/{{consentId}}/withdraw"
    yield Ask(route, f"{CITIZEN}/consents/{NONE}/withdraw", {}, MISSING)
    yield Ask(route, f"{CITIZEN}/consents/{world.consent}/withdraw", {"ann": OK}, MISSING)


def _asked(world: World) -> Iterator[Ask]:
    """Of consents, what their administration sees. Ann's is the municipality's."""
    request = {"activityId": "sports-discount", "subject": {"ssin": ssin(world.ann)}, "language": "fr"}
    yield Ask(
        f"POST {ASKED}", ASKED, {"asker": frozenset({200, 429})}, frozenset({400}), request
    )  # she may have withdrawn
    yield Ask(f"POST {ASKED}", ASKED, {}, frozenset({400}), {**request, "activityId": "study-grant-decision"})
    yield Ask(f"POST {ASKED}/search", f"{ASKED}/search", {}, OK, {"subject": {"ssin": ssin(world.ann)}})
    route = f"GET {ASKED}/{{consentId}}"
    yield Ask(route, f"{ASKED}/{world.consent}", {"asker": OK}, MISSING)
    yield Ask(route, f"{ASKED}/{NONE}", {}, MISSING)
    route = f"POST {ASKED}/{{consentId}}/invalidate"
    yield Ask(route, f"{ASKED}/{NONE}/invalidate", {}, MISSING, {"reason": "A check."})


def _mandates(world: World) -> Iterator[Ask]:
    wrong = frozenset({400})
    mandates, children = f"{CITIZEN}/mandates", f"{CITIZEN}/representations"
    yield Ask(f"GET {mandates}", mandates, {"ann": OK, "hal": OK}, OK)
    yield Ask(f"GET {mandates}", f"{mandates}?representing={world.enterprise}", {"rep": OK}, REFUSED)
    nobody = {"ssin": "00000000000", "name": "x"}
    yield Ask(
        f"POST {mandates}",
        mandates,
        {},
        wrong,
        {"holder": nobody, "giverName": "x", "usage": True, "endless": True},
    )
    for deed in ("sign", "decline", "revoke"):
        route = f"POST {mandates}/{{mandateId}}/{deed}"
        yield Ask(route, f"{mandates}/{NONE}/{deed}", {}, MISSING)
        yield Ask(route, f"{mandates}/{world.children['mum']}/{deed}", {}, MISSING)
        yield Ask(route, f"{mandates}/{world.mandates[deed]}/{deed}", {"hal": OK, "ann": wrong}, MISSING)
    yield Ask(f"GET {children}", children, {"mum": OK, "hal": OK}, OK)
    yield Ask(f"POST {children}", children, {}, wrong, nobody)
    route = f"POST {children}/{{representationId}}/forget"
    yield Ask(route, f"{children}/{world.mandates['read']}/forget", {}, MISSING)
    yield Ask(route, f"{children}/{world.children['dad']}/forget", {"dad": OK}, MISSING)


def _sessions() -> Iterator[Ask]:
    yield Ask("GET /session", "/session", {}, OK)
    yield Ask("POST /logout", "/logout", {}, frozenset({204}))


def _officers(world: World) -> Iterator[Ask]:
    ann = {"subject": {"ssin": ssin(world.ann)}, "reason": "A check."}
    for what, body in (("search", ann), ("counts", EVER), ("export", EVER)):
        route, path = f"POST {DPO}/usage/{what}", f"{DPO}/usage/{what}"
        yield Ask(route, path, {}, OK, body)
        for controller, officer in (
            ("grants-office", "grants officer"),
            ("municipality", "municipal officer"),
        ):
            yield Ask(
                route, path, {officer: OK, "hub officer": OK}, REFUSED, {**body, "controller": controller}
            )


def _clients(world: World) -> Iterator[Ask]:
    ann: Json = {"subject": {"ssin": ssin(world.ann)}, "caseId": "case-of-nobody", "reason": "A flood"}
    form: Json = {**ann, "formId": "study-grant", "fields": ["birthDate"]}
    for actor in world.actors.values():
        yield Ask(f"POST {PREFILLS}", PREFILLS, {"grants": OK}, OK, {**form, "actor": actor})
    emergencies = "/api/prefill/v1/emergencies"
    opening: Json = {**ann, "activityId": "adapted-transport"}
    for name, actor in world.actors.items():
        mine = {"municipality": frozenset({201} if name == "agent of municipality" else {403})}
        token = {"token": actor["token"]}
        yield Ask(f"POST {emergencies}", emergencies, mine, REFUSED, {**opening, "actor": token})
    question = {
        "subject": {"type": "citizen", "id": "x"}, "action": {"name": "prefill"}, "resource": {"type": "form", "id": "study-grant"},
    }  # fmt: skip
    yield Ask(f"POST {ACCESS}/evaluation", f"{ACCESS}/evaluation", {"evaluator": OK}, OK, question)
    several = {**question, "evaluations": [{}]}
    yield Ask(f"POST {ACCESS}/evaluations", f"{ACCESS}/evaluations", {"evaluator": OK}, OK, several)
