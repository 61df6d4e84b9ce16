"""Orders of a controller that two of its people sign: to destroy keys of the usage log, to put off what was to be revealed.

An order is a file: JSON, a JWS in the general serialisation (RFC 7515, section 7.2.1), whose payload says what is ordered, by which controller, to which hub, and until
when. Two different approvers sign it, each with a key of their own that the catalogue declares for that controller. Nobody who runs the hub can make one, and it can be
shown to anyone later.

What two signatures show is that two keys were used. That two people hold them is what the controller declares.
"""

import base64
import binascii
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, Key, OKPKey, RSAKey, import_key
from sqlalchemy import Connection, insert, select

from hub.moments import to_millis
from hub.oversight.errors import OrderInvalid, OrderUsed
from hub.oversight.tables import metadata

TYPE: Final = "onlyonce-order"
APPROVALS: Final = 2
"""How many different people sign an order."""
LONGEST: Final = timedelta(days=31)
"""How long an order may be good for."""
_LEEWAY: Final = timedelta(seconds=30)
_LARGEST: Final = 65_536
_CLAIMS: Final = frozenset({"iss", "aud", "jti", "iat", "exp", "order", "what"})
_MALFORMED: Final = (JoseError, ValueError, TypeError, KeyError, AttributeError, RecursionError)
_PUBLIC: Final = ("kty", "crv", "x", "y", "n", "e")
_orders: Final = metadata.tables["hub_oversight_order"]

Approvers = Mapping[str, Mapping[str, Any]]
"""Who may sign for a controller: an approver's id → their public keys (a JWK set)."""


@dataclass(frozen=True, slots=True)
class Order:
    """An order whose signatures hold.

    Attributes:
        id: its own, for ever.
        kind: what is ordered, in a word.
        controller: who orders it.
        approvers: the ids of those who signed, sorted; two at least.
        issued_at, valid_until: aware, UTC.
        digest: SHA-256 (hex) of its payload: what the log names it by.
        what: the rest; nothing in it names a person but by a handle.
    """

    id: str
    kind: str
    controller: str
    approvers: tuple[str, ...] = field(repr=False)
    issued_at: datetime
    valid_until: datetime
    digest: str
    what: Mapping[str, Any] = field(repr=False)


def draft_order(
    kind: str,
    *,
    order_id: str,
    controller: str,
    audience: str,
    issued_at: datetime,
    valid_for: timedelta,
    what: Mapping[str, Any],
) -> bytes:
    """An order that nobody has signed yet.

    Args:
        kind: what is ordered, in a word.
        order_id: new, for this order alone.
        controller: who orders it.
        audience: the address of the hub that is to carry it out.
        issued_at: now, aware.
        valid_for: at most `LONGEST`.
        what: JSON; no national number.
    """
    claims = {
        "iss": controller, "aud": audience, "jti": order_id, "iat": int(issued_at.timestamp()),
        "exp": int((issued_at + valid_for).timestamp()), "order": kind, "what": dict(what),
    }  # fmt: skip
    payload = json.dumps(claims, ensure_ascii=False, separators=(",", ":")).encode()
    return _written({"payload": _encode(payload), "signatures": []})


def read_draft(document: bytes) -> dict[str, Any]:
    """What an order says, signed or not: for whoever is about to sign it.

    Raises:
        OrderInvalid: it is none.
    """
    return _claims(_parsed(document))


def approve(document: bytes, *, approver: str, key: Key) -> bytes:
    """The order with one signature more.

    Args:
        document: the order.
        approver: the id under which the catalogue knows whoever signs.
        key: their private key.

    Raises:
        OrderInvalid: it is no order, or the key is of no kind that is admitted.
    """
    whole = _parsed(document)
    algorithm = _algorithm(key)
    if algorithm is None:
        raise OrderInvalid("the key is not one of EC P-256, Ed25519, or RSA of 2048 bits or more")
    payload = base64.urlsafe_b64decode(_padded(whole["payload"]))
    header = {"alg": algorithm, "typ": TYPE, "kid": approver}
    signed = jws.serialize_compact(header, payload, key, algorithms=[algorithm])
    protected, _, signature = signed.split(".")
    whole["signatures"].append({"protected": protected, "signature": signature})
    return _written(whole)


def read_order(
    document: bytes, *, kind: str, audience: str, approvers: Mapping[str, Approvers], now: datetime
) -> Order:
    """Read an order, and believe it.

    Args:
        document: the file.
        kind: what it must order.
        audience: the address of this hub.
        approvers: of each controller.
        now: aware.

    Raises:
        OrderInvalid: it is none, is for another hub, is not of its time, or not signed by two approvers of its controller with two keys.
    """
    whole = _parsed(document)
    claims = _claims(whole)
    issued, until = _times(claims, now)
    if claims["order"] != kind:
        raise OrderInvalid("it orders something else")
    if claims["aud"] != audience:
        raise OrderInvalid("it is for another hub")
    declared = approvers.get(claims["iss"])
    if not declared:
        raise OrderInvalid("the catalogue declares no approvers for its controller")
    signers = [_signer(whole["payload"], one, declared) for one in whole["signatures"]]
    if len({approver for approver, _ in signers}) < APPROVALS or len({key for _, key in signers}) < APPROVALS:
        raise OrderInvalid(
            f"it is not signed by {APPROVALS} different approvers, each with a key of their own"
        )
    return Order(
        id=claims["jti"], kind=kind, controller=claims["iss"], approvers=tuple(sorted({one for one, _ in signers})),
        issued_at=issued, valid_until=until, digest=_digest(whole), what=claims["what"],
    )  # fmt: skip


