"""A processing activity, as its record says it: the bases it rests on, who may act, how strongly they log in, and what is kept."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Final

from consent import Notice
from hub.catalogue.durations import Duration
from hub.catalogue.model import SENSITIVITIES, Activity, Deferral, LegalBasis, Sensitivity, Texts
from hub.catalogue.records import WORD, Record

_KEYS: Final = (
    "name", "purpose", "controller", "legalBasis", "specialBasis", "criminalBasis", "nationalNumberBasis", "sealedBasis",
    "attributes", "retention", "actorProof", "ownFromAge", "assurance", "secondPair", "breakGlass", "deferred", "channels", "dpia", "notice",
    "acceptedNotices", "consentValidity", "logKeptBy",
)  # fmt: skip
_DURATION: Final = "an ISO 8601 duration such as P10Y"
_LEGAL_ARTICLES: Final = tuple(f"6(1)({letter})" for letter in "abcde")
_SPECIAL_ARTICLES: Final = tuple(f"9(2)({letter})" for letter in "abcdefghij")
_CRIMINAL_ARTICLES: Final = ("10",)
_CONSENT: Final = "6(1)(a)"
_EXPLICIT_CONSENT: Final = "9(2)(a)"
_HASH = re.compile(r"[0-9a-f]{64}")
_ADULT: Final = 18
_SOME_DAY: Final = datetime(2000, 1, 1, tzinfo=UTC)
_HIGHEST_LEVEL: Final = 1000
_LONGEST_LAW: Final = 200
"""How long a name may be that is a fact for the policies."""


def read_activity(record: Record, activity_id: str) -> Activity | None:
    """A processing activity."""
    record.only(_KEYS)
    name, purpose = record.texts("name"), record.texts("purpose")
    controller = record.text("controller")
    legal_basis = _read_basis(record, "legalBasis", _LEGAL_ARTICLES, required=True)
    special_basis = _read_basis(record, "specialBasis", _SPECIAL_ARTICLES)
    criminal_basis = _read_basis(record, "criminalBasis", _CRIMINAL_ARTICLES)
    number_basis, sealed_basis = _read_law(record, "nationalNumberBasis"), _read_law(record, "sealedBasis")
    kept_by = _read_law(record, "logKeptBy")
    attributes = frozenset(record.names("attributes"))
    retention = record.parsed("retention", Duration.parse, _DURATION)
    proof = record.choice("actorProof", ("token", "asserted"), "token")
    own_from_age = record.whole("ownFromAge", 0, _ADULT)
    assurance, second_pair = _read_assurance(record), _read_second_pair(record)
    break_glass, deferral = _read_break_glass(record), _read_deferral(record, retention)
    channels = read_channels(record)
    dpia = record.flag("dpia", default=False)
    notice = record.texts("notice", required=False)
    accepted = _read_accepted_notices(record)
    validity = record.parsed("consentValidity", Duration.parse, _DURATION, required=False)
    if legal_basis is not None:
        _check_consent_parts(record, legal_basis, special_basis)
    if not record.sound or name is None or purpose is None or legal_basis is None:
        return None
    return Activity(
        id=activity_id, name=MappingProxyType(dict(name)), purpose=MappingProxyType(dict(purpose)), controller=controller,
        legal_basis=legal_basis, special_basis=special_basis, criminal_basis=criminal_basis,
        national_number_basis=number_basis, sealed_basis=sealed_basis, attributes=attributes, retention=retention,
        actor_proof=proof, own_from_age=own_from_age, assurance=MappingProxyType(assurance), second_pair=second_pair,
        break_glass=break_glass, deferral=deferral, channels=channels, dpia=dpia,
        notice=None if notice is None else MappingProxyType(dict(notice)),
        notices=_hashes(activity_id, notice, accepted), consent_validity=validity or None, log_kept_by=kept_by,
    )  # fmt: skip


def _read_basis(
    record: Record, key: str, articles: tuple[str, ...], *, required: bool = False
) -> LegalBasis | None:
    inner = record.inner(key, required=required)
    if inner is None:
        return None
    inner.only(("article", "citation"))
    article = inner.text("article")
    if article == "6(1)(f)" and key == "legalBasis":
        inner.offend(
            "bad article: public authorities can't rely on 6(1)(f) for their tasks (GDPR Art. 6(1), last paragraph)",
            "article",
        )
    elif article and article not in articles:
        inner.offend(f"bad article: '{key}' takes one of {', '.join(articles)}", "article")
    citation = inner.texts("citation")
    record.settle(inner)
    return None if citation is None else LegalBasis(article, MappingProxyType(dict(citation)))


def _read_law(record: Record, key: str) -> Texts | None:
    """The citation of a law that authorises something: a fact for the policies, so of bounded length."""
    inner = record.inner(key, required=False)
    if inner is None:
        return None
    inner.only(("citation",))
    citation = inner.texts("citation")
    for language, text in (citation or {}).items():
        if len(text) > _LONGEST_LAW:
            inner.offend(f"a citation has at most {_LONGEST_LAW} characters", "citation", language)
    record.settle(inner)
    return None if citation is None else MappingProxyType(dict(citation))


def _read_assurance(record: Record) -> dict[Sensitivity, int]:
    """The least level of a login for each sensitivity that the record names."""
    inner = record.inner("assurance", required=False)
    if inner is None:
        return {}
    inner.only(SENSITIVITIES)
    levels = {one: inner.whole(one, 0, _HIGHEST_LEVEL) for one in SENSITIVITIES}
    record.settle(inner)
    return {one: level for one, level in levels.items() if level is not None}


def _read_second_pair(record: Record) -> frozenset[Sensitivity]:
    named = record.names("secondPair", required=False)
    for position, one in enumerate(named):
        if one not in SENSITIVITIES:
            record.unknown("sensitivity", one, SENSITIVITIES, "secondPair", position)
    return frozenset(one for one in SENSITIVITIES if one in named)


def _read_break_glass(record: Record) -> Texts | None:
    """Why there can be an emergency in this activity at all: without a reason none may be declared."""
    inner = record.inner("breakGlass", required=False)
    if inner is None:
        return None
    inner.only(("reason",))
    reason = inner.texts("reason")
    record.settle(inner)
    return None if reason is None else MappingProxyType(dict(reason))


def _read_deferral(record: Record, retention: str) -> Deferral | None:
    """The law that lets a subject know later. Never where they were asked, or where an emergency may be declared: both are told at once."""
    inner = record.inner("deferred", required=False)
    if inner is None:
        return None
    inner.only(("citation", "lasts"))
    citation, lasts = inner.texts("citation"), inner.parsed("lasts", Duration.parse, _DURATION)
    for key in ("breakGlass", "notice"):
        if record.node.get(key) is not None:
            inner.offend(f"lines of an activity with '{key}' are shown at once")
    if lasts and retention and not _outlives(retention, lasts):
        inner.offend(
            "must end before the retention does: else the lines are gone before they are shown", "lasts"
        )
    record.settle(inner)
    return None if citation is None else Deferral(MappingProxyType(dict(citation)), lasts)


def _outlives(one: str, other: str) -> bool:
    return Duration.parse(one).after(_SOME_DAY) > Duration.parse(other).after(_SOME_DAY)


def _read_accepted_notices(record: Record) -> tuple[str, ...]:
    accepted = record.names("acceptedNotices", required=False)
    for position, one in enumerate(accepted):
        if not _HASH.fullmatch(one):
            record.offend(
                "an accepted notice is a SHA-256 in 64 lower-case hexadecimal digits", "acceptedNotices", position
            )  # fmt: skip
    return accepted


def _hashes(activity_id: str, notice: Texts | None, accepted: Iterable[str]) -> frozenset[str]:
    """The notices whose consent counts: the present text in each language, and the earlier ones that are accepted."""
    present = (
        Notice.of(activity=activity_id, language=language, text=text).version_hash
        for language, text in (notice or {}).items()
    )
    return frozenset((*present, *accepted))


def read_channels(record: Record, *, required: bool = True) -> frozenset[str]:
    """The channels that a record names, such as `web` and `counter`."""
    channels = record.names("channels", required=required)
    for position, channel in enumerate(channels):
        if not WORD.fullmatch(channel):
            record.offend("a channel must be a word such as web", "channels", position)
    return frozenset(channels)


def _check_consent_parts(record: Record, legal: LegalBasis, special: LegalBasis | None) -> None:
    """The notice is there exactly when people are asked; consent is asked only where it is the legal basis."""
    if legal.article == _CONSENT:
        if record.node.get("notice") is None:
            record.offend("'notice' is missing: the legal basis is consent", "notice")
        return
    for key in ("notice", "acceptedNotices", "consentValidity"):
        if record.node.get(key) is not None:
            record.offend(f"'{key}' is only for an activity whose legal basis is consent, {_CONSENT}", key)
    if special is not None and special.article == _EXPLICIT_CONSENT:
        record.offend(
            f"a special basis of consent, {_EXPLICIT_CONSENT}, needs the legal basis {_CONSENT}",
            "specialBasis",
            "article",
        )
