"""Orders of a controller: believed only when two of its people signed this very order, and carried out once."""

import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from joserfc.jwk import ECKey, Key, OKPKey, RSAKey
from sqlalchemy import Engine

from hub.oversight import (
    Order,
    OrderInvalid,
    OrderUsed,
    approve,
    draft_order,
    order_used,
    read_order,
    use_order,
)

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
HUB = "https://hub.example.org"
KEYS: dict[str, Key] = {
    "legal-1": ECKey.generate_key("P-256"),
    "legal-2": OKPKey.generate_key("Ed25519"),
    "legal-3": RSAKey.generate_key(2048),
}


def declared(*names: str) -> dict[str, dict[str, Any]]:
    return {"city": {name: {"keys": [KEYS[name].as_dict(private=False)]} for name in names}}


ALL = declared(*KEYS)


def draft(**changes: Any) -> bytes:
    given: dict[str, Any] = {
        "order_id": "o-1", "controller": "city", "audience": HUB, "issued_at": NOW,
        "valid_for": timedelta(days=7), "what": {"subject": "ab" * 32},
    } | changes  # fmt: skip
    return draft_order("shred", **given)


def signed(document: bytes, *names: str) -> bytes:
    for name in names:
        document = approve(document, approver=name, key=KEYS[name])
    return document


def read(document: bytes, **changes: Any) -> Order:
    given: dict[str, Any] = {"kind": "shred", "audience": HUB, "approvers": ALL, "now": NOW} | changes
    return read_order(document, **given)


@pytest.mark.parametrize("two", [("legal-1", "legal-2"), ("legal-3", "legal-1"), ("legal-2", "legal-3")])
def test_an_order_that_two_of_the_controllers_people_signed_is_believed(two: tuple[str, str]) -> None:
    order = read(signed(draft(), *two))
    assert (order.id, order.kind, order.controller, order.approvers) == (
        "o-1",
        "shred",
        "city",
        tuple(sorted(two)),
    )
    assert order.what == {"subject": "ab" * 32}
    assert (order.issued_at, order.valid_until) == (NOW, NOW + timedelta(days=7))


@pytest.mark.parametrize("who", [(), ("legal-1",), ("legal-1", "legal-1")])
def test_one_person_is_not_two(who: tuple[str, ...]) -> None:
    with pytest.raises(OrderInvalid, match="2 different approvers"):
        read(signed(draft(), *who))


def test_one_key_under_two_names_is_not_two_people() -> None:
    same = {"city": {name: {"keys": [KEYS["legal-1"].as_dict(private=False)]} for name in ("a", "b")}}
    document = approve(approve(draft(), approver="a", key=KEYS["legal-1"]), approver="b", key=KEYS["legal-1"])
    with pytest.raises(OrderInvalid, match="a key of their own"):
        read(document, approvers=same)


def with_payload(document: bytes, change: Callable[[dict[str, Any]], object]) -> bytes:
    whole = json.loads(document)
    claims = json.loads(base64.urlsafe_b64decode(whole["payload"] + "=="))
    change(claims)
    whole["payload"] = base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()
    return json.dumps(whole).encode()


@pytest.mark.parametrize(
    ("name", "value"),
    [("iss", "town"), ("jti", "o-2"), ("exp", 1795999999), ("what", {"subject": "cd" * 32}), ("iat", 1)],
)
def test_a_claim_that_was_altered_after_the_signatures_is_noticed(name: str, value: object) -> None:
    document = with_payload(
        signed(draft(), "legal-1", "legal-2"), lambda claims: claims.update({name: value})
    )
    with pytest.raises(OrderInvalid):
        read(document, approvers={**ALL, "town": ALL["city"]})


@pytest.mark.parametrize(
    ("what", "changes"),
    [
        ("orders something else", {"kind": "extendDeferral"}),
        ("another hub", {"audience": "https://other.example.org"}),
        ("time is over", {"now": NOW + timedelta(days=7)}),
        ("a time to come", {"now": NOW - timedelta(minutes=1)}),
        ("no approvers", {"approvers": {"town": ALL["city"]}}),
        ("no approver of its controller", {"approvers": declared("legal-1", "legal-3")}),
    ],
)
def test_an_order_out_of_place_or_time_is_refused(what: str, changes: dict[str, Any]) -> None:
    document = signed(draft(), "legal-1", "legal-2")
    with pytest.raises(OrderInvalid, match=what):
        read(document, **changes)


def test_no_order_is_good_for_longer_than_a_month() -> None:
    with pytest.raises(OrderInvalid, match="31 days"):
        read(signed(draft(valid_for=timedelta(days=32)), "legal-1", "legal-2"))


def test_a_third_signature_that_does_not_hold_spoils_the_order() -> None:
    whole = json.loads(signed(draft(), "legal-1", "legal-2", "legal-3"))
    whole["signatures"][2]["signature"] = whole["signatures"][0]["signature"]
    with pytest.raises(OrderInvalid, match="does not hold"):
        read(json.dumps(whole).encode())


@pytest.mark.parametrize(
    "header",
    [
        {"alg": "none", "typ": "onlyonce-order", "kid": "legal-2"},
        {"alg": "HS256", "typ": "onlyonce-order", "kid": "legal-2"},
        {"alg": "Ed25519", "typ": "JWT", "kid": "legal-2"},
        {"alg": "Ed25519", "typ": "onlyonce-order", "kid": "legal-2", "crit": ["b64"], "b64": False},
        ["alg"],
    ],
)
def test_a_header_that_is_not_exactly_an_orders_is_refused(header: object) -> None:
    whole = json.loads(signed(draft(), "legal-1", "legal-2"))
    whole["signatures"][1]["protected"] = (
        base64.urlsafe_b64encode(json.dumps(header).encode()).decode().rstrip("=")
    )
    with pytest.raises(OrderInvalid):
        read(json.dumps(whole).encode())


@pytest.mark.parametrize(
    "document",
    [b"", b"{", b"[]", b"{}", b'{"payload": 1, "signatures": []}', b'{"payload": "e30", "signatures": [1]}',
     b'{"payload": "", "signatures": {}}', b"[" * 50_000, b" " * 70_000, "é".encode("latin-1")],
)  # fmt: skip
def test_what_is_no_order_is_refused(document: bytes) -> None:
    with pytest.raises(OrderInvalid):
        read(document)


def test_a_key_that_is_not_admitted_signs_no_order() -> None:
    with pytest.raises(OrderInvalid, match="the key is not one of"):
        approve(draft(), approver="legal-1", key=ECKey.generate_key("P-384"))


def test_an_order_is_carried_out_once(engine: Engine) -> None:
    order = read(signed(draft(), "legal-1", "legal-2"))
    with engine.begin() as connection:
        assert order_used(connection, order.id) is None
        use_order(connection, order, "entry-1", NOW)
    with engine.begin() as connection:
        assert order_used(connection, order.id) == "entry-1"
        with pytest.raises(OrderUsed):
            use_order(connection, order, "entry-2", NOW)
