"""Which of the five errors an answer is: by the source's own error codes, and by its HTTP status."""

import re
from typing import Any

from connectors.errors import (
    ContractBroken,
    SourceBusy,
    SourceError,
    SourceRefused,
    SourceUnavailable,
    SubjectUnknown,
)
from connectors.http import Answer
from connectors.reply_rule import ORDER, Meaning, ReplyRule
from connectors.rule import PathLanguage
from connectors.values import Unfit

__all__ = ["Failures"]

_HARMLESS_CODE = re.compile(r"[A-Za-z]{0,4}[-_.]?\d{1,6}", re.ASCII)
"""A code that may be named in an error although nobody declared it: too short for anything personal."""


class Failures:
    """Tells what a source means by an answer that is no reading."""

    def __init__(self, source_id: str, rule: ReplyRule, language: PathLanguage) -> None:
        """Tell by what a declaration says of its codes and statuses."""
        self._id, self._rule, self._language = source_id, rule, language

    def of_codes(self, point: Any, answer: Answer) -> SourceError | None:
        """What the source's own error codes mean, if there are any. The worst counts; one that nobody declared is a refusal."""
        if self._rule.code is None:
            return None
        try:
            found = self._rule.code(point)
            if not found:
                return None
            codes = [code for item in found if (code := self._language.text(item))]
        except Unfit:
            return ContractBroken(self._id, "its error code is not where it was declared to be")
        if not codes:
            return None
        meanings = [(self._rule.meaning_of(code) or "refused", code) for code in codes]
        meaning, code = min(meanings, key=lambda pair: ORDER.index(pair[0]))
        return self.meant(meaning, self.cause_of(code), answer)

    def cause_of(self, code: str) -> str:
        """That it answered with a code. Of one that was declared by its beginning, the rest could be anything."""
        named = code if _HARMLESS_CODE.fullmatch(code) else self._rule.declared(code)
        return f"it answered with {'an error code that is not declared' if named is None else f'its error code {named}'}"

    def of_status(self, answer: Answer, *, understood: bool) -> SourceError:
        """What an HTTP status means. `understood`: the body is of the declared kind, so the source itself speaks, no proxy."""
        status = answer.status
        cause = f"it answered with HTTP status {status}"
        meaning = self._rule.status.get(status)
        if meaning == "subjectUnknown" and not understood:
            return SourceUnavailable(self._id, f"{cause}, but not in its own words")
        if meaning is None:
            if status < 400:
                return ContractBroken(self._id, cause)
            if status == 429:
                meaning = "busy"
            else:
                meaning = "unavailable" if status >= 500 or status == 408 else "refused"
        return self.meant(meaning, cause, answer)

    def meant(self, meaning: Meaning, cause: str, answer: Answer) -> SourceError:
        """The error of a meaning."""
        if meaning == "busy":
            return SourceBusy(self._id, cause, answer.retry_after)
        if meaning == "subjectUnknown":
            return SubjectUnknown(self._id, cause)
        if meaning == "unavailable":
            return SourceUnavailable(self._id, cause, answer.retry_after)
        return SourceRefused(self._id, cause)
