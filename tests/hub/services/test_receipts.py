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

from connectors import Identifier
from hub.services.outcomes import Origin, Outcome
from hub.services.receipts import Receipts

NOW = datetime(2026, 3, 3, 10, 0, tzinfo=UTC)
WHOM = Identifier("enterpriseNumber", "0000100067")
FIELDS = {
    "legalName": ("organisation.legalName", Outcome("filled", "Érable", source="register", retrieved_at=NOW)),
    "status": (
        "organisation.status",
        Outcome(
            "filled", False, source="register", retrieved_at=NOW, origin=Origin("Get", NOW, "r-1", "2026-02")
        ),
    ),
    "employees": (
        "organisation.employeeCount",
        Outcome("empty", reason="noValueAtSource", source="register"),
    ),
}


def receipts() -> Receipts:
    key = ec.generate_private_key(ec.SECP256R1())
    return Receipts(key, issuer="https://hub.example", lifetime=timedelta(days=90), clock=lambda: NOW)


def issue(by: Receipts) -> str:
    issued = by.issue(prefill="p1", form="subsidy", client="grants-portal", subject=WHOM, fields=FIELDS)
    assert issued is not None
    return issued


def claims(of: Receipts, receipt: str) -> dict[str, Any]:
    return dict(
        jwt.decode(receipt.split("~", 1)[0], ECKey.import_key(of.public_jwk), algorithms=["ES256"]).claims
    )


def digest(disclosure: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(disclosure.encode()).digest()).rstrip(b"=").decode()


def opened(disclosure: str) -> list[Any]:
    return list(json.loads(base64.urlsafe_b64decode(disclosure + "=" * (-len(disclosure) % 4))))


def test_the_signed_part_holds_digests_and_no_value() -> None:
    by = receipts()
    signed = json.dumps(claims(by, issue(by)), ensure_ascii=False)
    assert "Érable" not in signed
    assert WHOM.value not in signed


def test_each_filled_field_opens_to_its_attribute_value_source_and_time() -> None:
    by = receipts()
    receipt = issue(by)
    _, _, *fields, last = receipt.split("~")
    assert last == ""
    assert set(map(digest, fields)) == set(claims(by, receipt)["fields"]["_sd"])
    said = {name: content for _, name, content in map(opened, fields)}
    assert said.keys() == {"legalName", "status"}
    retrieved = "2026-03-03T10:00:00.000+00:00"
    assert said["legalName"] == {
        "attribute": "organisation.legalName", "value": "Érable", "source": "register", "retrievedAt": retrieved,
    }  # fmt: skip
    assert said["status"] == {
        "attribute": "organisation.status", "value": False, "source": "register", "retrievedAt": retrieved,
        "sourceDate": "2026-02",
    }  # fmt: skip


def test_a_receipt_is_about_one_subject() -> None:
    by = receipts()
    receipt = issue(by)
    whom = receipt.split("~")[1]
    assert claims(by, receipt)["_sd"] == [digest(whom)]
    assert opened(whom)[1:] == ["subject", {"enterpriseNumber": WHOM.value}]


def test_the_order_of_digests_tells_nothing_about_the_order_of_fields() -> None:
    by = receipts()
    digests = claims(by, issue(by))["fields"]["_sd"]
    assert digests == sorted(digests)


def test_the_same_value_never_has_the_same_digest_twice() -> None:
    by = receipts()
    first, again = (set(claims(by, issue(by))["fields"]["_sd"]) for _ in range(2))
    assert not first & again


def test_a_receipt_is_for_one_client_and_for_a_time() -> None:
    by = receipts()
    signed = claims(by, issue(by))
    assert signed["aud"] == "grants-portal"
    assert signed["exp"] - signed["iat"] == 90 * 86_400


def test_where_nothing_was_filled_there_is_no_receipt() -> None:
    empty = {"employees": FIELDS["employees"]}
    assert receipts().issue(prefill="p", form="f", client="c", subject=WHOM, fields=empty) is None


def test_an_altered_receipt_does_not_verify() -> None:
    by = receipts()
    receipt = issue(by)
    head, payload, signature = receipt.split("~", 1)[0].split(".")
    forged = (
        base64.urlsafe_b64encode(json.dumps({**claims(by, receipt), "aud": "another"}).encode())
        .rstrip(b"=")
        .decode()
    )
    assert payload != forged
    with pytest.raises(JoseError):
        claims(by, f"{head}.{forged}.{signature}~")
