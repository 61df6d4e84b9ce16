"""The `wsse:Security` header of a request: put into the envelope's template once, with holes for what differs per call."""

import secrets
from collections.abc import Iterator, Mapping

from lxml import etree

from connectors.errors import Problem
from connectors.security import names
from connectors.security.rule import Security, Signature, UsernameToken
from connectors.template import Holes, Template

__all__ = ["CREATED", "DIGEST", "EXPIRES", "NONCE", "PASSWORD", "PREFIX", "SERIAL", "Unfitting", "secure"]

PREFIX = "security."
"""Before the names of the variables here: with its dot, no parameter of a declaration can be named so."""
CREATED, EXPIRES, SERIAL = f"{PREFIX}created", f"{PREFIX}expires", f"{PREFIX}serial"
NONCE, PASSWORD, DIGEST = f"{PREFIX}nonce", f"{PREFIX}password", f"{PREFIX}digest"

_PARSER = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
_WSSE, _DS = f"{{{names.WSSE}}}", f"{{{names.DS}}}"
_TOKENS = {"binarySecurityToken": f"{_WSSE}BinarySecurityToken", "usernameToken": f"{_WSSE}UsernameToken"}
_KEY_IDENTIFIERS: Mapping[str, str] = {
    "thumbprint": names.THUMBPRINT,
    "subjectKeyIdentifier": names.SUBJECT_KEY_IDENTIFIER,
}


class Unfitting(Exception):
    """A request has not what is to be signed."""

    def __init__(self, problem: Problem) -> None:
        """Say what is missing, and which key asks for it."""
        super().__init__(str(problem))
        self.problem = problem


def secure(template: Template, rule: Security) -> Template:
    """The template with the Security header as the Header's first element. What is to be signed has a `wsu:Id`, and is nowhere else.

    Raises `Unfitting`.
    """
    holes = Holes()
    known = {name: holes.stand_in(name) for name in template.variables}
    envelope = etree.fromstring(template.fill(known, str.encode), _PARSER)
    security = _header(envelope, rule)
    _timestamp(security, holes)
    if rule.username_token is not None:
        _username_token(security, rule.username_token, holes)
    if rule.signature is not None:
        token = _token(security, rule.signature, holes)
        signed = list(_signed(envelope, security, rule.signature))
        for element in signed:
            _identify(element)
        _signature(security, rule.signature, [element.get(names.ID) for element in signed], token, holes)
    return holes.cut(etree.tostring(envelope, encoding="UTF-8", xml_declaration=True))


def _header(envelope: etree._Element, rule: Security) -> etree._Element:
    space = etree.QName(envelope).namespace
    header = envelope.find(f"{{{space}}}Header")
    if header is None:
        header = etree.Element(f"{{{space}}}Header")
        envelope.insert(0, header)
    security = etree.Element(names.SECURITY, nsmap={"wsse": names.WSSE, "wsu": names.WSU})
    header.insert(0, security)
    security.set(f"{{{space}}}mustUnderstand", "1")
    if rule.actor is not None:
        security.set(f"{{{space}}}{'role' if space == names.SOAP_12 else 'actor'}", rule.actor)
    return security


def _timestamp(security: etree._Element, holes: Holes) -> None:
    """Its id is new in each call, and so the signature is: a source that remembers signatures would take two equal ones for a replay."""
    timestamp = etree.SubElement(security, names.TIMESTAMP)
    timestamp.set(names.ID, f"id-{holes.stand_in(SERIAL)}")
    etree.SubElement(timestamp, names.CREATED).text = holes.stand_in(CREATED)
    etree.SubElement(timestamp, names.EXPIRES).text = holes.stand_in(EXPIRES)


def _username_token(security: etree._Element, rule: UsernameToken, holes: Holes) -> None:
    token = etree.SubElement(security, f"{_WSSE}UsernameToken")
    etree.SubElement(token, f"{_WSSE}Username").text = rule.username
    kind = names.PASSWORD_DIGEST if rule.digest else names.PASSWORD_TEXT
    password = etree.SubElement(token, f"{_WSSE}Password", Type=kind)
    password.text = holes.stand_in(DIGEST if rule.digest else PASSWORD)
    etree.SubElement(token, f"{_WSSE}Nonce", EncodingType=names.BASE64).text = holes.stand_in(NONCE)
    etree.SubElement(token, names.CREATED).text = holes.stand_in(CREATED)


