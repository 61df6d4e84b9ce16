"""Receipts: what they say, and that only what the hub signed is one."""

import base64
import hashlib
import hmac
import json
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from joserfc.jwk import ECKey
from sqlalchemy import Connection

from consent import ConsentStore, ReceiptInvalid, verify_receipt
from tests.consent.conftest import ANNE, Give, Time
from tests.consent.conftest import receipt as receipt_of

FIELDS = {
    "dct:conformsTo", "dct:identifier", "dpv:hasDataSubject", "dpv:hasNotice", "dct:language", "dpv:hasPurpose",
    "dpv:hasPersonalData", "dpv:hasDataController", "dpv:hasStorageCondition", "dpv:hasJurisdiction", "dpv:hasRecipient",
    "dpv:hasThirdParty", "dpv:hasConsentControl", "dpv:isImplementedByEntity", "dct:date", "dct:valid", "dpv:hasLegalBasis",
    "dpv:hasConsentStatus", "dpv:hasRight", "dpv:hasProcessing", "dpv:hasLocation",
}  # fmt: skip


@pytest.fixture
def receipt(give: Give, store: ConsentStore, connection: Connection, time: Time) -> str:
    return receipt_of(store, connection, give(valid_until=time() + timedelta(days=365)))


def test_a_receipt_has_every_field_of_the_profile(receipt: str, store: ConsentStore) -> None:
    said = verify_receipt(receipt, store.public_jwk)
    assert said.keys() >= FIELDS
    assert said["dct:conformsTo"] == {"@id": "dpv-27560:receipt-eu-gdpr"}
    assert said["dpv:hasConsentStatus"]["@type"] == "dpv:ConsentGiven"
    assert said["dct:valid"]["@value"] == "2027-03-01T12:00:00.000Z"
    assert [one["@id"] for one in said["dpv:hasPersonalData"]] == [
        "urn:onlyonce:attribute:person.address",
        "urn:onlyonce:attribute:person.income",
    ]


def test_every_prefix_of_a_receipt_stands_in_its_own_context(receipt: str, store: ConsentStore) -> None:
    said = verify_receipt(receipt, store.public_jwk)

    def prefixes(value: Any) -> set[str]:
        if isinstance(value, dict):
            names = {key.partition(":")[0] for key in value if not key.startswith("@")}
            ids = [one for key in ("@id", "@type") if key in value for one in _listed(value[key])]
            return (names | {one.partition(":")[0] for one in ids}).union(*map(prefixes, value.values()))
        return set().union(*map(prefixes, value)) if isinstance(value, list) else set()

    context = said.pop("@context")
    assert prefixes(said) - {"urn", "https"} <= context.keys()


def _listed(value: Any) -> list[str]:
    return value if isinstance(value, list) else [value]


def test_a_receipt_of_each_state_verifies(
    give: Give, store: ConsentStore, connection: Connection, time: Time
) -> None:
    ends = give(valid_until=time() + timedelta(days=1))
    withdrawn = store.withdraw(connection, give(activity="b").id, subject=ANNE)
    invalid = store.invalidate(connection, give(activity="c").id)
    time.pass_by(days=1)
    expired = store.get(connection, ends.id)
    states = [
        verify_receipt(receipt_of(store, connection, one), store.public_jwk)["dpv:hasConsentStatus"]["@type"]
        for one in (ends, withdrawn, invalid, expired)
    ]
    assert states == ["dpv:ConsentGiven", "dpv:ConsentWithdrawn", "dpv:ConsentInvalidated", "dpv:ConsentExpired"]  # fmt: skip


@pytest.mark.parametrize("part", [0, 1, 2])
def test_an_altered_receipt_is_refused(receipt: str, store: ConsentStore, part: int) -> None:
    parts = receipt.split(".")
    text = parts[part]
    parts[part] = text[:10] + ("A" if text[10] != "A" else "B") + text[11:]
    with pytest.raises(ReceiptInvalid):
        verify_receipt(".".join(parts), store.public_jwk)


def test_a_receipt_of_another_hub_is_refused(receipt: str) -> None:
    other = ECKey.import_key(ec.generate_private_key(ec.SECP256R1()).public_key()).as_dict(private=False)
    with pytest.raises(ReceiptInvalid):
        verify_receipt(receipt, dict(other))


def test_a_signed_event_is_no_receipt(give: Give, store: ConsentStore, connection: Connection) -> None:
    event = store.history(connection, give().id)[0]
    with pytest.raises(ReceiptInvalid):
        verify_receipt(event.signed, store.public_jwk)


@pytest.mark.parametrize("token", ["", "a.b", "....", "é.é.é", "W10.W10.W10", "e30.e30.e30", "A" * 2_000_000])
def test_what_is_no_receipt_at_all_is_refused(store: ConsentStore, token: str) -> None:
    with pytest.raises(ReceiptInvalid):
        verify_receipt(token, store.public_jwk)


def test_the_algorithm_is_not_the_receipts_to_choose(receipt: str, store: ConsentStore) -> None:
    payload = receipt.split(".")[1]
    public = store.public_jwk
    for algorithm in ("none", "HS256"):
        header = _text({"typ": "consent-receipt+jws", "alg": algorithm})
        secret = json.dumps(public).encode()
        signature = hmac.new(secret, f"{header}.{payload}".encode(), hashlib.sha256).digest()
        forged = f"{header}.{payload}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"
        with pytest.raises(ReceiptInvalid):
            verify_receipt(forged, public)


def test_a_key_of_the_wrong_kind_is_refused(receipt: str) -> None:
    for wrong in ({}, {"kty": "oct", "k": "AAAA"}, {"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"}):
        with pytest.raises(ReceiptInvalid):
            verify_receipt(receipt, wrong)


def test_a_receipt_names_its_key_in_a_set_of_keys(receipt: str, store: ConsentStore) -> None:
    mine, other = store.public_jwk, {**store.public_jwk, "kid": "another"}
    assert verify_receipt(receipt, {"keys": [other, mine]}) == verify_receipt(receipt, mine)
    for keys in ([], [other], [mine, mine], ["no key"], None):
        with pytest.raises(ReceiptInvalid):
            verify_receipt(receipt, {"keys": keys})


def test_consents_are_not_signed_with_a_key_of_another_curve() -> None:
    with pytest.raises(ValueError, match="P-256"):
        ConsentStore(ec.generate_private_key(ec.SECP384R1()), "https://hub.example", Time())


def _text(value: dict[str, str]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()
