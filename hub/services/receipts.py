"""A prefill's receipt: an SD-JWT (RFC 9901) by which a form can prove later that a value is the source's and unaltered.

The signed part holds salted digests alone: of each field that was filled, under `fields`, and of the subject. A disclosure opens one.
"""

import hashlib
import secrets
from binascii import b2a_base64
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from joserfc import jws
from joserfc.jwk import ECKey
from pydantic_core import to_json

from connectors import Identifier
from hub.services.outcomes import Outcome, written

_SALT_BYTES = 16  # 128 bits, as RFC 9901, section 9.3, recommends
_URL_SAFE = bytes.maketrans(b"+/", b"-_")


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
        filled = [name for name, (_, outcome) in fields.items() if outcome.status == "filled"]
        if not filled:
            return None
        salts = iter(_salts(self._random, len(filled) + 1))
        whom = _disclosure(next(salts), "subject", {subject.scheme: subject.value})
        disclosures = [_disclosure(next(salts), name, _content(*fields[name])) for name in filled]
        now = int(self._clock().timestamp())
        claims = {
            "iss": self._issuer, "aud": client, "iat": now, "exp": now + int(self._lifetime.total_seconds()),
            "jti": prefill, "formId": form, "_sd_alg": "sha-256", "_sd": [_digest(whom)],
            "fields": {"_sd": sorted(map(_digest, disclosures))},
        }  # fmt: skip
        signed = jws.serialize_compact(self._header, to_json(claims), self._key, algorithms=["ES256"])
        return "~".join([signed, whom, *disclosures, ""])

    @property
    def public_jwk(self) -> dict[str, Any]:
        """The public key that checks a receipt."""
        return {
            **self._key.as_dict(private=False),
            "kid": self._key.thumbprint(),
            "use": "sig",
            "alg": "ES256",
        }


def _salts(random: Callable[[int], bytes], count: int) -> list[str]:
    drawn, width = random(_SALT_BYTES * count).hex(), 2 * _SALT_BYTES
    return [drawn[at : at + width] for at in range(0, width * count, width)]


def _disclosure(salt: str, name: str, value: object) -> str:
    return _encode(to_json([salt, name, value]))


def _content(attribute: str, outcome: Outcome) -> dict[str, object]:
    retrieved = written(outcome.retrieved_at) if outcome.retrieved_at else None
    content: dict[str, object] = {
        "attribute": attribute,
        "value": outcome.value,
        "source": outcome.source,
        "retrievedAt": retrieved,
    }
    return content if outcome.source_date is None else {**content, "sourceDate": outcome.source_date}


def _digest(disclosure: str) -> str:
    """The digest of a disclosure (RFC 9901, section 4.2.3)."""
    return _encode(hashlib.sha256(disclosure.encode()).digest())


def _encode(data: bytes) -> str:
    """Base64 for URLs, without padding (RFC 7515, section 2)."""
    return b2a_base64(data, newline=False).translate(_URL_SAFE, b"=").decode()