def _token(security: etree._Element, rule: Signature, holes: Holes) -> str | None:
    """The certificate itself, if it is sent; its id."""
    if rule.key_info != "binarySecurityToken":
        return None
    token = etree.SubElement(
        security, _TOKENS["binarySecurityToken"], EncodingType=names.BASE64, ValueType=names.X509_V3
    )
    token.text = holes.stand_in(f"{PREFIX}token")
    return _identify(token)


def _signed(envelope: etree._Element, security: etree._Element, rule: Signature) -> Iterator[etree._Element]:
    """What the signature covers: Timestamp, Body, and what the declaration adds."""
    yield security[0]
    yield from envelope.iterchildren(f"{{{etree.QName(envelope).namespace}}}Body")
    for word in sorted(rule.also):
        if word in _TOKENS:
            yield from security.iterchildren(_TOKENS[word])
            continue
        found = [block for block in security.itersiblings() if _is_named(block, word)]
        if not found:
            raise Unfitting(
                Problem(("security", "signature", "also"), f"the request has no such header: {word}")
            )
        yield from found


def _is_named(block: etree._Element, word: str) -> bool:
    if word == "addressing":
        return etree.QName(block).namespace in names.ADDRESSING
    return block.tag == word


def _identify(element: etree._Element) -> str:
    """The element's `wsu:Id`: of its own, so that no text of a request holds it by chance."""
    if (known := element.get(names.ID)) is not None:
        return known
    found = f"id-{secrets.token_hex(12)}"
    element.set(names.ID, found)
    return found


def _signature(
    security: etree._Element, rule: Signature, ids: list[str | None], token: str | None, holes: Holes
) -> None:
    signature = etree.SubElement(security, names.SIGNATURE, nsmap={"ds": names.DS})
    info = etree.SubElement(signature, f"{_DS}SignedInfo")
    etree.SubElement(info, f"{_DS}CanonicalizationMethod", Algorithm=names.EXC_C14N)
    etree.SubElement(info, f"{_DS}SignatureMethod", Algorithm=names.RSA_SHA256)
    for one in ids:
        reference = etree.SubElement(info, f"{_DS}Reference", URI=f"#{one}")
        transforms = etree.SubElement(reference, f"{_DS}Transforms")
        etree.SubElement(transforms, f"{_DS}Transform", Algorithm=names.EXC_C14N)
        etree.SubElement(reference, f"{_DS}DigestMethod", Algorithm=names.SHA256)
        etree.SubElement(reference, f"{_DS}DigestValue")
    etree.SubElement(signature, f"{_DS}SignatureValue")
    key_info = etree.SubElement(signature, f"{_DS}KeyInfo")
    _tell(etree.SubElement(key_info, f"{_WSSE}SecurityTokenReference"), rule, token, holes)


def _tell(reference: etree._Element, rule: Signature, token: str | None, holes: Holes) -> None:
    """Which certificate it is (X.509 Token Profile 1.1, §3.2)."""
    if token is not None:
        etree.SubElement(reference, f"{_WSSE}Reference", URI=f"#{token}", ValueType=names.X509_V3)
    elif rule.key_info == "issuerSerial":
        data = etree.SubElement(reference, f"{_DS}X509Data")
        pair = etree.SubElement(data, f"{_DS}X509IssuerSerial")
        etree.SubElement(pair, f"{_DS}X509IssuerName").text = holes.stand_in(f"{PREFIX}issuer")
        etree.SubElement(pair, f"{_DS}X509SerialNumber").text = holes.stand_in(f"{PREFIX}number")
    else:
        identifier = etree.SubElement(
            reference,
            f"{_WSSE}KeyIdentifier",
            EncodingType=names.BASE64,
            ValueType=_KEY_IDENTIFIERS[rule.key_info],
        )
        identifier.text = holes.stand_in(f"{PREFIX}{rule.key_info}")
