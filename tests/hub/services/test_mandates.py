"""Mandates and what rests on them, over a real log, real tables and the real policies."""

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import Connection, text

from connectors import Identifier, SourceUnavailable
from hub.identity import LevelTooLow, Person, Scope
from hub.services.delivery import DELIVERY_WINDOW_S, Leave
from hub.services.errors import NotFound, NotPermitted, RepresentationUnavailable, RequestInvalid, TooMany
from hub.services.mandate_upkeep import MandateUpkeep
from hub.services.mandates import MandateView, Offer
from hub.services.prefill import PrefillAnswer
from tests.hub.services.conftest import CITIZEN, COLLEAGUE, COMPANY, OTHER, House
from tests.hub.services.prefilled import reasons, statuses

ACTIVITY = "study-grant-decision"
CHILD, GROWN, STRANGER, NOBODY = "15630100175", "08630100125", "16630100196", "03630100117"
"""Born in March 2015, 2008, 2016 and 2003."""


def person(number: str = CITIZEN, level: int | None = 450, *enterprises: str) -> Person:
    return Person(number, level, frozenset(enterprises), datetime(2030, 1, 1, tzinfo=UTC))


def an_offer(**changes: Any) -> Offer:
    offer = Offer(
        Identifier("ssin", OTHER), "My brother", "Your sister", None, Scope(frozenset({ACTIVITY})), None,
        date(2026, 12, 31), endless=False,
    )  # fmt: skip
    return replace(offer, **changes)


async def in_force(house: House, **changes: Any) -> str:
    """A mandate of the citizen's that the other one signed."""
    offered = await house.mandates.offer(person(), an_offer(**changes))
    await house.mandates.sign(person(OTHER), offered.mandate.id)
    return offered.mandate.id


async def on_mandate(house: House, reference: str | None = None, **changes: Any) -> PrefillAnswer:
    """The other one asks for the citizen's data."""
    asked: dict[str, Any] = {
        "role": "representative", "basis": "mandate", "reference": reference, "actor_token": "other",
    }  # fmt: skip
    return await house.ask("study-grant", "lastName", **(asked | changes))


def status(view: MandateView) -> str:
    return view.status


async def test_a_mandate_has_effect_once_both_have_signed_and_until_either_revokes_it(house: House) -> None:
    offered = await house.mandates.offer(person(), an_offer())
    assert (status(offered), offered.side) == ("offered", "giver")
    assert reasons(await on_mandate(house)) == {"mandateNotInForce"}
    signed = await house.mandates.sign(person(OTHER), offered.mandate.id)
    assert (status(signed), signed.side) == ("inForce", "holder")
    assert statuses(await on_mandate(house)) == {"lastName": "filled"}
    revoked = await house.mandates.revoke(person(OTHER), offered.mandate.id)
    assert (status(revoked), revoked.mandate.over_by) == ("revoked", "holder")
    assert reasons(await on_mandate(house)) == {"mandateNotInForce"}


async def test_each_change_stands_in_the_logs_of_both(house: House) -> None:
    mandate = await in_force(house)
    await house.mandates.revoke(person(), mandate)
    kinds = ["mandateRevoked", "mandateSigned", "mandateOffered"]
    for number, role in ((CITIZEN, "giver"), (OTHER, "holder")):
        lines = house.lines(number)
        assert [line.kind for line in lines] == kinds
        details = [line.details or {} for line in lines]
        assert {(one["role"], one["mandateId"]) for one in details} == {(role, mandate)}
        assert [one["changedBy"] for one in details] == ["giver", "holder", "giver"]


async def test_a_change_that_cannot_be_recorded_for_both_is_not_made(house: House) -> None:
    offered = await house.mandates.offer(person(), an_offer())
    before = (house.lines(CITIZEN), house.lines(OTHER))
    with house.engine.begin() as connection:
        connection.execute(text("UPDATE hub_identity_mandate SET revision = 7"))
    mandates: Any = house.mandates
    seen = replace(offered.mandate, revision=0)

    async def stale(*_: object) -> Any:
        return seen, mandates._store.parties(seen), ["holder"]

    mandates._mine = stale
    with pytest.raises(RequestInvalid):
        await house.mandates.sign(person(OTHER), offered.mandate.id)
    assert (house.lines(CITIZEN), house.lines(OTHER)) == before


