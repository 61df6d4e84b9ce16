"""Consents driven by hypothesis: whatever is done in whatever order, a model that is a page long says what must be true."""

import itertools
import json
from datetime import datetime, timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, multiple, rule
from sqlalchemy import create_engine
from sqlalchemy.pool import StaticPool

from consent import (
    AlreadyGiven,
    AlreadyRequested,
    ConsentError,
    ConsentInvalid,
    ConsentStore,
    NotActive,
    ReceiptInvalid,
    metadata,
    verify_document,
    verify_receipt,
)
from consent.states import legal
from consent.vocabulary import STATUSES
from tests.consent.conftest import ANNE, BRUNO, KEY, Time, notice, receipt

SUBJECTS, ACTIVITIES = st.sampled_from([ANNE, BRUNO]), st.sampled_from(["grant", "housing"])
LIFE = st.one_of(st.none(), st.integers(min_value=1, max_value=48))


class ConsentMachine(RuleBasedStateMachine):
    """The model: consent id -> [state, end]; a state is what a reader should see now."""

    ids = Bundle("ids")

    def __init__(self) -> None:
        super().__init__()
        self.time = Time()
        counter = itertools.count(1)
        self.store = ConsentStore(KEY, "https://hub.example", self.time, lambda: f"consent-{next(counter)}")
        self.engine = create_engine("sqlite://", poolclass=StaticPool)
        metadata.create_all(self.engine)
        self.connection = self.engine.connect()
        self.whose: dict[str, tuple[str, str]] = {}
        self.state: dict[str, str] = {}
        self.end: dict[str, datetime | None] = {}
        self.trail: dict[str, list[str]] = {}

    def now(self, consent_id: str) -> str:
        end, state = self.end[consent_id], self.state[consent_id]
        return (
            "expired" if state in {"given", "renewed"} and end is not None and end <= self.time() else state
        )

    def open_one(self, subject: str, activity: str) -> str | None:
        found = [
            one
            for one, whose in self.whose.items()
            if whose == (subject, activity) and self.now(one) in {"requested", "given", "renewed"}
        ]
        assert len(found) <= 1
        return found[0] if found else None

    def until(self, hours: int | None) -> datetime | None:
        return None if hours is None else self.time() + timedelta(hours=hours)

    def became(self, consent_id: str, state: str, end: datetime | None) -> None:
        self.state[consent_id], self.end[consent_id] = state, end
        self.trail.setdefault(consent_id, []).append(state)

    def settle(self, subject: str, activity: str) -> None:
        for one, whose in self.whose.items():
            if whose == (subject, activity) and self.now(one) == "expired" != self.state[one]:
                self.became(one, "expired", self.end[one])

    @rule(target=ids, subject=SUBJECTS, activity=ACTIVITIES, hours=LIFE)
    def give(self, subject: str, activity: str, hours: int | None) -> object:
        waiting, until = self.open_one(subject, activity), self.until(hours)
        try:
            record = self.store.give(
                self.connection, subject=subject, activity=activity, controller="c", attributes={"x.y"},
                notice=notice(activity), method="dpv:ClickAction", valid_until=until,
            )  # fmt: skip
        except AlreadyGiven:
            assert waiting is not None
            assert self.now(waiting) in {"given", "renewed"}
            return multiple()
        assert waiting is None or (self.now(waiting), waiting) == ("requested", record.id)
        self.settle(subject, activity)
        self.whose[record.id] = (subject, activity)
        self.became(record.id, "given", until)
        return multiple() if waiting else record.id

    @rule(target=ids, subject=SUBJECTS, activity=ACTIVITIES)
    def request(self, subject: str, activity: str) -> object:
        waiting = self.open_one(subject, activity)
        try:
            record = self.store.request(
                self.connection, subject=subject, activity=activity, controller="c", attributes={"x.y"}, notice=notice(activity)
            )  # fmt: skip
        except (AlreadyGiven, AlreadyRequested):
            assert waiting is not None
            return multiple()
        assert waiting is None
        self.settle(subject, activity)
        self.whose[record.id] = (subject, activity)
        self.became(record.id, "requested", None)
        return record.id

    @rule(consent_id=ids, how=st.sampled_from(["withdrawn", "refused", "invalidated", "renewed"]), hours=LIFE)
    def change(self, consent_id: str, how: str, hours: int | None) -> None:
        subject, activity = self.whose[consent_id]
        allowed = legal(self.now(consent_id), how)  # type: ignore[arg-type]
        end = self.until(hours) if how == "renewed" else self.end[consent_id]
        try:
            self._do(consent_id, how, subject, activity, end)
        except NotActive:
            assert not allowed
        else:
            assert allowed
            self.became(consent_id, how, end)

    def _do(self, consent_id: str, how: str, subject: str, activity: str, end: datetime | None) -> None:
        if how == "withdrawn":
            self.store.withdraw(self.connection, consent_id, subject=subject)
        elif how == "refused":
            self.store.refuse(self.connection, consent_id, subject=subject)
        elif how == "invalidated":
            self.store.invalidate(self.connection, consent_id)
        else:
            self.store.renew(
                self.connection, consent_id, subject=subject, notice=notice(activity), method="m", valid_until=end
            )  # fmt: skip

    @rule(consent_id=ids, other=SUBJECTS)
    def meddle(self, consent_id: str, other: str) -> None:
        if other != self.whose[consent_id][0]:
            with pytest.raises(ConsentError):
                self.store.withdraw(self.connection, consent_id, subject=other)

    @rule(subject=SUBJECTS)
    def give_nothing(self, subject: str) -> None:
        with pytest.raises(ConsentInvalid):
            self.store.give(
                self.connection, subject=subject, activity="grant", controller="c", attributes=set(), notice=notice("grant"), method="m"
            )  # fmt: skip

    @rule(hours=st.integers(min_value=1, max_value=30))
    def time_passes(self, hours: int) -> None:
        self.time.pass_by(hours=hours)

    @rule()
    def write_down_what_is_due(self) -> None:
        due = {one for one in self.state if self.now(one) == "expired" != self.state[one]}
        assert {one.id for one in self.store.due(self.connection)} == due
        for one in due:
            self.store.expire(self.connection, one)
            self.became(one, "expired", self.end[one])

    @invariant()
    def readers_see_what_the_model_says(self) -> None:
        seen = {
            one.id: one.status for who in (ANNE, BRUNO) for one in self.store.of_subject(self.connection, who)
        }
        assert seen == {one: self.now(one) for one in self.state}
        holding = {one for one in self.state if self.now(one) in {"given", "renewed"}}
        assert self.store.still_given(self.connection, list(self.state)) == holding

    @invariant()
    def histories_are_complete(self) -> None:
        for one, trail in self.trail.items():
            assert [event.status for event in self.store.history(self.connection, one)] == trail

    @invariant()
    def receipts_verify(self) -> None:
        for one in self.state:
            token = receipt(self.store, self.connection, self.store.get(self.connection, one))
            said = verify_receipt(token, self.store.public_jwk)
            assert said["dct:identifier"] == one
            assert said["dpv:hasConsentStatus"]["@type"] == STATUSES[self.now(one)]  # type: ignore[index]

    @rule(consent_id=ids, place=st.integers(min_value=0), other=st.sampled_from("AQgw_-09"))
    def alter_a_receipt(self, consent_id: str, place: int, other: str) -> None:
        token = receipt(self.store, self.connection, self.store.get(self.connection, consent_id))
        at = place % (len(token) - 1)  # of the last character some bits count for nothing
        if token[at] in {other, "."}:
            return
        with pytest.raises(ReceiptInvalid):
            verify_receipt(token[:at] + other + token[at + 1 :], self.store.public_jwk)

    @rule(consent_id=ids)
    def read_the_whole_record(self, consent_id: str) -> None:
        record = json.loads(json.dumps(self.store.record(self.connection, consent_id)))
        said = verify_document(record, self.store.public_jwk)["dpv:hasConsentStatus"]
        assert [one["@type"] for one in said] == [STATUSES[one] for one in self.trail[consent_id]]  # type: ignore[index]
        record["dpv:hasConsentStatus"][-1]["@type"] = "dpv:ConsentUnknown"
        with pytest.raises(ReceiptInvalid):
            verify_document(record, self.store.public_jwk)

    @rule(consent_id=ids)
    def let_it_lapse(self, consent_id: str) -> None:
        try:
            self.store.lapse(self.connection, consent_id)
        except NotActive:
            assert self.now(consent_id) != "requested"
        else:
            assert self.now(consent_id) == "requested"
            self.became(consent_id, "invalidated", None)

    def teardown(self) -> None:
        self.connection.close()
        self.engine.dispose()


ConsentMachine.TestCase.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)
TestConsentMachine = ConsentMachine.TestCase
