"""Signing and checking what this room hands out: JWS compact, ES256 and nothing else."""

import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeyParameters

from consent.errors import ReceiptInvalid

MAX_LENGTH: Final = 1_048_576
"""Of a receipt or an event, in characters."""
MAX_DOCUMENT: Final = 16_777_216
"""Of a record that stands in the open, in bytes: thousands of events."""
_SHAPE = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+", re.ASCII)
_DETACHED = re.compile(r"[A-Za-z0-9_-]+\.\.[A-Za-z0-9_-]+", re.ASCII)
_MALFORMED = (JoseError, ValueError, TypeError, AttributeError, KeyError, RecursionError)


class _Registry(jws.JWSRegistry):
    max_payload_length = 2 * MAX_DOCUMENT


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

    def sign_detached(self, document: Mapping[str, object], typ: str) -> str:
        """The same without its payload (RFC 7515, appendix F): for a document that stands in the open."""
        header, _, signature = self.sign(document, typ).split(".")
        return f"{header}..{signature}"


def check(token: str, public_jwk: Mapping[str, Any], typ: str) -> dict[str, Any]:
    """Check a document against a public key and return it.

    Args:
        token: JWS compact.
        public_jwk: the key; or a set of keys, of which the one counts that the document names.
        typ: what it must be.

    Raises:
        ReceiptInvalid: it is malformed, of another type, or the signature is not this key's.
    """
    if len(token) > MAX_LENGTH:
        raise ReceiptInvalid
    return _checked(token, public_jwk, typ)


def check_detached(
    document: Mapping[str, Any], signature: object, public_jwk: Mapping[str, Any], typ: str
) -> None:
    """Check a document that stands in the open against its JWS without payload.

    Raises:
        ReceiptInvalid: as `check`.
    """
    if not isinstance(signature, str) or not _DETACHED.fullmatch(signature):
        raise ReceiptInvalid
    try:
        payload = canonical(document)
    except (ValueError, RecursionError):
        raise ReceiptInvalid from None
    if len(payload) > MAX_DOCUMENT:
        raise ReceiptInvalid
    header, _, mac = signature.split(".")
    text = urlsafe_b64encode(payload).rstrip(b"=").decode()
    _checked(f"{header}.{text}.{mac}", public_jwk, typ)


def _checked(token: str, public_jwk: Mapping[str, Any], typ: str) -> dict[str, Any]:
    if not _SHAPE.fullmatch(token):
        raise ReceiptInvalid
    try:
        key = ECKey.import_key(_the_key(token, public_jwk))
        found = jws.deserialize_compact(token, key, registry=_registry)
        document = json.loads(found.payload)
    except _MALFORMED:
        raise ReceiptInvalid from None
    header = found.headers()
    if header.get("typ") != typ or "crit" in header or not isinstance(document, dict):
        raise ReceiptInvalid
    return document


def _the_key(token: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """The public key to check with. Which of a set is the token's to say; what may be in the set is not."""
    if "keys" in given:
        head = token.partition(".")[0]
        named = json.loads(urlsafe_b64decode(head + "=" * (-len(head) % 4)))["kid"]
        (given,) = [one for one in given["keys"] if one.get("kid") == named]
    return {name: given[name] for name in ("kty", "crv", "x", "y")}


def canonical(document: Mapping[str, object]) -> bytes:
    """JSON with sorted keys and no spaces, in UTF-8."""
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
