"""A source's side of WS-Security, of the tests' own: answers signed as a test says, rightly or not. Nothing of `connectors` signs here."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import xmlsec
from lxml import etree

from connectors.security import names
from tests.connectors.conftest import NOW, PERSON
from tests.support.certificates import Pair, pair

SOAP = names.SOAP_11
PAYLOAD = f'<p:GetPersonResponse xmlns:p="urn:test:persons">{PERSON}</p:GetPersonResponse>'
PARSER = etree.XMLParser(remove_comments=True, remove_pis=True, collect_ids=False)
EXC = f'<ds:Transform Algorithm="{names.EXC_C14N}"/>'


def timestamp(created: datetime = NOW, expires: datetime | None = NOW + timedelta(minutes=5)) -> str:
    end = "" if expires is None else f"<wsu:Expires>{expires.isoformat()}</wsu:Expires>"
    return (
        f'<wsu:Timestamp wsu:Id="time"><wsu:Created>{created.isoformat()}</wsu:Created>{end}</wsu:Timestamp>'
    )


def reference(uri: str, *, transforms: str = EXC, digest: str = names.SHA256, attributes: str = "") -> str:
    return (
        f'<ds:Reference URI="{uri}"{attributes}><ds:Transforms>{transforms}</ds:Transforms>'
        f'<ds:DigestMethod Algorithm="{digest}"/><ds:DigestValue/></ds:Reference>'
    )


REFERENCES = (reference("#time"), reference("#body"))


def unsigned(
    *,
    payload: str = PAYLOAD,
    time: str | None = None,
    references: Sequence[str] = REFERENCES,
    algorithm: str = names.RSA_SHA256,
    c14n: str = names.EXC_C14N,
    extra: str = "",
    blocks: str = "",
    soap: str = SOAP,
) -> etree._Element:
    """An answer that is ready to be signed."""
    text = (
        f'<s:Envelope xmlns:s="{soap}" xmlns:wsse="{names.WSSE}" xmlns:wsu="{names.WSU}" xmlns:ds="{names.DS}">'
        f"<s:Header><wsse:Security>{timestamp() if time is None else time}<ds:Signature><ds:SignedInfo>"
        f'<ds:CanonicalizationMethod Algorithm="{c14n}"/><ds:SignatureMethod Algorithm="{algorithm}"/>'
        f"{''.join(references)}</ds:SignedInfo><ds:SignatureValue/>{extra}</ds:Signature></wsse:Security>"
        f'{blocks}</s:Header><s:Body wsu:Id="body">{payload}</s:Body></s:Envelope>'
    )
    return etree.fromstring(text.encode(), PARSER)


def sign(envelope: etree._Element, by: Pair | None = None) -> etree._Element:
    """Fill in digests and the signature, with every `wsu:Id` known to the signer."""
    context = xmlsec.SignatureContext()
    key = (by or pair("source")).key
    context.key = xmlsec.Key.from_memory(key, xmlsec.constants.KeyDataFormatPem)
    for element in envelope.iter():
        if names.ID in element.attrib:
            context.register_id(element, "Id", names.WSU)
    context.sign(next(envelope.iter(names.SIGNATURE)))
    return envelope


def signed(**changes: str | Sequence[str]) -> etree._Element:
    """An answer signed by the source."""
    return sign(unsigned(**changes))  # type: ignore[arg-type]


def raw(envelope: etree._Element) -> bytes:
    return etree.tostring(envelope)


def holds(envelope: etree._Element) -> bool:
    """Whether libxmlsec alone, left to itself, says that the signature holds."""
    context = xmlsec.SignatureContext()
    context.key = xmlsec.Key.from_memory(pair("source").key, xmlsec.constants.KeyDataFormatPem)
    xmlsec.tree.add_ids(envelope, ["Id"])
    try:
        context.verify(next(envelope.iter(names.SIGNATURE)))
    except xmlsec.Error:
        return False
    return True


def parsed(envelope: etree._Element) -> etree._Element:
    """A message as its receiver parses it."""
    return etree.fromstring(raw(envelope), PARSER)
