"""Giving, withdrawing, reading: on both databases."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event

from consent import (
    AlreadyGiven,
    AlreadyRequested,
    ConsentInvalid,
    ConsentStore,
    ConsentUnknown,
    Datum,
    Guardian,
    NotActive,
    Party,
    Terms,
)
from tests.consent.conftest import ANNE, BRUNO, Give, Time, notice


def test_a_consent_that_was_given_can_be_read_as_it_was_given(
    give: Give, store: ConsentStore, connection: Connection, time: Time
) -> None:
    record = give(valid_until=time() + timedelta(days=365))
    assert record == store.get(connection, record.id)
    assert (record.status, record.active, record.revision) == ("given", True, 1)
    assert record.attributes == {"person.income", "person.address"}
    assert (record.given_at, record.valid_until) == (time(), time() + timedelta(days=365))
    assert (record.notice_hash, record.language) == (notice().version_hash, "fr")


def test_a_withdrawn_consent_is_no_longer_given(
    give: Give, store: ConsentStore, connection: Connection, time: Time
) -> None:
    kept, gone = give(), give(activity="housing")
    assert store.still_given(connection, [kept.id, gone.id, "unknown"]) == {kept.id, gone.id}
    time.pass_by(hours=1)
    withdrawn = store.withdraw(connection, gone.id, subject=ANNE)
    assert (withdrawn.status, withdrawn.withdrawn_at, withdrawn.given_at) == (
        "withdrawn",
        time(),
        gone.given_at,
    )
    assert store.still_given(connection, [kept.id, gone.id]) == {kept.id}


def test_withdrawing_takes_an_id_and_nothing_else(
    give: Give, store: ConsentStore, connection: Connection
) -> None:
    assert not store.withdraw(connection, give().id, subject=ANNE).active


def test_a_consent_is_withdrawn_once(give: Give, store: ConsentStore, connection: Connection) -> None:
    record = give()
    store.withdraw(connection, record.id, subject=ANNE)
    with pytest.raises(NotActive):
        store.withdraw(connection, record.id, subject=ANNE)


def test_nobody_withdraws_the_consent_of_another(
    give: Give, store: ConsentStore, connection: Connection
) -> None:
    record = give()
    with pytest.raises(ConsentUnknown):
        store.withdraw(connection, record.id, subject=BRUNO)
    with pytest.raises(ConsentUnknown):
        store.withdraw(connection, "no-such-consent", subject=BRUNO)
    assert store.still_given(connection, [record.id]) == {record.id}


def test_a_second_consent_to_the_same_activity_is_refused_while_the_first_holds(
    give: Give, store: ConsentStore, connection: Connection
) -> None:
    first = give()
    with pytest.raises(AlreadyGiven):
        give()
    give(subject=BRUNO)
    store.withdraw(connection, first.id, subject=ANNE)
    again = give()
    assert again.id != first.id
    assert store.still_given(connection, [first.id, again.id]) == {again.id}


def test_a_consent_ends_at_its_hour_without_anyone_doing_anything(
    give: Give, store: ConsentStore, connection: Connection, time: Time
) -> None:
    record = give(valid_until=time() + timedelta(days=1))
    time.pass_by(days=1, milliseconds=-1)
    assert store.still_given(connection, [record.id]) == {record.id}
    time.pass_by(milliseconds=1)
    assert store.still_given(connection, [record.id]) == frozenset()
    assert store.get(connection, record.id).status == "expired"
    assert [one.status for one in store.of_subject(connection, ANNE)] == ["expired"]


def test_an_ended_consent_makes_way_for_a_new_one_and_its_end_is_written_down(
    give: Give, store: ConsentStore, connection: Connection, time: Time
) -> None:
    old = give(valid_until=time() + timedelta(days=1))
    time.pass_by(days=2)
    new = give()
    assert [one.status for one in store.history(connection, old.id)] == ["given", "expired"]
    assert store.still_given(connection, [old.id, new.id]) == {new.id}


def test_an_ended_consent_can_neither_be_withdrawn_nor_renewed(
    give: Give, store: ConsentStore, connection: Connection, time: Time
) -> None:
    record = give(valid_until=time() + timedelta(days=1))
    time.pass_by(days=2)
    with pytest.raises(NotActive):
        store.withdraw(connection, record.id, subject=ANNE)
    with pytest.raises(NotActive):
        store.renew(connection, record.id, subject=ANNE, notice=notice(), method="dpv:ClickAction")


def test_what_is_due_is_written_down_once(
    give: Give, store: ConsentStore, connection: Connection, time: Time
) -> None:
    due = give(valid_until=time() + timedelta(days=1))
    give(subject=BRUNO)
    time.pass_by(days=2)
    assert [(one.id, one.status, one.noted) for one in store.due(connection)] == [(due.id, "expired", False)]
    assert store.expire(connection, due.id).noted
    assert store.due(connection) == ()
    with pytest.raises(NotActive):
        store.expire(connection, due.id)
    assert store.history(connection, due.id)[-1].by == "time"


def test_a_request_that_nobody_answers_lapses_and_never_becomes_a_consent(
    store: ConsentStore, connection: Connection, time: Time
) -> None:
    asked = store.request(
        connection, subject=ANNE, activity="study-grant", controller="grants", attributes={"x.y"}, notice=notice()
    )  # fmt: skip
    time.pass_by(days=30)
    assert store.unanswered(connection, time() - timedelta(days=31)) == ()
    assert [one.id for one in store.unanswered(connection, time() - timedelta(days=30))] == [asked.id]
    assert store.lapse(connection, asked.id).status == "invalidated"
    assert store.history(connection, asked.id)[-1].by == "time"
    with pytest.raises(NotActive):
        store.lapse(connection, asked.id)


def test_a_consent_that_was_given_does_not_lapse(
    give: Give, store: ConsentStore, connection: Connection
) -> None:
    with pytest.raises(NotActive):
        store.lapse(connection, give().id)


def test_a_person_is_reminded_once_in_each_term(
    give: Give, store: ConsentStore, connection: Connection, time: Time
) -> None:
    days = {"remind_at": time() + timedelta(days=30), "valid_until": time() + timedelta(days=60)}
    record = give(**days)
    time.pass_by(days=29)
    assert store.to_remind(connection) == ()
    time.pass_by(days=1)
    (found,) = store.to_remind(connection)
    store.remind(connection, found)
    with pytest.raises(NotActive):
        store.remind(connection, found)
    assert store.to_remind(connection) == ()
    assert store.get(connection, record.id).reminded_at == time()
    store.renew(
        connection, record.id, subject=ANNE, notice=notice(), method="m",
        remind_at=time() + timedelta(days=30), valid_until=time() + timedelta(days=60),
    )  # fmt: skip
    assert store.to_remind(connection) == ()
    time.pass_by(days=31)
    assert [one.id for one in store.to_remind(connection)] == [record.id]


def test_nobody_is_reminded_of_what_is_over(
    give: Give, store: ConsentStore, connection: Connection, time: Time
) -> None:
    give(valid_until=time() + timedelta(days=2), remind_at=time() + timedelta(days=1))
    time.pass_by(days=2)
    assert store.to_remind(connection) == ()
    with pytest.raises(ConsentInvalid):
        give(subject=BRUNO, valid_until=time() + timedelta(days=1), remind_at=time() + timedelta(days=1))


def test_a_guardian_answers_for_a_child_and_the_person_withdraws_alone(
    give: Give, store: ConsentStore, connection: Connection
) -> None:
    record = give(guardian=Guardian(BRUNO, "parent"))
    assert (record.subject, record.guardian, record.basis) == (ANNE, BRUNO, "parent")
    withdrawn = store.withdraw(connection, record.id, subject=ANNE)
    assert (withdrawn.guardian, withdrawn.basis) == (None, None)
    history = store.history(connection, record.id)
    assert [(one.by, one.said.get("guardian")) for one in history] == [("guardian", BRUNO), ("subject", None)]


def test_a_subject_sees_all_their_consents_and_no_other(
    give: Give, store: ConsentStore, connection: Connection, time: Time
) -> None:
    first = give()
    time.pass_by(hours=1)
    second = give(activity="housing")
    give(subject=BRUNO)
    assert [one.id for one in store.of_subject(connection, ANNE)] == [second.id, first.id]
    assert store.of_subject(connection, "c" * 64) == ()


def test_a_request_waits_for_an_answer_and_opens_nothing(
    give: Give, store: ConsentStore, connection: Connection, time: Time
) -> None:
    asked = store.request(
        connection,
        subject=ANNE,
        activity="study-grant",
        controller="grants",
        attributes={"person.income"},
        notice=notice(),
    )
    assert (asked.status, asked.given_at) == ("requested", None)
    time.pass_by(days=4000)
    assert store.still_given(connection, [asked.id]) == frozenset()
    with pytest.raises(ConsentInvalid):
        give()
    given = give(attributes={"person.income"})
    assert (given.id, given.status, given.revision) == (asked.id, "given", 2)


def test_a_request_can_be_refused_and_made_again(
    give: Give, store: ConsentStore, connection: Connection
) -> None:
    ask: dict[str, Any] = {
        "subject": ANNE,
        "activity": "study-grant",
        "controller": "grants",
        "attributes": {"person.income"},
        "notice": notice(),
    }
    first = store.request(connection, **ask)
    with pytest.raises(AlreadyRequested):
        store.request(connection, **ask)
    assert store.refuse(connection, first.id, subject=ANNE).status == "refused"
    with pytest.raises(NotActive):
        store.refuse(connection, first.id, subject=ANNE)
    second = store.request(connection, **ask)
    assert store.invalidate(connection, second.id).status == "invalidated"
    give()
    with pytest.raises(AlreadyGiven):
        store.request(connection, **ask)


def test_a_renewed_consent_holds_longer_and_remembers_when_it_was_first_given(
    give: Give, store: ConsentStore, connection: Connection, time: Time
) -> None:
    record = give(valid_until=time() + timedelta(days=1))
    began = time()
    time.pass_by(hours=12)
    read = notice(language="nl", text="Mag ik?")
    renewed = store.renew(
        connection, record.id, subject=ANNE, notice=read, method="dpv:ClickAction",
        valid_until=time() + timedelta(days=30),
    )  # fmt: skip
    assert (renewed.status, renewed.given_at, renewed.language) == ("renewed", began, "nl")
    time.pass_by(days=20)
    assert store.still_given(connection, [record.id]) == {record.id}
    assert store.notice(connection, renewed.notice_hash) == read


@pytest.mark.parametrize(
    "wrong",
    [
        {"attributes": set()},
        {"attributes": "person.income"},
        {"subject": "85073003328"},
        {"notice": notice("housing")},
        {"notice": notice(text="  ")},
        {"notice": notice(language="")},
        {"method": ""},
        {"activity": "study-grant housing", "notice": notice("study-grant housing")},
        {"activity": "study-grant,housing", "notice": notice("study-grant,housing")},
        {"terms": Terms(Party("grants"), (Datum("person.income"),))},
        {"guardian": Guardian("85073003328", "parent")},
    ],
)
def test_what_is_no_consent_is_refused(give: Give, wrong: dict[str, object]) -> None:
    with pytest.raises(ConsentInvalid) as refused:
        give(**wrong)
    assert "85073003328" not in str(refused.value)


def test_a_notice_that_is_not_the_one_of_its_hash_is_refused(give: Give) -> None:
    shown, other = notice(), notice(text="Autre chose")
    forged = type(shown)(shown.id, other.version_hash, shown.language, shown.text, shown.activity)
    with pytest.raises(ConsentInvalid):
        give(notice=forged)


def test_a_consent_that_is_over_already_cannot_be_given(give: Give, time: Time) -> None:
    with pytest.raises(ConsentInvalid):
        give(valid_until=time())


def test_the_notice_is_kept_word_for_word(give: Give, store: ConsentStore, connection: Connection) -> None:
    shown = notice(text="Zoë, être né à Liège : « oui » ?\n\x00…")
    shown = notice(text=shown.text.replace("\x00", ""))
    record = give(notice=shown)
    assert store.notice(connection, record.notice_hash) == shown
    with pytest.raises(ConsentUnknown):
        store.notice(connection, "0" * 64)


def test_grants_are_read_again_in_one_query_however_many(
    give: Give, store: ConsentStore, connection: Connection, engine: Engine
) -> None:
    given = [give(activity=f"activity-{n}").id for n in range(20)]
    statements: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda *called: statements.append(called[2]))
    assert store.still_given(connection, given) == set(given)
    assert len(statements) == 1
    assert store.still_given(connection, []) == frozenset()
    assert len(statements) == 1
