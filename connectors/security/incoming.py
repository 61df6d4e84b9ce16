"""Verifying an answer: its shape, its time, its signature by a pinned key. Afterwards nothing but what was signed is left of it."""

import base64
import re
from datetime import datetime, timedelta

import xmlsec
from lxml import etree

from connectors.security import names
from connectors.security.keys import PinnedCertificate, load_pinned
from connectors.security.rotating import Rotating, Secrets
from connectors.security.rule import Verify
from connectors.security.shape import Frame, Unverified, frame_of, referred
from connectors.source import Clock

__all__ = ["Verifier"]

_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)", re.ASCII)


class Verifier:
    """Checks the signatures of a source's answers."""

    def __init__(self, source_id: str, rule: Verify, *, secrets: Secrets, clock: Clock) -> None:
        """Read the pinned certificates. Raises `DeclarationInvalid`."""
        self._rule, self._clock = rule, clock
        self._skew, self._oldest = timedelta(seconds=rule.clock_skew), timedelta(seconds=rule.max_age)
        self._keys = Rotating(source_id, ("security", "verify"), rule.certificates, secrets, self._load)

    @property
    def troubles(self) -> dict[str, str]:
        """Why a changed secret is not in use, by the key that names it."""
        return {"security.verify": self._keys.trouble} if self._keys.trouble else {}

    def verify(self, envelope: etree._Element) -> None:
        """Check the signature of an answer, then take everything out of it that it does not cover.

        Raises `Unverified`.
        """
        frame = frame_of(envelope)
        now = self._clock()
        self._check_time(frame.timestamp, now)
        key = self._signer(frame, now)
        signed = referred(envelope, frame)
        self._check_also(frame, signed)
        if not _holds(frame.signature, signed, key):
            raise Unverified("its signature does not hold for what it refers to")
        _keep(envelope, frame, signed)

    def _load(self, *texts: str) -> tuple[tuple[PinnedCertificate, xmlsec.Key], ...]:
        pem = xmlsec.constants.KeyDataFormatPem
        pinned = load_pinned(self._clock(), *texts)
        return tuple((one, xmlsec.Key.from_memory(one.key_pem, pem)) for one in pinned)

    def _check_also(self, frame: Frame, signed: tuple[etree._Element, ...]) -> None:
        tags = {element.tag for element in signed}
        for tag in self._rule.also:
            if tag not in tags or len(frame.header.findall(tag)) != 1:
                raise Unverified(f"its header {tag} is not there, not alone, or not signed")

    def _check_time(self, timestamp: etree._Element, now: datetime) -> None:
        if [child.tag for child in timestamp] not in ([names.CREATED], [names.CREATED, names.EXPIRES]):
            raise Unverified("its Timestamp is not Created and Expires")
        created, *expires = (_instant(child) for child in timestamp)
        if created > now + self._skew:
            raise Unverified("its Timestamp is of the future")
        if created < now - self._skew - self._oldest or any(one < now - self._skew for one in expires):
            raise Unverified("its Timestamp is too old")

    def _signer(self, frame: Frame, now: datetime) -> xmlsec.Key:
        """The pinned key that signed the list of references; what KeyInfo says is not looked at.

        This comes before anything is made canonical that the list refers to: nobody but the source can have us spend time on that.
        """
        valid = [key for certificate, key in self._keys.current() if certificate.valid(now)]
        if not valid:
            raise Unverified("no pinned certificate is valid now")
        canonical, signature = _claim(frame)
        for key in valid:
            if _made(canonical, signature, key):
                return key
        raise Unverified("its signature does not hold by a pinned certificate")


def _claim(frame: Frame) -> tuple[bytes, bytes]:
    """What was signed, in its canonical form, and the signature."""
    info, value = frame.signature[0], frame.signature[1].text or ""
    prefixes = list(frame.prefixes)
    try:
        canonical = etree.tostring(info, method="c14n", exclusive=True, inclusive_ns_prefixes=prefixes)
        return canonical, base64.b64decode(value)
    except (etree.C14NError, ValueError):
        raise Unverified("its signature is not to be read") from None


def _made(signed: bytes, signature: bytes, key: xmlsec.Key) -> bool:
    context = xmlsec.SignatureContext()
    context.key = key
    try:
        context.verify_binary(signed, xmlsec.constants.TransformRsaSha256, signature)
    except xmlsec.Error:
        return False
    return True


def _holds(signature: etree._Element, signed: tuple[etree._Element, ...], key: xmlsec.Key) -> bool:
    context = xmlsec.SignatureContext()
    context.key = key
    for transform in (xmlsec.constants.TransformExclC14N, xmlsec.constants.TransformSha256):
        context.enable_reference_transform(transform)
    for transform in (xmlsec.constants.TransformExclC14N, xmlsec.constants.TransformRsaSha256):
        context.enable_signature_transform(transform)
    for element in signed:
        context.register_id(element, "Id", names.WSU)
    try:
        context.verify(signature)
    except xmlsec.Error:
        return False
    return True


def _keep(envelope: etree._Element, frame: Frame, signed: tuple[etree._Element, ...]) -> None:
    """Take out what a path of a declaration could otherwise read although nobody signed it."""
    for block in list(frame.header):
        if block not in signed:
            frame.header.remove(block)
    for outer in (envelope, frame.header):
        outer.attrib.clear()
        outer.text = None
    for element in (frame.header, frame.body, *frame.header):
        element.tail = None


def _instant(element: etree._Element) -> datetime:
    text = (element.text or "").strip()
    if not len(element) and _INSTANT.fullmatch(text):
        try:
            return datetime.fromisoformat(text)
        except ValueError:
            pass
    raise Unverified("its Timestamp holds no date-time with an offset")
