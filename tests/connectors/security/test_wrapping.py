"""Signature wrapping: the signature still holds, but what is read is not what was signed (McIntosh and Austel, 2005).

Each attack is first shown to be one: a check that asks only whether the signature holds accepts it, and the forged person is what
a reader finds. For all but one that check is zeep's own.
"""

from collections.abc import Callable
from copy import deepcopy
from datetime import timedelta
from typing import Final

import pytest
from lxml import etree
from zeep.exceptions import SignatureVerificationFailed
from zeep.wsse.signature import MemorySignature

from connectors import ContractBroken
from connectors.security import names
from tests.connectors.conftest import NOW, Peer, about, http
from tests.connectors.security import signing
from tests.connectors.security.conftest import VERIFY, Secure
from tests.support.certificates import pair

FORGED: Final = signing.PAYLOAD.replace("Ada", "Forged")
S = f"{{{names.SOAP_11}}}"
WSSE = f"{{{names.WSSE}}}"
Attack = Callable[[etree._Element], etree._Element]


def zeep_accepts(envelope: etree._Element) -> bool:
    """Zeep's own check of an answer."""
    try:
        MemorySignature(pair("source").key, pair("source").cert).verify(envelope)  # type: ignore[no-untyped-call]
    except SignatureVerificationFailed:
        return False
    return True


def forged_body(*, ident: str | None = None, soap: str = names.SOAP_11) -> etree._Element:
    body = etree.Element(f"{{{soap}}}Body")
    body.append(etree.fromstring(FORGED))
    if ident is not None:
        body.set(names.ID, ident)
    return body


def wrapped(element: etree._Element, tag: str = "{urn:test:attack}Wrapper") -> etree._Element:
    wrapper = etree.Element(tag)
    wrapper.append(element)
    return wrapper


def replaced(envelope: etree._Element, new: etree._Element) -> etree._Element:
    """The envelope with another Body; gives the one that was signed."""
    body = envelope[1]
    envelope.replace(body, new)
    return body


def body_in_a_header_block(envelope: etree._Element) -> etree._Element:
    envelope[0].append(wrapped(replaced(envelope, forged_body())))
    return envelope


def body_in_the_security_header(envelope: etree._Element) -> etree._Element:
    envelope[0][0].append(wrapped(replaced(envelope, forged_body())))
    return envelope


def body_bare_in_the_header(envelope: etree._Element) -> etree._Element:
    envelope[0].append(replaced(envelope, forged_body()))
    return envelope


def body_in_an_object_of_the_signature(envelope: etree._Element) -> etree._Element:
    signature = envelope[0][0][1]
    signature.append(wrapped(replaced(envelope, forged_body()), f"{{{names.DS}}}Object"))
    return envelope


def body_behind_the_body(envelope: etree._Element) -> etree._Element:
    envelope.append(wrapped(replaced(envelope, forged_body())))
    return envelope


def body_beside_the_body(envelope: etree._Element) -> etree._Element:
    envelope.append(replaced(envelope, forged_body()))
    return envelope


def body_inside_the_forged_body(envelope: etree._Element) -> etree._Element:
    forged = forged_body()
    forged[0].append(wrapped(replaced(envelope, forged)))
    return envelope


def body_of_the_same_id(envelope: etree._Element) -> etree._Element:
    envelope[0].append(wrapped(replaced(envelope, forged_body(ident="body"))))
    return envelope


def body_of_the_same_id_by_another_name(envelope: etree._Element) -> etree._Element:
    forged = forged_body()
    forged.set("ID", "body")
    envelope[0].append(wrapped(replaced(envelope, forged)))
    return envelope


def body_of_the_other_soap(envelope: etree._Element) -> etree._Element:
    """A reader that finds the Body by its local name takes the first."""
    envelope.insert(1, forged_body(soap=names.SOAP_12))
    return envelope


def second_header(envelope: etree._Element) -> etree._Element:
    header = etree.Element(f"{S}Header")
    header.append(wrapped(replaced(envelope, forged_body())))
    envelope.insert(1, header)
    return envelope


def second_security_header(envelope: etree._Element) -> etree._Element:
    other = etree.Element(f"{WSSE}Security")
    other.append(replaced(envelope, forged_body()))
    envelope[0].append(other)
    return envelope