def use_order(connection: Connection, order: Order, entry: str, at: datetime) -> None:
    """Write down that an order is carried out, in the transaction of the entry that says so. It is carried out once.

    Raises:
        OrderUsed: it was already.
    """
    if order_used(connection, order.id) is not None:
        raise OrderUsed(order.id)
    connection.execute(
        insert(_orders).values(
            id=order.id, kind=order.kind, controller=order.controller, digest=order.digest, entry=entry, used_at=to_millis(at)
        )
    )  # fmt: skip


def order_used(connection: Connection, order: str) -> str | None:
    """The entry that says that an order was carried out; None if it was not."""
    found: str | None = connection.scalar(select(_orders.c.entry).where(_orders.c.id == order))
    return found


def _parsed(document: bytes) -> dict[str, Any]:
    try:
        whole = json.loads(document) if len(document) <= _LARGEST else None
        if not isinstance(whole, dict) or whole.keys() != {"payload", "signatures"}:
            raise OrderInvalid("it is no order: a JWS in the general JSON serialisation")
        signatures = whole["signatures"]
        if not isinstance(whole["payload"], str) or not isinstance(signatures, list):
            raise OrderInvalid("it is no order: a JWS in the general JSON serialisation")
    except (ValueError, RecursionError):
        raise OrderInvalid("it is no order: not JSON") from None
    return whole


def _claims(whole: Mapping[str, Any]) -> dict[str, Any]:
    try:
        claims = json.loads(base64.urlsafe_b64decode(_padded(whole["payload"])))
    except (binascii.Error, ValueError, RecursionError):
        raise OrderInvalid("its payload is not JSON") from None
    if not isinstance(claims, dict) or claims.keys() != _CLAIMS or not isinstance(claims["what"], dict):
        raise OrderInvalid(f"its payload has not exactly {', '.join(sorted(_CLAIMS))}")
    for name in ("iss", "aud", "jti", "order"):
        if not isinstance(claims[name], str) or not 0 < len(claims[name]) <= 200:
            raise OrderInvalid(f"'{name}' is not a short text")
    return claims


def _times(claims: Mapping[str, Any], now: datetime) -> tuple[datetime, datetime]:
    for name in ("iat", "exp"):
        if type(claims[name]) is not int or not 0 <= claims[name] < 253_402_300_800:
            raise OrderInvalid(f"'{name}' is no time")
    issued, until = (datetime.fromtimestamp(claims[name], UTC) for name in ("iat", "exp"))
    if issued > now + _LEEWAY:
        raise OrderInvalid("it is of a time to come")
    if until - issued > LONGEST:
        raise OrderInvalid(f"it is good for more than {LONGEST.days} days")
    if now >= until:
        raise OrderInvalid("its time is over")
    return issued, until


def _signer(payload: str, signature: object, declared: Approvers) -> tuple[str, str]:
    """The approver who made a signature, and the thumbprint of the key. Every signature of an order must hold."""
    try:
        if not isinstance(signature, dict) or signature.keys() != {"protected", "signature"}:
            raise OrderInvalid("a signature is not made of 'protected' and 'signature'")
        header = json.loads(base64.urlsafe_b64decode(_padded(signature["protected"])))
        if header.keys() != {"alg", "typ", "kid"} or header["typ"] != TYPE:
            raise OrderInvalid("a signature's header has not exactly alg, kid, and the type of an order")
        keys = declared[header["kid"]]["keys"] if header["kid"] in declared else None
        if keys is None:
            raise OrderInvalid("somebody signed it who is no approver of its controller")
        compact = f"{signature['protected']}.{payload}.{signature['signature']}"
        for jwk in keys:
            key = import_key({name: jwk[name] for name in _PUBLIC if name in jwk})
            if _algorithm(key) == header["alg"] and _holds(compact, key, header["alg"]):
                return header["kid"], key.thumbprint()
    except _MALFORMED:
        raise OrderInvalid("a signature cannot be read") from None
    raise OrderInvalid("a signature does not hold")


def _holds(compact: str, key: Key, algorithm: str) -> bool:
    registry = jws.JWSRegistry(algorithms=[algorithm])
    registry.max_payload_length = _LARGEST
    try:
        jws.deserialize_compact(compact, key, registry=registry)
    except _MALFORMED:
        return False
    return True


def _algorithm(key: Key) -> str | None:
    """The one algorithm that a key signs orders with; it follows from the key, never from the order."""
    if isinstance(key, ECKey) and key.curve_name == "P-256":
        return "ES256"
    if isinstance(key, OKPKey) and key.curve_name == "Ed25519":
        return "Ed25519"
    if isinstance(key, RSAKey) and 2048 <= key.public_key.key_size <= 8192:
        return "PS256"
    return None


def _digest(whole: Mapping[str, Any]) -> str:
    return hashlib.sha256(base64.urlsafe_b64decode(_padded(whole["payload"]))).hexdigest()


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _padded(text: str) -> str:
    return text + "=" * (-len(text) % 4)


def _written(whole: Mapping[str, Any]) -> bytes:
    return json.dumps(whole, indent=1).encode() + b"\n"
