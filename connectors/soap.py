"""A source that speaks SOAP 1.1 or 1.2."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING

from lxml import etree
from yarl import URL

from connectors import xml
from connectors.contract import SoapContract, read_contract
from connectors.declared import DeclaredSource
from connectors.errors import (
    ContractBroken,
    DeclarationInvalid,
    Problem,
    SourceError,
    SourceRefused,
    SourceUnavailable,
)
from connectors.http import Answer, Outgoing
from connectors.raw_xml import NESTED
from connectors.security.rotating import Rotating, Unusable
from connectors.security.shape import Unverified
from connectors.template import Template, Unsendable, as_xml
from connectors.values import Unfit
from connectors.variables import SECRET

if TYPE_CHECKING:
    from connectors.security.message import SecuredMessages

__all__ = ["SoapSource"]

_MEDIA_TYPES = frozenset({"text/xml", "application/xml", "application/soap+xml"})
_ENVELOPES = {
    "{http://schemas.xmlsoap.org/soap/envelope/}Envelope": "{http://schemas.xmlsoap.org/soap/envelope/}",
    "{http://www.w3.org/2003/05/soap-envelope}Envelope": "{http://www.w3.org/2003/05/soap-envelope}",
}
_LARGE_IF_SIGNED = 16 << 10
"""Bytes from which a signed answer is verified and read in a thread: canonical XML takes long where elements are nested deeply."""
_FAULTS = frozenset(f"{space}Fault" for space in _ENVELOPES.values())
_THEIRS = frozenset({"Server", "Receiver"})
"""The fault codes by which a source says that the failure is its own (SOAP 1.1 §4.4.1, SOAP 1.2 §5.4.6)."""


class SoapSource(DeclaredSource):
    """A declared SOAP source: the request's template is built from the contract, compiled XPath reads the answer."""

    _contract: SoapContract
    _url: URL
    _named: frozenset[str]
    _envelope: Callable[[Mapping[str, str]], bytes]
    _verify: Callable[[etree._Element], None] | None = None
    _secured: "SecuredMessages | None" = None
    _words: Rotating[Mapping[str, str]] | None = None
    """The secrets that the request itself holds."""
    _nested: Mapping[str, str]
    """The variables inside XML that is itself a text, each with the name of its value."""

    def _build(self) -> None:
        contract = read_contract(self._declaration, self._address)
        names = frozenset(contract.template.variables)
        self._nested = {name: name.removeprefix(NESTED) for name in names if name.startswith(NESTED)}
        plain = (names - self._nested.keys()) | set(self._nested.values())
        secrets = sorted(name for name in plain if name.startswith(SECRET))
        self._named = plain.difference(secrets)
        self._url = self._checked(contract.address)
        self._secure(contract.template)
        if self._nested:
            self._envelope = _before(self._envelope, self._with_nested)
        if secrets:
            named = tuple(name.removeprefix(SECRET) for name in secrets)
            words = Rotating(self._id, ("request",), named, self._secrets, partial(_words, named))
            self._words = words
            self._envelope = _before(self._envelope, lambda values: {**values, **words.current()})
        self._contract = contract

    def _secure(self, template: Template) -> None:
        """Decide what becomes of a filled template, and of an answer before it is read."""
        if (rule := self._declaration.security) is None:
            self._envelope = partial(template.fill, escape=as_xml)
            return
        if rule.username_token is not None and not rule.username_token.digest and self._url.scheme != "https":
            why = "the password would be sent in the open: expected an https address"
            raise DeclarationInvalid(self._id, (Problem(("security", "usernameToken", "type"), why),))
        try:
            from connectors.security.message import SecuredMessages  # noqa: PLC0415 - loads xmlsec, which few sources need
        except Exception as error:  # noqa: BLE001 - it fails in its own way where its libxml2 is not that of lxml
            why = f"xmlsec cannot be loaded ({type(error).__name__}: {error})"
            raise DeclarationInvalid(self._id, (Problem(("security",), why),)) from None
        self._secured = SecuredMessages(
            self._id, rule, template, secrets=self._secrets, clock=self._clock, random=self._random
        )
        self._envelope, self._verify = self._secured.fill, self._secured.verify
        if self._verify is not None:
            self._large = _LARGE_IF_SIGNED

    @property
    def troubles(self) -> Mapping[str, str]:
        """Why a changed secret is not in use and the one before it still is, by the key that names it; empty if all is well."""
        trouble = self._words.trouble if self._words is not None else None
        of_messages = self._secured.troubles if self._secured is not None else {}
        return {**super().troubles, **of_messages, **({"request": trouble} if trouble else {})}

    def _needed(self) -> frozenset[str]:
        return self._named

    def _fill(self, values: Mapping[str, str]) -> Outgoing:
        return Outgoing("POST", self._url, self._contract.headers, self._envelope(values))

    def _renewed(self, request: Outgoing, values: Mapping[str, str]) -> Outgoing:
        """A message of its own: whoever looks for replayed ones remembers nonces, signatures and message ids."""
        if self._secured is None:
            return request
        return self._fill({name: self._uuid() if name == "uuid" else value for name, value in values.items()})

    def _with_nested(self, values: Mapping[str, str]) -> Mapping[str, str]:
        """The values, and those that stand inside XML that is a text: escaped for that XML."""
        inner = {
            name: as_xml(values[plain]).decode() for name, plain in self._nested.items() if plain in values
        }
        return {**values, **inner}

    def _open(self, answer: Answer) -> etree._Element:
        """The one element of the Body, once it is no Fault, no answer of another operation, and holds no error code."""
        payload = self._parsed(answer)
        if payload.tag in _FAULTS:
            raise self._failures.of_codes(payload, answer) or self._fault(payload)
        if answer.status != 200:
            raise self._failures.of_status(answer, understood=True)
        if self._contract.answer not in {None, payload.tag}:
            raise ContractBroken(self._id, "its answer is that of another operation")
        if (failure := self._failures.of_codes(payload, answer)) is not None:
            raise failure
        self._validate(payload)
        if self._rule.document is None:
            return payload
        inner = self._document(payload)
        if (failure := self._failures.of_codes(inner, answer)) is not None:
            raise failure
        return inner

    def _document(self, payload: etree._Element) -> etree._Element:
        """The root of the XML document that stands in the answer as a text."""
        select = self._rule.document or (lambda _point: ())
        try:
            texts = [text for item in select(payload) if (text := self._language.text(item))]
            if len(texts) == 1:
                return xml.parse_text(texts[0])
        except (Unfit, xml.NotXml) as error:
            raise ContractBroken(self._id, f"the document in its answer {error}") from None
        raise ContractBroken(self._id, "the document in its answer is not where it was declared to be")

    def _parsed(self, answer: Answer) -> etree._Element:
        """The element in the Body; what is no envelope counts by its HTTP status first."""
        try:
            return _payload(answer, self._verify, whole_body=self._contract.whole_body)
        except (xml.NotXml, Unverified) as error:
            if answer.status == 200:
                raise ContractBroken(self._id, f"its answer {error}") from None
            raise self._failures.of_status(answer, understood=False) from None

    def _fault(self, fault: etree._Element) -> SourceError:
        """A Fault whose detail holds no declared code: whose failure is it?"""
        space = "{http://www.w3.org/2003/05/soap-envelope}"
        code = fault.findtext("faultcode") or fault.findtext(f"{space}Code/{space}Value") or ""
        if code.strip().rpartition(":")[2].partition(".")[0] in _THEIRS:
            return SourceUnavailable(self._id, "it answered with a Fault of its own")
        return SourceRefused(self._id, "it answered with a Fault that blames the request")

    def _validate(self, payload: etree._Element) -> None:
        schema = self._contract.schema
        if schema is None:
            return
        parts = payload if self._contract.whole_body else (payload,)
        if not all(schema.validate(part) for part in parts):
            raise ContractBroken(self._id, "its answer is not valid by the schema of its contract")


