"""Every guarded route, tried by every role with its own things and with somebody else's: nobody gets through to what is not theirs, or sees a trace of it."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass

import pytest
import pytest_asyncio

from hub.api.roles import ANYONE, AUDITOR, CITIZEN, CLIENT, DPO, HUB_DPO, PORTAL, Role
from hub.cli.roles import routes
from tests.end_to_end.belongings import (
    ACCESS,
    ASKED,
    DAD,
    GRANTS_OFFICE,
    MUM,
    OPERATOR,
    Ask,
    World,
    asks,
    world_of,
)
from tests.end_to_end.house import MUNICIPALITY, House
from tests.end_to_end.replies import Reply
from tests.support.person import HERE, Browser

pytestmark = pytest.mark.asyncio(loop_scope="session")

GUARDED = {
    name: frozenset(one.role for one in passages)
    for name, _, passages in routes()
    if not {one.role for one in passages} & {ANYONE, AUDITOR, PORTAL}
}


@dataclass(frozen=True)
class Caller:
    """Somebody who comes: in which roles, with what token or in which session, to which hub; a client with which scope."""

    roles: frozenset[Role]
    token: str | None
    hub: str
    scope: str = ""
    session: Mapping[str, str] | None = None

    def is_let_in(self, ask: Ask) -> bool:
        """Whether the route is for them, whosever things it is about."""
        scope = (
            "evaluate"
            if ask.path.startswith(ACCESS)
            else "consents"
            if ask.path.startswith(ASKED)
            else "prefill"
        )
        return bool(self.roles & GUARDED[ask.route]) and (CLIENT not in self.roles or self.scope == scope)


@dataclass(frozen=True)
class Crowd:
    """The world, and all who come to it."""

    house: House
    world: World
    callers: dict[str, Caller]

    async def ask(self, ask: Ask, name: str) -> Reply:
        """Let somebody ask."""
        caller = self.callers[name]
        return await self.house.call(
            ask.method, ask.path, token=caller.token, body=ask.body, hub=caller.hub, headers=caller.session
        )


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def crowd(small: House) -> AsyncIterator[Crowd]:
    world = await world_of(small)
    async with small.replica({"OPERATOR": OPERATOR}) as other:

        def caller(role: Role | None, token: str | None, hub: str = small.hub, scope: str = "") -> Caller:
            return Caller(frozenset({role} if role else ()), token, hub, scope)

        async def officer(of: str) -> str:
            return await small.login(1, "dpo", officer_of=of)

        callers = {
            "nobody": caller(None, None),
            "actor": caller(None, world.actors["ann"]["token"]),
            "agent": caller(None, world.actors["agent of municipality"]["token"]),
            "officer of nothing": caller(None, await officer("0000000097")),
            "officer without office": caller(None, await officer("")),
            "ben": caller(CITIZEN, await small.login(world.ben)),
            "rep": caller(CITIZEN, await small.login(world.rep)),
            "hal": caller(CITIZEN, await small.login(world.hal)),
            "mum": caller(CITIZEN, await small.login(MUM)),
            "dad": caller(CITIZEN, await small.login(DAD)),
            "municipality": caller(CLIENT, await small.client_token("municipality"), scope="prefill"),
            "grants": caller(CLIENT, await small.client_token("grants"), scope="prefill"),
            "evaluator": caller(CLIENT, await small.client_token("grants", "evaluate"), scope="evaluate"),
            "municipal evaluator": caller(CLIENT, await small.client_token("municipality", "evaluate"), scope="evaluate"),
            "asker": caller(CLIENT, await small.client_token("municipality", "consents"), scope="consents"),
            "municipal officer": caller(DPO, await officer(MUNICIPALITY)),
            "grants officer": caller(DPO, await officer(GRANTS_OFFICE)),
            "hub officer": caller(HUB_DPO, await officer(OPERATOR), other),
            "ann": caller(CITIZEN, await small.login(world.ann)),  # at last, for she withdraws her consent
        }  # fmt: skip
        async with (
            Browser.open(small.hub) as ann,
            Browser.open(small.hub) as ben,
            Browser.open(small.hub) as officers,
        ):
            both = frozenset({CITIZEN, DPO})
            callers |= {
                "ann by session": Caller(
                    frozenset({CITIZEN}), None, small.hub, session=await _in(ann, world.ann)
                ),
                "ben by session": Caller(
                    frozenset({CITIZEN}), None, small.hub, session=await _in(ben, world.ben)
                ),
                "municipal officer by session": Caller(
                    both, None, small.hub, session=await _in(officers, small.fresh(), MUNICIPALITY)
                ),
            }
            yield Crowd(small, world, callers)


async def _in(browser: Browser, place: int, officer_of: str = "") -> dict[str, str]:
    """Log somebody in; gives the headers that a page of the hub sends from then on."""
    assert (await browser.log_in(place, officer_of=officer_of)).status == 303
    cookie = f"onlyonce={browser.cookies()['onlyonce']}"
    return {"Cookie": cookie, "X-CSRF-Token": (await browser.session())["csrfToken"], **HERE}


async def test_every_guarded_route_is_asked_about_something(crowd: Crowd) -> None:
    assert {ask.route for ask in asks(crowd.world)} == set(GUARDED)
    names = {name for ask in asks(crowd.world) for name in ask.mine}
    assert names <= set(crowd.callers)


@pytest.mark.parametrize("route", sorted(GUARDED))
async def test_nobody_gets_through_to_what_is_not_theirs(crowd: Crowd, route: str) -> None:
    for ask in asks(crowd.world):
        if ask.route != route:
            continue
        for name, caller in crowd.callers.items():
            if (
                caller.session
                and ask.method != "GET"
                and (route == "POST /logout" or name == "ann by session")
            ):
                continue  # what is done once is done by the token
            reply = await crowd.ask(ask, name)
            tried = (name, ask.path, ask.body, reply.status, reply.body[:500])
            who = name.removesuffix(" by session")
            if not caller.is_let_in(ask):
                assert (reply.status, name == "nobody") in {(401, True), (401, False), (403, False)}, tried
            else:
                assert reply.status in ask.mine.get(who, ask.others), tried
            seen = {what for what, may in crowd.world.secrets.items() if who not in may and what in reply.raw}
            assert not seen, tried


async def test_everybody_sees_what_is_theirs(crowd: Crowd) -> None:
    """What is looked for in the answers of others stands in those of its owners."""
    seen: dict[bytes, set[str]] = {what: set() for what in crowd.world.secrets}
    for ask in asks(crowd.world):
        if ask.path.endswith(("/withdraw", "/invalidate", "/forget", "/revoke", "/sign", "/decline")):
            continue
        for name in (
            "ann",
            "hal",
            "mum",
            "rep",
            "grants",
            "asker",
            "grants officer",
            "municipal officer",
            "hub officer",
        ):
            if crowd.callers[name].is_let_in(ask):
                reply = await crowd.ask(ask, name)
                for what in seen:
                    seen[what] |= {name} if what in reply.raw else set()
    for what, may in crowd.world.secrets.items():
        assert seen[what] <= may
        assert seen[what], what
    assert {"ann", "grants officer", "hub officer"} <= seen[b"case-of-the-grant"]
    assert "rep" in seen[b"case-of-the-firm"]