async def test_neither_side_learns_the_others_number_nor_the_name_that_it_is_given(house: House) -> None:
    mandate = await in_force(house)
    (given,), (held,) = await house.mandates.listed(person()), await house.mandates.listed(person(OTHER))
    assert (given.giver_name, given.holder_name) == ("Your sister", "My brother")
    assert (held.giver_name, held.holder_name) == ("Your sister", None)
    with house.engine.connect() as connection:
        row = repr(connection.execute(text("SELECT * FROM hub_identity_mandate")).all())
    assert mandate in row
    assert not any(word in row for word in (CITIZEN, OTHER, "sister", "brother"))


async def test_a_mandate_for_a_number_that_nobody_has_looks_like_any_other(house: House) -> None:
    for number in (OTHER, NOBODY):
        view = await house.mandates.offer(person(), an_offer(holder=Identifier("ssin", number)))
        assert (status(view), view.holder_name) == ("offered", "My brother")


@pytest.mark.parametrize(
    ("changes", "faulty"),
    [
        ({"end": None}, "end"),
        ({"endless": True}, "end"),
        ({"end": date(2026, 3, 2)}, "end"),
        ({"start": date(2027, 2, 1)}, "end"),
        ({"scope": Scope()}, "activities"),
        ({"scope": Scope(frozenset({"nothing-of-the-kind"}))}, "activities"),
        ({"scope": Scope(controllers=frozenset({"nobody"}))}, "controllers"),
        ({"holder": Identifier("ssin", CITIZEN)}, "holder.ssin"),
        ({"holder": Identifier("ssin", "12345678901")}, "holder.ssin"),
    ],
)
async def test_what_is_wrong_with_an_offer_is_named(house: House, changes: Any, faulty: str) -> None:
    with pytest.raises(RequestInvalid) as caught:
        await house.mandates.offer(person(), an_offer(**changes))
    assert {fault.name for fault in caught.value.faults} == {faulty}
    assert house.lines() == ()


async def test_who_is_under_age_or_logged_in_too_weakly_signs_nothing(house: House) -> None:
    with pytest.raises(NotPermitted):
        await house.mandates.offer(person(CHILD), an_offer())
    for level in (None, 200):
        with pytest.raises(LevelTooLow):
            await house.mandates.offer(person(CITIZEN, level), an_offer())
    offered = await house.mandates.offer(person(), an_offer())
    with pytest.raises(LevelTooLow):
        await house.mandates.sign(person(OTHER, 200), offered.mandate.id)
    assert status(await house.mandates.revoke(person(CITIZEN, None), offered.mandate.id)) == "revoked"


async def test_nobody_else_reaches_a_mandate_and_no_side_does_what_is_the_others(house: House) -> None:
    offered = await house.mandates.offer(person(), an_offer())
    mandate = offered.mandate.id
    for deed in (house.mandates.sign, house.mandates.decline, house.mandates.revoke):
        for name in (mandate, "0" * 32):
            with pytest.raises(NotFound):
                await deed(person(COLLEAGUE), name)
    for deed in (house.mandates.sign, house.mandates.decline):
        with pytest.raises(RequestInvalid):
            await deed(person(), mandate)
    with pytest.raises(NotFound):
        await house.representing.of(person(COLLEAGUE), mandate, activity=None)
    assert status(await house.mandates.decline(person(OTHER), mandate)) == "declined"
    with pytest.raises(RequestInvalid):
        await house.mandates.sign(person(OTHER), mandate)


