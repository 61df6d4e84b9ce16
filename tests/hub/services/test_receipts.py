import base64
import hashlib
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from connectors import Value
from hub.services.receipts import Receipts

NOW = datetime(2026, 3, 3, 10, 0, tzinfo=UTC)
FIELDS: dict[str, Value] = {"lastName": "Érable", "household": True, "givenNames": ["Un", "Deux"]}


def receipts() -> Receipts:
    key = ec.generate_private_key(ec.SECP256R1())
    return Receipts(key, issuer="https://hub.example", lifetime=timedelta(days=90), clock=lambda: NOW)


def issue(by: Receipts) -> str:
    return by.issue(prefill="p1", form="study-grant", client="grants-portal", fields=FIELDS)


def claims(of: Receipts, receipt: str) -> dict[str, Any]:
    return dict(
        jwt.decode(receipt.split("~", 1)[0], ECKey.import_key(of.public_jwk), algorithms=["ES256"]).claims
    )


def opened(disclosure: str) -> list[Any]:
    return list(json.loads(base64.urlsafe_b64decode(disclosure + "=" * (-len(disclosure) % 4))))


def test_the_signed_part_holds_digests_and_no_value() -> None:
    by = receipts()
    signed = claims(by, issue(by))
    assert "Érable" not in json.dumps(signed, ensure_ascii=False)
    assert len(signed["_sd"]) == len(FIELDS)
    assert signed["_sd_alg"] == "sha-256"


def test_each_disclosure_opens_one_field_and_its_digest_is_signed() -> None:
    by = receipts()
    receipt = issue(by)
    _, *disclosures, last = receipt.split("~")
    assert last == ""
    digests = {
        base64.urlsafe_b64encode(hashlib.sha256(d.encode()).digest()).rstrip(b"=").decode()
        for d in disclosures
    }
    assert digests == set(claims(by, receipt)["_sd"])
    assert {name: value for _, name, value in map(opened, disclosures)} == FIELDS


def test_the_order_of_digests_tells_nothing_about_the_order_of_fields() -> None:
    by = receipts()
    signed = claims(by, issue(by))["_sd"]
    assert signed == sorted(signed)


def test_the_same_value_never_has_the_same_digest_twice() -> None:
    by = receipts()
    assert not set(claims(by, issue(by))["_sd"]) & set(claims(by, issue(by))["_sd"])


def test_a_receipt_is_for_one_client_and_for_a_time() -> None:
    by = receipts()
    signed = claims(by, issue(by))
    assert signed["aud"] == "grants-portal"
    assert signed["exp"] - signed["iat"] == 90 * 86_400


def test_an_altered_receipt_does_not_verify() -> None:
    by = receipts()
    receipt = issue(by)
    head, payload, signature = receipt.split("~", 1)[0].split(".")
    forged = (
        base64.urlsafe_b64encode(json.dumps({**claims(by, receipt), "aud": "another"}).encode())
        .rstrip(b"=")
        .decode()
    )
    with pytest.raises(JoseError):
        claims(by, f"{head}.{forged}.{signature}~")
    assert payload != forged
