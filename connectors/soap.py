"""A source that speaks SOAP 1.1 or 1.2."""

from collections.abc import Mapping
from typing import Any

from lxml import etree
from yarl import URL

from connectors import xml
from connectors.contract import SoapContract, read_contract
from connectors.declared import DeclaredSource
from connectors.errors import (
    ContractBroken,
    SourceError,
    SourceRefused,
    SourceUnavailable,
)
from connectors.http import Answer, Outgoing
from connectors.template import as_xml
from connectors.values import Scalar
from connectors.variables import SECRET

__all__ = ["SoapSource"]

_MEDIA_TYPES = frozenset({"text/xml", "application/xml", "application/soap+xml"})
_ENVELOPES = {
    "{http://schemas.xmlsoap.org/soap/envelope/}Envelope": "{http://schemas.xmlsoap.org/soap/envelope/}",
    "{http://www.w3.org/2003/05/soap-envelope}Envelope": "{http://www.w3.org/2003/05/soap-envelope}",
}
_FAULTS = frozenset(f"{space}Fault" for space in _ENVELOPES.values())
_THEIRS = frozenset({"Server", "Receiver"})
"""The fault codes by which a source says that the failure is its own (SOAP 1.1 §4.4.1, SOAP 1.2 §5.4.6)."""


class SoapSource(DeclaredSource):
    """A declared SOAP source: zeep builds the request's template from the contract, compiled XPath reads the answer."""

    _contract: SoapContract
    _url: URL
    _variables: frozenset[str]

    def _build(self) -> None:
        contract = read_contract(self._declaration, self._address)
        names = frozenset(contract.template.variables)
        secrets = {name: self._secret(name) for name in names if name.startswith(SECRET)}
        self._template = contract.template.settle(secrets, as_xml)
        self._variables = names - secrets.keys()
        self._url = self._checked(contract.address)
        self._contract = contract

    def _needed(self) -> frozenset[str]:
        return self._variables

    def _fill(self, values: Mapping[str, str]) -> Outgoing:
        return Outgoing("POST", self._url, self._contract.headers, self._template.fill(values, as_xml))

    def _open(self, answer: Answer) -> etree._Element:
        """The one element of the Body, once it is no Fault, no answer of another operation, and holds no error code."""
        payload = self._parsed(answer)
        if payload.tag in _FAULTS:
            raise self._code_error(payload, answer) or self._fault(payload)
        if answer.status != 200:
            raise self._status_error(answer, understood=True)
        if self._contract.answer not in {None, payload.tag}:
            raise ContractBroken(self._id, "its answer is that of another operation")
        if (failure := self._code_error(payload, answer)) is not None:
            raise failure
        self._validate(payload)
        return payload

    def _parsed(self, answer: Answer) -> etree._Element:
        """The element in the Body; what is no envelope counts by its HTTP status first."""
        try:
            return _payload(answer)
        except xml.NotXml as error:
            if answer.status == 200:
                raise ContractBroken(self._id, f"its answer {error}") from None
            raise self._status_error(answer, understood=False) from None

    def _fault(self, fault: etree._Element) -> SourceError:
        """A Fault whose detail holds no declared code: whose failure is it?"""
        space = "{http://www.w3.org/2003/05/soap-envelope}"
        code = fault.findtext("faultcode") or fault.findtext(f"{space}Code/{space}Value") or ""
        if code.strip().rpartition(":")[2].partition(".")[0] in _THEIRS:
            return SourceUnavailable(self._id, "it answered with a Fault of its own")
        return SourceRefused(self._id, "it answered with a Fault that blames the request")

    def _validate(self, payload: etree._Element) -> None:
        schema = self._contract.schema
        if schema is not None and not schema.validate(payload):
            raise ContractBroken(self._id, "its answer is not valid by the schema of its contract")

    @staticmethod
    def _scalar(item: Any) -> Scalar:
        return xml.scalar(item)

    @staticmethod
    def _is_node(item: Any) -> bool:
        return etree.iselement(item)


def _payload(answer: Answer) -> etree._Element:
    """The one element in the one Body of an envelope. Raises `NotXml`."""
    if answer.media_type not in _MEDIA_TYPES:
        raise xml.NotXml("is not of an XML media type")
    root = xml.parse(answer.body, answer.charset)
    space = _ENVELOPES.get(root.tag)
    if space is None:
        raise xml.NotXml("is no SOAP envelope")
    bodies = root.findall(f"{space}Body")
    if len(bodies) != 1 or len(bodies[0]) != 1:
        raise xml.NotXml("does not have one Body with one element")
    return bodies[0][0]