async def test_an_enterprise_gives_a_mandate_by_who_may_act_for_it(house: House) -> None:
    manager = person(CITIZEN, 450, COMPANY)
    scope = Scope(frozenset({"company-subsidy-decision"}))
    offered = await house.mandates.offer(manager, an_offer(enterprise=COMPANY, scope=scope))
    with pytest.raises(NotPermitted):
        await house.mandates.offer(person(OTHER), an_offer(enterprise=COMPANY, scope=scope))
    await house.mandates.sign(person(OTHER), offered.mandate.id)
    (held,) = await house.mandates.listed(person(OTHER))
    assert (held.enterprise, held.mandate.giver_kind) == (COMPANY, "organisation")
    (line, *_) = house.lines(COMPANY, "enterpriseNumber")
    assert (line.kind, (line.details or {})["role"]) == ("mandateSigned", "giver")
    outsider = person(COLLEAGUE, 450, COMPANY)
    assert status(await house.mandates.revoke(outsider, offered.mandate.id)) == "revoked"


async def test_offers_that_wait_are_bounded(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hub.services.mandates.MOST_OFFERS", 1)
    await house.mandates.offer(person(), an_offer())
    with pytest.raises(RequestInvalid):
        await house.mandates.offer(person(), an_offer())


async def test_both_persons_read_of_what_was_done_on_a_mandate(house: House) -> None:
    mandate = await in_force(house)
    answer = await on_mandate(house, case="case-7")
    line, acted = house.lines()[0], house.lines(OTHER)[0]
    assert (line.kind, acted.kind) == ("prefill", "actedFor")
    assert (line.outcome, acted.outcome) == ("disclosed", "disclosed")
    said, told = line.details or {}, acted.details or {}
    assert (said["role"], said["representedBy"], said["mandateId"]) == ("representative", "mandate", mandate)
    assert said["actor"] == house.journal.actor(OTHER)
    assert (told["role"], told["basis"], told["mandateId"]) == ("representative", "mandate", mandate)
    assert (told["prefillId"], told["caseId"], acted.activity) == (answer.id, "case-7", ACTIVITY)
    assert not {"asked", "disclosed", "withheld", "input", "sources", "consulted"} & told.keys()
    assert said["input"]["representation"] == {
        "basis": "mandate", "established": True, "scopeHolds": True, "signedByGiver": True, "signedByHolder": True,
        "revoked": False, "validFrom": said["input"]["representation"]["validFrom"],
        "validUntil": said["input"]["representation"]["validUntil"],
    }  # fmt: skip


async def test_a_mandate_covers_what_it_was_given_for(house: House) -> None:
    wrong = await in_force(house, scope=Scope(frozenset({"library-membership"})))
    assert reasons(await on_mandate(house)) == {"mandateOutOfScope"}
    right = await in_force(house, scope=Scope(controllers=frozenset({"grants-office"})))
    assert statuses(await on_mandate(house)) == {"lastName": "filled"}
    assert reasons(await on_mandate(house, wrong)) == {"mandateOutOfScope"}
    assert statuses(await on_mandate(house, right)) == {"lastName": "filled"}


async def test_a_mandate_of_somebody_else_or_for_somebody_else_establishes_nothing(house: House) -> None:
    mandate = await in_force(house)
    for reference in ("0" * 32, "not-ours"):
        assert reasons(await on_mandate(house, reference)) == {"representationNotEstablished"}
    by_colleague = await on_mandate(house, mandate, actor_token="colleague")
    assert reasons(by_colleague) == {"representationNotEstablished"}
    of_another = await on_mandate(house, mandate, subject=Identifier("ssin", COLLEAGUE))
    assert reasons(of_another) == {"representationNotEstablished"}
    asserted = await on_mandate(house, mandate, actor_token=None)
    assert "filled" not in statuses(asserted).values()
    assert [line.kind for line in house.lines(COLLEAGUE)] == ["prefill"]


async def test_a_mandate_counts_from_its_first_day_to_its_last(house: House) -> None:
    await in_force(house, start=date(2026, 3, 4), end=date(2026, 3, 4))
    assert reasons(await on_mandate(house)) == {"mandateNotInForce"}
    house.clock.now = datetime(2026, 3, 3, 23, 0, tzinfo=UTC)  # midnight in Belgium
    assert statuses(await on_mandate(house)) == {"lastName": "filled"}
    house.clock.now = datetime(2026, 3, 4, 22, 59, 59, 999000, tzinfo=UTC)
    assert statuses(await on_mandate(house)) == {"lastName": "filled"}
    house.clock.now = datetime(2026, 3, 4, 23, 0, tzinfo=UTC)
    assert reasons(await on_mandate(house)) == {"mandateNotInForce"}
    (view,) = await house.mandates.listed(person())
    assert status(view) == "expired"


def between(house: House, do: Callable[[Connection], object]) -> None:
    """Something happens after the decision: when the log takes its lock for the entry of a prefill."""
    grants: Any = house.log._writer._batch._admission._grants
    reader = grants._readers["mandate:"]
    done: list[bool] = []

    def read(connection: Connection, references: frozenset[str]) -> frozenset[str]:
        if not done:
            done.append(True)
            do(connection)
        found: frozenset[str] = reader(connection, references)
        return found

    grants._readers = {**grants._readers, "mandate:": read}


@pytest.mark.parametrize("how", ["revoked", "expired"])
async def test_a_mandate_that_ends_between_decision_and_record_lets_nothing_out(
    house: House, how: str
) -> None:
    await in_force(house)

    def end(connection: Connection) -> None:
        if how == "revoked":
            connection.execute(text("UPDATE hub_identity_mandate SET state = 'revoked'"))
        else:
            house.clock.pass_by(days=400)

    between(house, end)
    answer = await on_mandate(house)
    assert reasons(answer) == {"mandateNotInForce"}
    assert not any(outcome.value for _, outcome in answer.fields.values())
    line, acted = house.lines()[0], house.lines(OTHER)[0]
    assert (line.outcome, acted.outcome) == ("refused", "refused")
    assert (line.details or {})["grantGone"] == ["person.familyName"]


async def test_an_answer_on_a_mandate_leaves_in_time_or_not_at_all(house: House) -> None:
    await in_force(house)
    answer = await on_mandate(house)
    assert answer.deliver_before is not None


async def test_nothing_is_disclosed_where_the_representatives_line_cannot_be_written(house: House) -> None:
    await in_force(house)
    before = len(house.lines())
    recording: Any = house.prefill._recording
    acted_for = recording._acts.acted_for

    def broken(*args: Any, **more: Any) -> Any:
        return tuple(replace(one, id=house.lines()[0].id) for one in acted_for(*args, **more))

    recording._acts.acted_for = broken
    with pytest.raises(Exception, match="did not take the entry"):
        await on_mandate(house)
    assert len(house.lines()) == before


async def test_a_holder_reads_the_givers_log_only_where_the_mandate_says_so(house: House) -> None:
    form_alone = await in_force(house)
    with pytest.raises(NotPermitted):
        await house.usage.read(person(OTHER), representing=form_alone, before=None, size=10)
    with_log = await in_force(house, scope=Scope(usage=True))
    page = await house.usage.read(person(OTHER), representing=with_log, before=None, size=10)
    assert "mandateSigned" in {line.line.kind for line in page.lines}
    reading = house.lines()[0]
    assert (reading.kind, (reading.details or {})["representedBy"]) == ("usageRead", "mandate")
    assert (reading.details or {})["mandateId"] == with_log
    between(house, lambda c: c.execute(text("UPDATE hub_identity_mandate SET state = 'revoked'")))
    with pytest.raises(NotPermitted):
        await house.usage.read(person(OTHER), representing=with_log, before=None, size=10)
    assert house.lines()[0].index == reading.index
    await _leaves_in_time(house, page.leave, reading.index)


async def _leaves_in_time(house: House, leave: Leave | None, reading: int) -> None:
    """That what was read on a mandate is not sent later than its revocation waits, and that it is recorded where nobody can say."""
    assert leave is not None
    assert leave.before <= time.monotonic() + DELIVERY_WINDOW_S
    await leave.drop()
    await leave.late(0.01, 0.4)
    dropped, late = reversed(house.lines()[:2])
    assert (dropped.kind, late.kind) == ("deliveryDropped", "deliveryLate")
    assert (dropped.details or {})["entryIndex"] == (late.details or {})["entryIndex"] == reading
    assert ((late.details or {})["leftMs"], (late.details or {})["overMs"]) == (10, 400)
    own = await house.usage.read(person(OTHER), representing=None, before=None, size=1)
    assert own.leave is None


# Parents


def family(house: House, *parents: str, child: str = CHILD) -> None:
    """What the register says of a child."""
    register = house.sources["national-register"]
    register._holdings = {
        **register._holdings,
        child: {"person.familyName": "Wilg", "person.parents": list(parents)},
    }


async def as_parent(house: House, who: str = "citizen", child: str = CHILD) -> PrefillAnswer:
    return await house.ask(
        "study-grant", "lastName", actor_token=who, subject=Identifier("ssin", child), role="representative", basis="parent"
    )  # fmt: skip


async def test_either_parent_acts_for_their_child_and_nobody_else_does(house: House) -> None:
    family(house, CITIZEN, OTHER)
    for token in ("citizen", "other"):
        assert statuses(await as_parent(house, token)) == {"lastName": "filled"}
    assert reasons(await as_parent(house, "colleague")) == {"representationNotEstablished"}
    kinds = [(line.kind, line.outcome) for line in house.lines(CHILD)]
    assert kinds == [
        ("prefill", "refused"), ("representationChecked", "notConfirmed"),
        ("prefill", "disclosed"), ("representationChecked", "confirmed"),
        ("prefill", "disclosed"), ("representationChecked", "confirmed"),
    ]  # fmt: skip
    checked = house.lines(CHILD)[3].details or {}
    assert (checked["register"], checked["basis"], checked["sources"]) == (
        "parents-of-minors", "parent", ["national-register"],
    )  # fmt: skip
    assert checked["actor"] == house.journal.actor(OTHER)
    assert CITIZEN not in repr(house.lines(CHILD))
    assert [line.kind for line in house.lines(OTHER)] == ["actedFor"]
    assert house.lines(COLLEAGUE) == ()


async def test_a_parent_acts_no_more_from_the_day_on_which_the_child_is_of_age(house: House) -> None:
    family(house, CITIZEN, child=GROWN)
    house.clock.now = datetime(2026, 2, 27, 12, 0, tzinfo=UTC)
    assert statuses(await as_parent(house, child=GROWN)) == {"lastName": "filled"}
    house.clock.now = datetime(2027, 1, 1, 12, 0, tzinfo=UTC)
    before = len(house.lines(GROWN))
    assert reasons(await as_parent(house, child=GROWN)) == {"representationNotEstablished"}
    assert len(house.lines(GROWN)) == before + 1, "no register was asked"


async def test_a_register_that_is_down_establishes_nothing_and_says_so(house: House) -> None:
    family(house, CITIZEN)
    register = house.sources["national-register"]
    register.failure = SourceUnavailable("national-register", "down")
    answer = await as_parent(house)
    assert statuses(answer) == {"lastName": "denied"}
    assert reasons(answer) == {"representationUnavailable"}
    kinds = [(line.kind, line.outcome) for line in house.lines(CHILD)]
    assert kinds == [("prefill", "refused"), ("representationChecked", "representationUnavailable")]
    with pytest.raises(RepresentationUnavailable):
        await house.representing.name_child(person(), CHILD, "Our youngest")
    register.failure = None
    assert statuses(await as_parent(house)) == {"lastName": "filled"}


async def test_an_enterprise_has_no_parents_and_a_client_moves_no_register_by_anothers_form(
    house: House,
) -> None:
    family(house, CITIZEN)
    company = await house.ask(
        "company-subsidy", "legalName", actor_token="colleague", role="representative", basis="parent"
    )
    assert "filled" not in statuses(company).values()
    foreign = await house.ask(
        "study-grant", "lastName", client="municipal-forms", subject=Identifier("ssin", CHILD), role="representative",
        basis="parent",
    )  # fmt: skip
    assert reasons(foreign) == {"clientNotAuthorised"}
    assert [line.kind for line in house.lines(CHILD)] == ["prefill"]


async def test_a_parent_reads_the_log_of_a_child_whom_they_named_once(house: House) -> None:
    family(house, CITIZEN)
    named = await house.representing.name_child(person(), CHILD, "Our youngest")
    (listed,) = await house.representing.listed(person())
    assert (listed.id, listed.basis, listed.name) == (named.id, "parent", "Our youngest")
    page = await house.usage.read(person(), representing=named.id, before=None, size=10)
    assert [line.line.kind for line in page.lines] == ["representationChecked"] * 2
    assert [line.kind for line in house.lines(CHILD)] == ["usageRead"] + ["representationChecked"] * 2
    with pytest.raises(NotFound):
        await house.usage.read(person(OTHER), representing=named.id, before=None, size=10)
    family(house, OTHER)
    with pytest.raises(NotPermitted):
        await house.usage.read(person(), representing=named.id, before=None, size=10)
    with pytest.raises(NotFound):
        await house.representing.forget_child(person(OTHER), named.id)
    await house.representing.forget_child(person(), named.id)
    assert await house.representing.listed(person()) == ()


async def test_whose_child_a_number_is_and_whether_there_is_one_sound_alike(house: House) -> None:
    family(house, OTHER)
    said = set()
    for number in (CHILD, STRANGER, OTHER):
        with pytest.raises(NotPermitted) as caught:
            await house.representing.name_child(person(), number, "x")
        said.add(str(caught.value))
    assert len(said) == 1


async def test_nobody_tries_many_numbers(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hub.services.representing.MOST_CHILDREN_A_DAY", 1)
    family(house, CITIZEN)
    await house.representing.name_child(person(), CHILD, "x")
    with pytest.raises(TooMany):
        await house.representing.name_child(person(), STRANGER, "x")
    assert house.lines(STRANGER) == ()


ALTERED = {
    "its state": "state = 'signed'", "its end": "ends_at = NULL", "its beginning": "starts_at = 0", "its scope": """scope = '{"activities": [], "controllers": ["grants-office"], "usage": true}'""",
    "its giver": "giver = holder", "its holder": "holder = giver", "its kind": "giver_kind = 'organisation'", "its revision": "revision = revision + 1",
    "its signatures": "accepted_at = 1, accepted_level = 500", "how it ended": "over_at = NULL, over_by = NULL", "its seal": "sealed = x'00'",
}  # fmt: skip


@pytest.mark.parametrize("what", ALTERED)
async def test_a_mandate_that_was_altered_in_the_database_is_as_if_it_were_not_there(
    house: House, what: str
) -> None:
    offered = await house.mandates.offer(person(), an_offer())
    await house.mandates.revoke(person(), offered.mandate.id)
    with house.engine.begin() as connection:
        connection.execute(text(f"UPDATE hub_identity_mandate SET {ALTERED[what]}"))  # noqa: S608
    for somebody in (person(), person(OTHER)):
        assert await house.mandates.listed(somebody) == ()
        with pytest.raises(NotFound):
            await house.mandates.revoke(somebody, offered.mandate.id)


async def test_what_is_over_is_forgotten_in_time(house: House) -> None:
    family(house, CITIZEN)
    await house.representing.name_child(person(), CHILD, "x")
    revoked, kept = await in_force(house), await in_force(house, end=None, endless=True)
    await house.mandates.revoke(person(), revoked)
    await house.mandates.offer(
        person(), an_offer(holder=Identifier("ssin", COLLEAGUE), end=None, endless=True)
    )
    upkeep = MandateUpkeep(house.mandates._store, connect=house.engine.connect, clock=house.clock)
    await upkeep.round()
    assert len(await house.mandates.listed(person())) == 3
    house.clock.pass_by(days=366)
    await upkeep.round()
    assert {one.mandate.id for one in await house.mandates.listed(person())} == {revoked, kept}
    assert await house.representing.listed(person()) == ()
    house.clock.pass_by(days=3653)
    await upkeep.round()
    assert [one.mandate.id for one in await house.mandates.listed(person())] == [kept]
