"""Records and receipts as JSON-LD: every field of the profile, sound for a JSON-LD library, as the schema says, and signed."""

import json
from datetime import timedelta
from importlib.resources import files
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from pyld import jsonld
from sqlalchemy import Connection

from consent import (
    ConsentStore,
    Datum,
    Guardian,
    HistoryBroken,
    Party,
    ReceiptInvalid,
    Terms,
    verify_document,
    verify_receipt,
)
from consent.receipts import SIGNATURE
from tests.consent.conftest import ANNE, BRUNO, Give, Time, notice
from tests.consent.test_receipts import FIELDS

DPV = "https://w3id.org/dpv#"
SCHEMA = Draft202012Validator(json.loads((files("consent") / "schema.json").read_text("utf-8")))
OFFICE = Party("grants", "0000100067", {"fr": "Office", "de": "Amt"}, "privacy@grants.example")
TERMS = Terms(
    controller=OFFICE,
    data=(Datum("person.address", {"fr": "Adresse"}, "residence"), Datum("person.income", {"fr": "Revenu"}, "income", special=True)),
    name={"fr": "Bourses", "en": "Grants"},
    purpose={"fr": "Calculer la bourse."},
    recipients=(OFFICE, Party("university", "0000100166", {"fr": "Université"})),
    sources=(Party("tax-office", "0000100364", {"fr": "Impôts"}),),
    retention="P2Y",
    explicit=True,
    control="https://hub.example/me",
)  # fmt: skip


@pytest.fixture
def record(give: Give, store: ConsentStore, connection: Connection, time: Time) -> dict[str, Any]:
    """The record of a consent that a parent gave, that was renewed, and that its person withdrew."""
    given = give(terms=TERMS, guardian=Guardian(BRUNO, "parent"), valid_until=time() + timedelta(days=9))
    time.pass_by(days=1)
    store.renew(connection, given.id, subject=ANNE, notice=notice(language="nl"), method="m", terms=TERMS)
    time.pass_by(days=1)
    store.withdraw(connection, given.id, subject=ANNE)
    return store.record(connection, given.id)


def expanded(document: dict[str, Any]) -> dict[str, Any]:
    """What a JSON-LD library makes of it, which may load nothing."""

    def load(*_: object) -> None:
        raise AssertionError("a context was loaded")

    (node,) = jsonld.expand(document, {"documentLoader": load})
    return dict(node)


def test_a_record_has_every_field_of_the_profile_and_its_whole_history(record: dict[str, Any]) -> None:
    assert record.keys() >= FIELDS - {"dct:valid"}
    assert record["dct:conformsTo"] == {"@id": "dpv-27560:record-eu-gdpr"}
    told = [
        (one["@type"], one["dpv:isIndicatedBy"]["@id"][-64:], one["dpv:hasIndicationMethod"])
        for one in record["dpv:hasConsentStatus"]
    ]
    assert told == [
        ("dpv:ConsentGiven", BRUNO, "dpv:ClickAction"),
        ("dpv:RenewedConsentGiven", ANNE, "m"),
        ("dpv:ConsentWithdrawn", ANNE, {"@id": "urn:onlyonce:method:button"}),
    ]
    assert record["dpv:hasConsentStatus"][0]["dpv:isIndicatedBy"]["@type"] == "dpv:ParentOfDataSubject"


def test_what_a_consent_is_to_stands_in_it_in_the_words_of_its_day(record: dict[str, Any]) -> None:
    assert record["dpv:hasDataController"]["dpv:hasIdentifier"] == "0000100067"
    assert {"@language": "de", "@value": "Amt"} in record["dpv:hasDataController"]["dpv:hasName"]
    assert record["dpv:hasPurpose"]["dct:description"] == [
        {"@language": "fr", "@value": "Calculer la bourse."}
    ]
    assert record["dpv:hasNotice"]["dct:description"] == {"@language": "nl", "@value": "Puis-je ?"}
    assert [one["@id"] for one in record["dpv:hasThirdParty"]] == ["urn:onlyonce:controller:university"]
    assert record["dpv:hasStorageCondition"][1]["dpv:hasDuration"]["@value"] == "P2Y"
    assert record["dpv:hasPersonalData"][1]["@type"] == [
        "dpv:PersonalData",
        "dpv:SpecialCategoryPersonalData",
    ]
    assert record["dpv:hasLegalBasis"] == [{"@id": "eu-gdpr:A6-1-a"}, {"@id": "eu-gdpr:A9-2-a"}]


def test_it_is_sound_json_ld(record: dict[str, Any]) -> None:
    node = expanded(record)
    assert node["@type"] == [f"{DPV}ConsentRecord"]
    events = node[f"{DPV}hasConsentStatus"]
    assert [one["@type"] for one in events] == [
        [f"{DPV}{one}"] for one in ("ConsentGiven", "RenewedConsentGiven", "ConsentWithdrawn")
    ]
    assert len({one["@id"] for one in events}) == 3  # a state is not a statement about all states of its kind
    assert events[0][f"{DPV}isIndicatedAtTime"] == [
        {"@type": "http://www.w3.org/2001/XMLSchema#dateTime", "@value": "2026-03-01T12:00:00.000Z"}
    ]
    kept = {key for key in record if not key.startswith("@")}
    assert len([key for key in node if not key.startswith("@")]) == len(kept)  # nothing was dropped
    assert all(key.startswith(("http", "urn:")) for key in node if not key.startswith("@"))
    assert jsonld.compact(node, record["@context"])["dct:identifier"] == record["dct:identifier"]