def _before(
    fill: Callable[[Mapping[str, str]], bytes], step: Callable[[Mapping[str, str]], Mapping[str, str]]
) -> Callable[[Mapping[str, str]], bytes]:
    """A way of filling that does something to the values first."""
    return lambda values: fill(step(values))


def _words(names: tuple[str, ...], *texts: str) -> Mapping[str, str]:
    """Secrets as values of their variables. Raises `Unusable`."""
    try:
        for text in texts:
            as_xml(text)
    except Unsendable as error:
        raise Unusable(f"a secret of the request cannot be sent: {error}") from None
    return {f"{SECRET}{name}": text for name, text in zip(names, texts, strict=True)}


def _payload(
    answer: Answer, verify: Callable[[etree._Element], None] | None, *, whole_body: bool
) -> etree._Element:
    """The one element in the one Body of an envelope, or the Body if it holds several; verified if that is declared.

    Raises `NotXml`, `Unverified`.
    """
    if answer.media_type not in _MEDIA_TYPES:
        if answer.media_type.startswith("multipart/"):
            raise xml.NotXml("has attachments (multipart), which are not supported")
        raise xml.NotXml("is not of an XML media type")
    root = xml.parse(answer.body, answer.charset)
    space = _ENVELOPES.get(root.tag)
    if space is None:
        raise xml.NotXml("is no SOAP envelope")
    if verify is not None:
        verify(root)
    bodies = list(root.iterchildren(f"{space}Body"))
    if len(bodies) != 1:
        raise xml.NotXml("does not have one Body")
    body = bodies[0]
    if len(body) == 1 and (not whole_body or body[0].tag in _FAULTS):
        return body[0]
    if not whole_body:
        raise xml.NotXml("does not have one Body with one element")
    return body
