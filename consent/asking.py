"""What may be recorded as a consent at all: one purpose, some attributes, exactly the words that were shown."""

import json
import re
from collections.abc import Collection
from datetime import datetime
from typing import Any

from consent.errors import ConsentInvalid
from consent.model import Guardian, Notice, milliseconds
from consent.terms import Terms

_HANDLE = re.compile(r"[0-9a-f]{64}")
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")
_ONE_NAME = re.compile(r"[^\s,;|]{1,200}")


def asked_for(
    subject: str, activity: str, controller: str, attributes: Collection[str], terms: Terms | None
) -> dict[str, Any]:
    """The columns that say what a consent is to.

    Raises:
        ConsentInvalid: the message says why.
    """
    if not _HANDLE.fullmatch(subject):
        raise ConsentInvalid("the subject is not a handle")
    if not _ONE_NAME.fullmatch(activity):
        raise ConsentInvalid("a consent is to one processing activity: several are asked for one by one")
    if not attributes or isinstance(attributes, str):
        raise ConsentInvalid("a consent is to some attributes")
    listed = json.dumps(sorted(set(attributes)))
    columns = {"subject": subject, "activity": activity, "controller": controller, "attributes": listed}
    return columns | with_terms(terms, attributes)


def with_terms(terms: Terms | None, attributes: Collection[str]) -> dict[str, Any]:
    """The column that names the terms, if they are told.

    Raises:
        ConsentInvalid: they are about other attributes.
    """
    if terms is None:
        return {"terms_hash": None}
    if sorted(one.id for one in terms.data) != sorted(set(attributes)):
        raise ConsentInvalid("the terms are about other attributes")
    return {"terms_hash": terms.fingerprint()}


def said(notice: Notice, activity: str, method: str) -> dict[str, Any]:
    """The columns that say what somebody was shown, and how they answered.

    Raises:
        ConsentInvalid: the message says why.
    """
    if notice.activity != activity:
        raise ConsentInvalid("the notice is about another processing activity")
    if notice.version_hash != notice.fingerprint() or not notice.text.strip():
        raise ConsentInvalid("the notice is not the one of its hash")
    if not _LANGUAGE.fullmatch(notice.language) or not method:
        raise ConsentInvalid("the language of the notice or the method of the answer is missing")
    return {
        "notice_hash": notice.version_hash,
        "notice_id": notice.id,
        "language": notice.language,
        "method": method,
    }


def answered_by(guardian: Guardian | None) -> dict[str, Any]:
    """The columns that say who answered for the person.

    Raises:
        ConsentInvalid: the guardian is not a handle, or has no ground.
    """
    if guardian is None:
        return {"guardian": None, "basis": None}
    if not _HANDLE.fullmatch(guardian.handle) or not 0 < len(guardian.basis) <= 20:
        raise ConsentInvalid("the guardian is not a handle, or has no ground")
    return {"guardian": guardian.handle, "basis": guardian.basis}


def term(valid_until: datetime | None, remind_at: datetime | None, now: datetime) -> dict[str, Any]:
    """The columns that say when a consent ends, and when its person is to be reminded of that.

    Raises:
        ConsentInvalid: it is over already, or nobody would be reminded in time.
    """
    columns: dict[str, Any] = {"valid_until": None, "remind_at": None, "reminded_at": None}
    if valid_until is None:
        return columns
    if milliseconds(valid_until) <= milliseconds(now):
        raise ConsentInvalid("a consent that is over already cannot be given")
    columns["valid_until"] = milliseconds(valid_until)
    if remind_at is not None:
        if remind_at >= valid_until:
            raise ConsentInvalid("a reminder comes before the end")
        columns["remind_at"] = milliseconds(remind_at)
    return columns
