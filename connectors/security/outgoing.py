"""Securing a request: Timestamp, user name, signature."""

import base64
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import xmlsec
from lxml import etree

from connectors.errors import DeclarationInvalid
from connectors.security import header, names
from connectors.security.keys import load_key_pair, require_rsa
from connectors.security.rotating import Rotating, Secrets, Unusable
from connectors.security.rule import Security
from connectors.source import Clock
from connectors.template import Template, as_xml

__all__ = ["SecuredRequest"]

_PARSER = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, collect_ids=False)


@dataclass(frozen=True, slots=True)
class _Ready:
    """A key, and the template with what a request tells of its certificate."""

    key: xmlsec.Key = field(repr=False)
    template: Template = field(repr=False)


class SecuredRequest:
    """A request's template with its Security header. `fill` gives the bytes to send."""

    def __init__(
        self,
        source_id: str,
        rule: Security,
        template: Template,
        *,
        secrets: Secrets,
        clock: Clock,
        random: Callable[[int], bytes],
    ) -> None:
        """Put the header into the template and read the secrets. Raises `DeclarationInvalid`."""
        self._rule, self._clock, self._random = rule, clock, random
        self._lifetime = timedelta(seconds=rule.lifetime)
        try:
            self._template = header.secure(template, rule)
        except header.Unfitting as error:
            raise DeclarationInvalid(source_id, (error.problem,)) from None
        self._password: Rotating[str] | None = None
        self._ready: Rotating[_Ready] | None = None
        if (token := rule.username_token) is not None:
            place = ("security", "usernameToken", "password")
            self._password = Rotating(source_id, place, (token.password,), secrets, _password)
        if (signature := rule.signature) is not None:
            self._ready = Rotating(
                source_id,
                ("security", "signature"),
                (signature.key, signature.certificate),
                secrets,
                self._make_ready,
            )

    @property
    def variables(self) -> frozenset[str]:
        """The variables whose values `fill` needs: those of the template that was given."""
        return frozenset(v for v in self._template.variables if not v.startswith(header.PREFIX))

    @property
    def troubles(self) -> dict[str, str]:
        """Why a changed secret is not in use, by the key that names it."""
        kept = {"security.usernameToken": self._password, "security.signature": self._ready}
        return {name: one.trouble for name, one in kept.items() if one is not None and one.trouble}

    def fill(self, values: Mapping[str, str]) -> bytes:
        """The envelope, secured. Raises `Unsendable`."""
        now = self._clock()
        created = _instant(now)
        values = {
            **values,
            header.CREATED: created,
            header.EXPIRES: _instant(now + self._lifetime),
            header.SERIAL: self._random(12).hex(),
        }
        if self._password is not None:
            values |= self._username_token(self._password.current(), created)
        if self._ready is None:
            return self._template.fill(values, as_xml)
        ready = self._ready.current()
        return _sign(ready.template.fill(values, as_xml), ready.key)

    def _username_token(self, password: str, created: str) -> dict[str, str]:
        """Password and nonce. The digest is SHA-1 by its definition (UsernameToken Profile 1.1, §3.1): no signature rests on it."""
        nonce = self._random(16)
        digest = hashlib.sha1(nonce + created.encode() + password.encode(), usedforsecurity=False).digest()
        return {header.NONCE: _base64(nonce), header.PASSWORD: password, header.DIGEST: _base64(digest)}

    def _make_ready(self, key: str, certificate: str) -> _Ready:
        pair = load_key_pair(key, certificate, self._clock())
        require_rsa(pair.certificate.public_key())
        told = {f"{header.PREFIX}{name}": text for name, text in pair.told().items()}
        template = self._template.settle(told, as_xml)
        if f"{header.PREFIX}subjectKeyIdentifier" in template.variables:
            raise Unusable("the certificate has no subject key identifier")
        return _Ready(xmlsec.Key.from_memory(pair.key_pem, xmlsec.constants.KeyDataFormatPem), template)


def _sign(envelope: bytes, key: xmlsec.Key) -> bytes:
    root = etree.fromstring(envelope, _PARSER)
    security = root[0][0]
    context = xmlsec.SignatureContext()
    context.key = key
    for element in (*security, *security.itersiblings(), *root):
        if names.ID in element.attrib:
            context.register_id(element, "Id", names.WSU)
    context.sign(security[-1])
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True)


def _password(text: str) -> str:
    if not text:
        raise Unusable("is empty")
    return text


def _instant(time: datetime) -> str:
    """An `xs:dateTime` in UTC, as the Timestamp wants it."""
    return time.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _base64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()
