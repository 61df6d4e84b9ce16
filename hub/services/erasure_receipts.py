"""Receipts for keys that were destroyed: a JWS (RFC 7515) under the hub's receipts key, which anybody checks with the hub's public keys.

It says which keys are gone, where in the log that stands, and from when no backup can be read: one of the database made from then on does not
hold the keys at all; older ones hold them wrapped under an epoch's key, which is destroyed in its turn.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from joserfc import jws
from joserfc.jwk import ECKey
from pydantic_core import to_json

from audit import Appended, EpochRing, KeyInfo

TYPE: Final = "onlyonce-erasure-receipt"
_REWRAPPING: Final = timedelta(days=1)
"""What re-wrapping may take beside that."""


@dataclass(frozen=True, slots=True)
class Destroyed:
    """A key that was destroyed, and the entry that says so."""

    key: KeyInfo
    entry: str
    appended: Appended[Any]

    def told(self) -> dict[str, object]:
        """As a receipt says it."""
        return {
            "keyId": self.key.id, "controller": self.key.controller or None, "retention": self.key.retention,
            "period": self.key.period, "entry": self.entry, "index": self.appended.index,
            "leaf": self.appended.leaf.hex(), "destroyedAt": _written(self.appended.recorded_at),
        }  # fmt: skip


class ErasureReceipts:
    """Issues receipts.

    Args:
        key: the hub's receipts key.
        issuer: the hub's address.
        ring: whose epochs wrap the data keys.
        epoch_days: how long an epoch lasts.
        kept_days: how long its key is kept after that.
        clock: aware, UTC.
    """

    def __init__(
        self,
        key: EllipticCurvePrivateKey,
        *,
        issuer: str,
        ring: EpochRing,
        epoch_days: int,
        kept_days: int,
        clock: Callable[[], datetime],
    ) -> None:
        self._key, self._issuer, self._ring = ECKey.import_key(key), issuer, ring
        self._lasts, self._clock = timedelta(days=epoch_days + kept_days) + _REWRAPPING, clock

    def issue(self, receipt_id: str, reason: str, destroyed: Sequence[Destroyed], **more: object) -> str:
        """A receipt for some keys; `reason` is `order` or `retention`."""
        last = max(one.appended.recorded_at for one in destroyed)
        claims = {
            "iss": self._issuer, "iat": int(self._clock().timestamp()), "jti": receipt_id, "reason": reason, **more,
            "keys": [one.told() for one in destroyed],
            "unreadableInBackupsFrom": _written(last),
            "olderBackupsUnreadableFrom": _written(self._epoch_is_gone()),
        }  # fmt: skip
        header = {"alg": "ES256", "typ": TYPE, "kid": self._key.thumbprint()}
        return jws.serialize_compact(
            header, to_json(claims, exclude_none=True), self._key, algorithms=["ES256"]
        )

    def _epoch_is_gone(self) -> datetime:
        """When the key is destroyed of the epoch that may have wrapped the keys last."""
        return list(self._ring.epochs().values())[-1] + self._lasts


def _written(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds")