def envelope_inside_the_envelope(envelope: etree._Element) -> etree._Element:
    """The whole signed message, Signature and all, in a header of the forged one."""
    forged = etree.Element(f"{S}Envelope", nsmap={"s": names.SOAP_11})
    etree.SubElement(forged, f"{S}Header").append(wrapped(envelope))
    forged.append(forged_body())
    return forged


def signature_over_the_time_alone(envelope: etree._Element) -> etree._Element:
    """A signature of the source's that never covered a Body, such as that of an acknowledgement."""
    del envelope
    acknowledged = signing.signed(references=signing.REFERENCES[:1])
    replaced(acknowledged, forged_body())
    return acknowledged


def signature_over_another_part(envelope: etree._Element) -> etree._Element:
    """As many references as there should be, one of them to a header block."""
    del envelope
    block = '<p:Context xmlns:p="urn:test:persons" wsu:Id="context"/>'
    references = (signing.REFERENCES[0], signing.reference("#context"))
    other = signing.signed(references=references, blocks=block)
    replaced(other, forged_body())
    return other


ATTACKS: Final = [
    (body_in_a_header_block, zeep_accepts),
    (body_in_the_security_header, zeep_accepts),
    (body_bare_in_the_header, zeep_accepts),
    (body_in_an_object_of_the_signature, zeep_accepts),
    (body_behind_the_body, zeep_accepts),
    (body_beside_the_body, zeep_accepts),
    (body_inside_the_forged_body, zeep_accepts),
    (body_of_the_same_id, zeep_accepts),
    (body_of_the_same_id_by_another_name, zeep_accepts),
    (body_of_the_other_soap, zeep_accepts),
    (second_header, zeep_accepts),
    (second_security_header, zeep_accepts),
    (signature_over_the_time_alone, zeep_accepts),
    (signature_over_another_part, zeep_accepts),
    (envelope_inside_the_envelope, signing.holds),
]


@pytest.mark.parametrize(("attack", "accepts"), ATTACKS, ids=lambda one: one.__name__)
async def test_a_wrapped_answer_is_refused(
    secure: Secure, peer: Peer, attack: Attack, accepts: Callable[[etree._Element], bool]
) -> None:
    genuine = signing.signed()
    attacked = attack(deepcopy(genuine))
    assert accepts(signing.parsed(genuine))
    assert accepts(signing.parsed(attacked))
    name = "string(/*/*[local-name() = 'Body'][1]//*[local-name() = 'Name'])"
    assert signing.parsed(attacked).xpath(name) == "Forged"

    source = await secure({"verify": VERIFY})
    peer.answer = http(signing.raw(genuine))
    assert (await source.ask(about(source))).values["person.givenNames"] == ["Ada", "Bruni"]
    peer.answer = http(signing.raw(attacked))
    with pytest.raises(ContractBroken, match="is not signed as declared"):
        await source.ask(about(source))


def the_old_timestamp_elsewhere(envelope: etree._Element) -> etree._Element:
    security = envelope[0][0]
    old = security[0]
    security.replace(
        old,
        etree.fromstring(
            signing.timestamp()
            .replace("<wsu:Timestamp", f'<wsu:Timestamp xmlns:wsu="{names.WSU}"', 1)
            .replace('wsu:Id="time"', "")
        ),
    )
    envelope[0].append(wrapped(old))
    return envelope


def the_old_timestamp_in_a_second_security_header(envelope: etree._Element) -> etree._Element:
    fresh = deepcopy(envelope[0][0][0])
    del fresh.attrib[names.ID]
    for element, at in zip(fresh, (NOW, NOW + timedelta(minutes=5)), strict=True):
        element.text = at.isoformat()
    first = etree.Element(f"{WSSE}Security")
    first.append(fresh)
    envelope[0].append(first)
    return envelope


@pytest.mark.parametrize(
    "attack", [the_old_timestamp_elsewhere, the_old_timestamp_in_a_second_security_header]
)
async def test_an_old_answer_does_not_become_new_by_another_timestamp(
    secure: Secure, peer: Peer, attack: Attack
) -> None:
    old = NOW - timedelta(days=30)
    attacked = attack(signing.signed(time=signing.timestamp(old, old + timedelta(minutes=5))))
    assert zeep_accepts(signing.parsed(attacked))
    assert NOW.isoformat() in signing.raw(attacked).decode()
    source = await secure({"verify": VERIFY})
    peer.answer = http(signing.raw(attacked))
    with pytest.raises(ContractBroken, match="is not signed as declared"):
        await source.ask(about(source))
