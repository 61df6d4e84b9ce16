"""Signatures over requests: JWS beside the body or around it, and the headers of Italy's interoperability model (ModI)."""

from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import replace
from hashlib import sha256

from connectors.access.keys import SigningKey
from connectors.access.rule import Signature
from connectors.http import Outgoing
from connectors.security.rotating import Secrets
from connectors.source import Clock

__all__ = ["Signer"]

_VALID = 60
"""Seconds that a signed request holds."""


class Signer:
    """Signs the requests to one source."""

    def __init__(
        self, source_id: str, rule: Signature, secrets: Secrets, *, clock: Clock, uuid: Callable[[], str]
    ) -> None:
        """Read the key. Raises `DeclarationInvalid`."""
        self._rule, self._clock, self._uuid = rule, clock, uuid
        self.key = SigningKey(source_id, ("authentication", "signature"), rule.key, secrets)

    def sign(self, request: Outgoing, values: Mapping[str, str]) -> Outgoing:
        """The request with its signature."""
        if self._rule.kind == "agid":
            return replace(request, headers={**request.headers, **self._agid(request, values)})
        body = request.body or b""
        if self._rule.kind == "body":
            signed = self.key.sign(body).encode()
            return replace(request, headers=_with_type(request.headers, "application/jose"), body=signed)
        extra: dict[str, object] = {"b64": False, "crit": ["b64"]} if self._rule.unencoded else {}
        compact = self.key.sign(body, **extra)
        detached = f"{compact.partition('.')[0]}..{compact.rpartition('.')[2]}"  # RFC 7515, appendix F
        return replace(request, headers={**request.headers, self._rule.header: detached})

    def _agid(self, request: Outgoing, values: Mapping[str, str]) -> dict[str, str]:
        """`Digest` of the body, and a token over it and the Content-Type (INTEGRITY_REST_01 and 02)."""
        now = int(self._clock().timestamp())
        declared = {name: text.fill(values, str.encode).decode() for name, text in self._rule.claims.items()}
        claims = {
            **declared, "aud": self._rule.audience, "jti": self._uuid(),
            "iat": now, "nbf": now, "exp": now + _VALID,
        }  # fmt: skip
        if request.body is None:
            return {self._rule.header: self.key.token(claims)}
        digest = f"SHA-256={b64encode(sha256(request.body).digest()).decode()}"
        kinds = [value for name, value in request.headers.items() if name.lower() == "content-type"]
        signed = [{"digest": digest}, *({"content-type": kind} for kind in kinds)]
        token = self.key.token({**claims, "signed_headers": signed})
        return {"Digest": digest, self._rule.header: token}


def _with_type(headers: Mapping[str, str], media_type: str) -> dict[str, str]:
    kept = {name: value for name, value in headers.items() if name.lower() != "content-type"}
    return {**kept, "Content-Type": media_type}
