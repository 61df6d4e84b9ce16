"""A prefill's receipt: an SD-JWT (RFC 9901) by which a form can prove later that a value is the source's and unaltered.

The signed part holds salted digests alone: of each field that was filled, under `fields`, and of the subject. A disclosure opens one.
"""

import base64
import hashlib
import secrets
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from joserfc import jwt
from joserfc.jwk import ECKey
from pydantic_core import to_json

from connectors import Identifier
from hub.services.outcomes import Outcome

_SALT_BYTES = 16  # 128 bits, as RFC 9901, section 9.3, recommends


class Receipts:
    """Issues receipts under the hub's key."""

    def __init__(
        self,
        key: EllipticCurvePrivateKey,
        *,
        issuer: str,
        lifetime: timedelta,
        clock: Callable[[], datetime],
        random: Callable[[int], bytes] = secrets.token_bytes,
    ) -> None:
        self._key = ECKey.import_key(key)
        self._header = {"alg": "ES256", "typ": "onlyonce-receipt+sd-jwt", "kid": self._key.thumbprint()}
        self._issuer, self._lifetime, self._clock, self._random = issuer, lifetime, clock, random

    def issue(
        self,
        *,
        prefill: str,
        form: str,
        client: str,
        subject: Identifier,
        fields: Mapping[str, tuple[str, Outcome]],
    ) -> str | None:
        """A receipt for the fields that were filled, for this client alone, with all its disclosures; None if none was.

        Each field's disclosure says its attribute, value, source and time; one more says about whom all this is.
        """
        filled = [
            self._disclosure(name, _content(attribute, outcome))
            for name, (attribute, outcome) in fields.items() if outcome.status == "filled"
        ]  # fmt: skip
        if not filled:
            return None
        whom = self._disclosure("subject", {subject.scheme: subject.value})
        now = int(self._clock().timestamp())
        claims = {
            "iss": self._issuer, "aud": client, "iat": now, "exp": now + int(self._lifetime.total_seconds()),
            "jti": prefill, "formId": form, "_sd_alg": "sha-256", "_sd": [_digest(whom)],
            "fields": {"_sd": sorted(map(_digest, filled))},
        }  # fmt: skip
        return "~".join(
            [jwt.encode(self._header, claims, self._key, algorithms=["ES256"]), whom, *filled, ""]
        )

    @property
    def public_jwk(self) -> dict[str, Any]:
        """The public key that checks a receipt."""
        return {
            **self._key.as_dict(private=False),
            "kid": self._key.thumbprint(),
            "use": "sig",
            "alg": "ES256",
        }

    def _disclosure(self, name: str, value: object) -> str:
        parts = [_encode(self._random(_SALT_BYTES)), name, value]
        return _encode(to_json(parts))


def _content(attribute: str, outcome: Outcome) -> dict[str, object]:
    retrieved = outcome.retrieved_at.isoformat(timespec="milliseconds") if outcome.retrieved_at else None
    return {
        "attribute": attribute,
        "value": outcome.value,
        "source": outcome.source,
        "retrievedAt": retrieved,
    }


def _digest(disclosure: str) -> str:
    """The digest of a disclosure (RFC 9901, section 4.2.3)."""
    return _encode(hashlib.sha256(disclosure.encode()).digest())


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
