"""Mandates driven by hypothesis: whatever is done in whatever order, by whom and with whatever was seen, a model of a page says what must be true."""

import os
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule
from sqlalchemy import create_engine
from sqlalchemy.pool import StaticPool

from hub.identity import (
    Deed,
    Mandate,
    MandateChanged,
    MandateNotOpen,
    MandateStore,
    Parties,
    Scope,
    Side,
    Signature,
    Vault,
    metadata,
)

ANNE, BRUNO, CLEO = "a" * 64, "b" * 64, "c" * 64
ROUNDS = 300 if os.environ.get("ONLYONCE_SOAK") else 12


class MandateMachine(RuleBasedStateMachine):
    """The model: mandate id -> [state, start, end, who ended it]; and what each caller saw, perhaps long ago."""

    seen = Bundle("seen")

    def __init__(self) -> None:
        super().__init__()
        self.now = datetime(2026, 3, 3, tzinfo=UTC)
        self.store = MandateStore(Vault(b"k" * 32, "mandates"), lambda: self.now)
        self.engine = create_engine("sqlite://", poolclass=StaticPool)
        metadata.create_all(self.engine)
        self.connection = self.engine.connect()
        self.model: dict[str, list[Any]] = {}
        self.revisions: dict[str, int] = {}

    def teardown(self) -> None:
        self.connection.close()
        self.engine.dispose()

    def shown(self, name: str) -> str:
        state, start, end, _ = self.model[name]
        if state in {"declined", "revoked"}:
            return str(state)
        if end is not None and self.now >= end:
            return "expired"
        if state == "offered":
            return "offered"
        return "upcoming" if self.now < start else "inForce"

    @rule(
        target=seen, giver=st.sampled_from([ANNE, BRUNO]), holder=st.sampled_from([BRUNO, CLEO]),
        starts=st.integers(-5, 5), lasts=st.one_of(st.none(), st.integers(1, 10)),
    )  # fmt: skip
    def offer(self, giver: str, holder: str, starts: int, lasts: int | None) -> Mandate:
        name = f"{len(self.model):032x}"
        start = self.now + timedelta(hours=starts)
        end = None if lasts is None else max(start, self.now) + timedelta(hours=lasts)
        parties = Parties("ssin", "1", "2", "1", holder_name="h", giver_name="g")
        mandate = Mandate(
            id=name, revision=0, state="offered", giver=giver, holder=holder, giver_kind="person",
            scope=Scope(frozenset({"x"})), starts_at=start, ends_at=end, given=Signature(self.now, 450), accepted=None,
            over_at=None, over_by=None, sealed=b"",
        )  # fmt: skip
        mandate = self.store.sealed(mandate, parties)
        self.store.offer(self.connection, mandate)
        self.model[name], self.revisions[name] = ["offered", start, end, None], 0
        return mandate

    @rule(target=seen, old=seen)
    def look(self, old: Mandate) -> Mandate:
        return self.store.find(self.connection, old.id)

    @rule(
        target=seen, mandate=seen, deed=st.sampled_from(["sign", "decline", "revoke"]),
        side=st.sampled_from(["giver", "holder"]),
    )  # fmt: skip
    def change(self, mandate: Mandate, deed: Deed, side: Side) -> Mandate:
        before = self.store.find(self.connection, mandate.id)
        stale = self.revisions[mandate.id] != mandate.revision
        shown = self.shown(mandate.id)
        allowed = {
            "sign": shown == "offered" and side == "holder",
            "decline": shown == "offered" and side == "holder",
            "revoke": shown in {"offered", "upcoming", "inForce"},
        }[deed]
        try:
            changed = self.store.change(self.connection, mandate, deed, side, level=450)
        except (MandateNotOpen, MandateChanged):
            assert stale or not allowed
            assert self.store.find(self.connection, mandate.id) == before
            return before
        assert allowed
        assert not stale
        self.model[mandate.id][0] = {"sign": "signed", "decline": "declined", "revoke": "revoked"}[deed]
        self.model[mandate.id][3] = None if deed == "sign" else side
        self.revisions[mandate.id] += 1
        return changed

    @rule(hours=st.integers(1, 6))
    def time_passes(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    @invariant()
    def what_is_kept_is_what_the_model_says(self) -> None:
        for name, (state, _, _, over_by) in self.model.items():
            kept = self.store.find(self.connection, name)
            assert (kept.state, kept.over_by, kept.revision) == (state, over_by, self.revisions[name])
            assert kept.shown(self.now) == self.shown(name)
            assert (kept.accepted is not None) >= (state == "signed")
            assert (kept.over_at is not None) == (state in {"declined", "revoked"})
            assert self.store.parties(kept).giver_name == "g"

    @invariant()
    def those_in_force_are_signed_by_both_and_within_their_time(self) -> None:
        every = frozenset(self.model)
        inside = {name for name in every if self.shown(name) == "inForce"}
        assert self.store.in_force(self.connection, every) == inside
        assert {name for name in every if self.store.find(self.connection, name).in_force(self.now)} == inside

    @invariant()
    def each_side_finds_its_own(self) -> None:
        for one in (ANNE, BRUNO, CLEO):
            for mandate in self.store.of(self.connection, one):
                assert one in {mandate.giver, mandate.holder}
        between = self.store.between(self.connection, giver=ANNE, holder=CLEO)
        assert all((one.giver, one.holder) == (ANNE, CLEO) for one in between)


MandateMachine.TestCase.settings = settings(
    max_examples=ROUNDS, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck)
)


TestMandates = pytest.mark.soak(MandateMachine.TestCase)