def test_it_is_what_the_schema_says(record: dict[str, Any]) -> None:
    assert list(SCHEMA.iter_errors(record)) == []
    for member in FIELDS - {"dct:valid"}:
        assert list(SCHEMA.iter_errors({key: one for key, one in record.items() if key != member})), member
    assert list(SCHEMA.iter_errors(record | {"dpv:hasSomethingElse": "x"}))


def test_the_receipt_of_each_state_is_sound_and_what_the_schema_says(
    give: Give, store: ConsentStore, connection: Connection, time: Time
) -> None:
    def asked(activity: str) -> str:
        shown = notice(activity)
        return store.request(
            connection, subject=ANNE, activity=activity, controller="c", attributes={"x.y"}, notice=shown
        ).id  # fmt: skip

    ends = give(activity="ends", valid_until=time() + timedelta(days=1))
    renewed = give(activity="renewed", terms=TERMS)
    store.renew(connection, renewed.id, subject=ANNE, notice=notice("renewed"), method="m", terms=TERMS)
    store.withdraw(connection, give(activity="withdrawn").id, subject=ANNE)
    give(activity="given", terms=TERMS)
    asked("requested")
    store.refuse(connection, asked("refused"), subject=ANNE)
    store.invalidate(connection, give(activity="invalidated").id)
    store.lapse(connection, asked("lapsed"))
    time.pass_by(days=2)
    seen = {}
    for record in store.of_subject(connection, ANNE):
        matter = store.matter(connection, record)
        for said in (verify_receipt(store.receipt(matter), store.public_jwk), store.open_receipt(matter)):
            assert list(SCHEMA.iter_errors(said)) == []
            expanded(said)
        assert verify_document(store.open_receipt(matter), store.public_jwk)["dct:identifier"] == record.id
        status = said["dpv:hasConsentStatus"]
        who = status["dpv:isIndicatedBy"]["@id"].removeprefix("urn:onlyonce:").partition(":")[0]
        seen[record.activity] = (status["@type"].removeprefix("dpv:"), who)
    assert seen == {
        "ends": ("ConsentExpired", "https"),
        "renewed": ("RenewedConsentGiven", "subject"),
        "withdrawn": ("ConsentWithdrawn", "subject"),
        "given": ("ConsentGiven", "subject"),
        "requested": ("ConsentRequested", "controller"),
        "refused": ("ConsentRefused", "subject"),
        "invalidated": ("ConsentInvalidated", "controller"),
        "lapsed": ("ConsentInvalidated", "https"),
    }
    assert store.expire(connection, ends.id).noted


def test_a_record_verifies_as_a_whole(record: dict[str, Any], store: ConsentStore) -> None:
    read = json.loads(json.dumps(record, indent=2))
    said = verify_document(read, store.public_jwk)
    assert SIGNATURE not in said
    assert said["dct:hasVersion"] == "3"


@pytest.mark.parametrize(
    ("path", "other"),
    [
        (("dpv:hasNotice", "dct:description", "@value"), "Autre chose"),
        (("dpv:hasPersonalData", 0, "@id"), "urn:onlyonce:attribute:person.health"),
        (("dpv:hasDataController", "dpv:hasIdentifier"), "0000100166"),
        (("dpv:hasConsentStatus", 2, "@type"), "dpv:ConsentGiven"),
        (("@context", "dpv"), "https://example.org/other#"),
        (("dct:conformsTo", "@id"), "dpv-27560:receipt-eu-gdpr"),
        (("dct:conformsTo",), None),
        (("dct:identifier",), "consent-9"),
        ((SIGNATURE,), "AAAA..AAAA"),
        ((SIGNATURE,), None),
    ],
)
def test_an_altered_record_does_not_verify(
    record: dict[str, Any], store: ConsentStore, path: tuple[Any, ...], other: object
) -> None:
    altered = json.loads(json.dumps(record))
    place = altered
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = other
    with pytest.raises(ReceiptInvalid):
        verify_document(altered, store.public_jwk)


def test_a_record_signed_over_a_broken_history_does_not_verify(
    record: dict[str, Any], store: ConsentStore
) -> None:
    """What verifies is not the hub's word alone: its events are a chain."""
    del record[SIGNATURE]
    events = record["dpv:hasConsentStatus"]
    for wrong in (events[:2], events[1:], [events[0], events[2]], [events[1], events[0], events[2]], []):
        with pytest.raises(HistoryBroken):
            verify_document(store._signed({**record, "dpv:hasConsentStatus": wrong}, "consent-record+jws"), store.public_jwk)  # fmt: skip
    for wrong_member in ({"dct:hasVersion": "2"}, {"dct:identifier": "consent-2"}):
        with pytest.raises(HistoryBroken):
            verify_document(store._signed({**record, **wrong_member}, "consent-record+jws"), store.public_jwk)


def test_a_receipt_does_not_pass_for_a_record(
    record: dict[str, Any], store: ConsentStore, connection: Connection
) -> None:
    receipt = store.open_receipt(store.matter(connection, store.get(connection, record["dct:identifier"])))
    with pytest.raises(ReceiptInvalid):
        verify_document({**receipt, "dct:conformsTo": record["dct:conformsTo"]}, store.public_jwk)


def test_terms_come_back_as_they_were_kept() -> None:
    assert Terms.read(TERMS.canonical().decode()) == TERMS
