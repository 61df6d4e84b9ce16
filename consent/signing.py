"""Signing and checking what this room hands out: JWS compact, ES256 and nothing else."""

import json
import re
from collections.abc import Mapping
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeyParameters

from consent.errors import ReceiptInvalid

_MAX_LENGTH = 262_144
_SHAPE = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+", re.ASCII)
_MALFORMED = (JoseError, ValueError, TypeError, AttributeError, KeyError, RecursionError)


class _Registry(jws.JWSRegistry):
    max_payload_length = _MAX_LENGTH


_registry = _Registry(algorithms=["ES256"])


class Signer:
    """Signs documents with the consents' key.

    Raises:
        ValueError: the key is not on P-256.
    """

    def __init__(self, key: EllipticCurvePrivateKey) -> None:
        if not isinstance(key.curve, SECP256R1):
            raise ValueError("consents are signed with a P-256 key")  # noqa: TRY004 - a wrong value, not a wrong type
        public = key.public_key()
        unnamed = ECKey(public, public)
        parameters: KeyParameters = {"use": "sig", "alg": "ES256", "kid": unnamed.thumbprint()}
        self._key = ECKey(key, key, parameters)
        self.public_jwk: dict[str, Any] = dict(ECKey(public, public, parameters).as_dict(private=False))

    def sign(self, document: Mapping[str, object], typ: str) -> str:
        """A document as JWS compact, of the given type."""
        header = {"typ": typ, "alg": "ES256", "kid": self.public_jwk["kid"]}
        return jws.serialize_compact(header, canonical(document), self._key, registry=_registry)


def check(token: str, public_jwk: Mapping[str, Any], typ: str) -> dict[str, Any]:
    """Check a document against a public key and return it.

    Raises:
        ReceiptInvalid: it is malformed, of another type, or the signature is not this key's.
    """
    if len(token) > _MAX_LENGTH or not _SHAPE.fullmatch(token):
        raise ReceiptInvalid
    try:
        public = {name: public_jwk[name] for name in ("kty", "crv", "x", "y")}
        key = ECKey.import_key(public)
        found = jws.deserialize_compact(token, key, registry=_registry)
        document = json.loads(found.payload)
    except _MALFORMED:
        raise ReceiptInvalid from None
    header = found.headers()
    if header.get("typ") != typ or "crit" in header or not isinstance(document, dict):
        raise ReceiptInvalid
    return document


def canonical(document: Mapping[str, object]) -> bytes:
    """JSON with sorted keys and no spaces, in UTF-8."""
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
