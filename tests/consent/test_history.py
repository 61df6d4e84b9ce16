"""What was signed stays as it was, or shows."""

import json

import pytest
from sqlalchemy import Connection, delete, update

from consent import ConsentStore, Guardian, HistoryBroken, ReceiptInvalid, metadata, verify_event
from tests.consent.conftest import ANNE, BRUNO, Give, notice

EVENTS, RECORDS = metadata.tables["consent_event"], metadata.tables["consent_record"]


@pytest.fixture
def consent_id(give: Give, store: ConsentStore, connection: Connection) -> str:
    """A consent with three events."""
    record = give()
    store.renew(connection, record.id, subject=ANNE, notice=notice(), method="dpv:ClickAction")
    store.withdraw(connection, record.id, subject=ANNE)
    return record.id


def test_each_event_names_the_one_before(
    store: ConsentStore, connection: Connection, consent_id: str
) -> None:
    history = store.history(connection, consent_id)
    assert [one.status for one in history] == ["given", "renewed", "withdrawn"]
    assert [one.previous for one in history] == [None, history[0].digest, history[1].digest]
    assert {one.by for one in history} == {"subject"}


def test_an_event_is_checked_offline(store: ConsentStore, connection: Connection, consent_id: str) -> None:
    event = store.history(connection, consent_id)[1]
    public = json.loads(json.dumps(store.public_jwk))
    said = verify_event(event.signed, public)
    assert (said["consent"], said["status"], said["notice"]["hash"]) == (
        consent_id, "renewed", notice().version_hash,
    )  # fmt: skip
    with pytest.raises(ReceiptInvalid):
        verify_event(event.signed[:-4] + "AAAA", public)


@pytest.mark.parametrize("revision", [1, 2, 3])
def test_a_removed_event_shows(
    store: ConsentStore, connection: Connection, consent_id: str, revision: int
) -> None:
    connection.execute(delete(EVENTS).where(EVENTS.c.revision == revision))
    with pytest.raises(HistoryBroken):
        store.history(connection, consent_id)


def test_an_event_put_in_the_place_of_another_shows(
    store: ConsentStore, connection: Connection, consent_id: str
) -> None:
    first = store.history(connection, consent_id)[0]
    connection.execute(
        update(EVENTS).where(EVENTS.c.revision == 2).values(signed=first.signed, digest=first.digest)
    )
    with pytest.raises(HistoryBroken) as broken:
        store.history(connection, consent_id)
    assert broken.value.revision == 2


def test_an_altered_event_shows(store: ConsentStore, connection: Connection, consent_id: str) -> None:
    signed = store.history(connection, consent_id)[1].signed
    altered = signed[:100] + ("A" if signed[100] != "A" else "B") + signed[101:]
    connection.execute(update(EVENTS).where(EVENTS.c.revision == 2).values(signed=altered))
    with pytest.raises(HistoryBroken) as broken:
        store.history(connection, consent_id)
    assert broken.value.revision == 2


def test_a_withdrawal_that_was_undone_in_the_record_shows(
    store: ConsentStore, connection: Connection, consent_id: str
) -> None:
    connection.execute(update(RECORDS).values(status="given", withdrawn_at=None))
    with pytest.raises(HistoryBroken):
        store.history(connection, consent_id)


def test_a_record_that_was_widened_shows(
    store: ConsentStore, connection: Connection, consent_id: str
) -> None:
    connection.execute(update(RECORDS).values(attributes='["person.health", "person.income"]'))
    with pytest.raises(HistoryBroken):
        store.history(connection, consent_id)


def test_a_guardian_taken_out_of_the_record_shows(
    give: Give, store: ConsentStore, connection: Connection
) -> None:
    record = give(guardian=Guardian(BRUNO, "parent"))
    connection.execute(update(RECORDS).values(guardian=None, basis=None))
    with pytest.raises(HistoryBroken):
        store.history(connection, record.id)


def test_the_history_of_another_consent_does_not_fit(
    give: Give, store: ConsentStore, connection: Connection, consent_id: str
) -> None:
    other = give(activity="housing")
    events = {one.revision: one for one in store.history(connection, consent_id)}
    connection.execute(
        update(EVENTS)
        .where(EVENTS.c.consent_id == other.id)
        .values(signed=events[1].signed, digest=events[1].digest)
    )
    with pytest.raises(HistoryBroken):
        store.history(connection, other.id)
