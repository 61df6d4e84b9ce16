"""Whatever is done to a signed answer on its way: it is refused, or what is read is what was signed."""

import os
import random
import time
from collections.abc import Callable
from copy import deepcopy
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from connectors import xml
from connectors.security import names
from connectors.security.incoming import Verifier
from connectors.security.rule import Verify
from connectors.security.shape import Unverified
from tests.connectors.conftest import NOW
from tests.connectors.security import signing
from tests.support.certificates import pair

SECONDS = 60.0 if os.environ.get("ONLYONCE_SOAK") else 4.0
VERIFIER: Final = Verifier(
    "persons",
    Verify(("theirs",), frozenset(), max_age=300, clock_skew=60),
    secrets={"theirs": pair("source").cert}.__getitem__,
    clock=lambda: NOW,
)
GENUINE: Final = signing.raw(signing.signed())
FORGED: Final = etree.fromstring(signing.PAYLOAD.replace("Ada", "Forged"))
IDS: Final = ("body", "time", "other")
WRAPPERS: Final = (
    "{urn:x}Wrapper",
    f"{{{names.SOAP_11}}}Body",
    f"{{{names.SOAP_11}}}Header",
    f"{{{names.SOAP_11}}}Envelope",
    names.SECURITY,
    names.SIGNATURE,
    f"{{{names.DS}}}Object",
)


def read(raw: bytes) -> bytes | None:
    """What is left of an answer to be read, canonical; nothing if it is refused."""
    try:
        root = xml.parse(raw)
        VERIFIER.verify(root)
    except (xml.NotXml, Unverified):
        return None
    return etree.tostring(root, method="c14n", exclusive=True)


EXPECTED: Final = read(GENUINE)


def moved(root: etree._Element, dice: random.Random) -> None:
    """Put an element, or a copy of it, somewhere else."""
    elements = list(root.iter())
    element, target = dice.choice(elements), dice.choice(elements)
    copied = deepcopy(element) if dice.random() < 0.5 or element is root else element
    if target not in element.iter() or copied is not element:
        target.insert(dice.randrange(len(target) + 1), copied)


def wrapped(root: etree._Element, dice: random.Random) -> None:
    element = dice.choice(list(root.iter()))
    parent = element.getparent()
    if parent is not None:
        wrapper = etree.Element(dice.choice(WRAPPERS))
        parent.replace(element, wrapper)
        wrapper.append(element)


def forged(root: etree._Element, dice: random.Random) -> None:
    """A forged Body or payload, anywhere."""
    new = deepcopy(FORGED)
    if dice.random() < 0.7:
        body = etree.Element(f"{{{dice.choice((names.SOAP_11, names.SOAP_12))}}}Body")
        body.append(new)
        new = body
    target = dice.choice(list(root.iter()))
    target.insert(dice.randrange(len(target) + 1), new)


def identified(root: etree._Element, dice: random.Random) -> None:
    element = dice.choice(list(root.iter()))
    name = dice.choice((names.ID, "Id", "ID", "id", "{http://www.w3.org/XML/1998/namespace}id"))
    element.set(name, dice.choice(IDS))


def stripped(root: etree._Element, dice: random.Random) -> None:
    element = dice.choice(list(root.iter()))
    if element.attrib:
        del element.attrib[dice.choice(list(element.attrib))]


def removed(root: etree._Element, dice: random.Random) -> None:
    element = dice.choice(list(root.iter()))
    if (parent := element.getparent()) is not None:
        parent.remove(element)


def rewritten(root: etree._Element, dice: random.Random) -> None:
    element = dice.choice(list(root.iter()))
    element.text, element.tail = (
        dice.choice(("Forged", "", None)),
        dice.choice(("Forged", None, element.tail)),
    )


STEPS: Final[list[Callable[[etree._Element, random.Random], None]]] = [
    moved, moved, wrapped, wrapped, forged, forged, identified, stripped, removed, rewritten,
]  # fmt: skip


@pytest.mark.soak
def test_no_shuffling_of_elements_makes_anything_else_be_read() -> None:
    seed = random.SystemRandom().randrange(1 << 32)
    print(f"seed {seed}")
    dice, tried, accepted, until = random.Random(seed), 0, 0, time.monotonic() + SECONDS
    while time.monotonic() < until:
        root = etree.fromstring(GENUINE)
        for _ in range(dice.randint(1, 5)):
            dice.choice(STEPS)(root, dice)
        found = read(signing.raw(root))
        tried, accepted = tried + 1, accepted + (found is not None)
        if found is not None:
            assert found == EXPECTED, signing.raw(root)
    print(f"{tried} altered answers, {accepted} of them accepted with what was signed")
    assert tried > 500
    assert accepted > 0, "some alterations are of what is not read: else nothing was tried but nonsense"


@settings(max_examples=400, deadline=None)
@given(st.data())
def test_no_change_of_bytes_makes_anything_else_be_read(data: st.DataObject) -> None:
    raw = bytearray(GENUINE)
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(raw) - 1))
        length = data.draw(st.integers(0, 40))
        raw[at : at + length] = data.draw(st.binary(max_size=8))
    assert read(bytes(raw)) in {None, EXPECTED}


def test_what_is_genuine_is_read() -> None:
    assert EXPECTED is not None
    assert b"Ada" in EXPECTED
    assert read(signing.raw(signing.signed(payload=etree.tostring(FORGED).decode()))) != EXPECTED
