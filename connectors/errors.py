"""What can go wrong with a source, and with the way it is declared.

::

    Exception
    ├── SourceError                 a call to a source gave no reading
    │   ├── SourceUnavailable       down, too slow, cut off, or it says itself that it failed
    │   ├── SourceBusy              it asks to come back later
    │   ├── SubjectUnknown          it answers that it does not hold this subject
    │   ├── SourceRefused           it does not accept the request, or us
    │   └── ContractBroken          its answer is not what was declared
    └── DeclarationInvalid          a declaration that cannot be used; names every problem

A `SourceError` names the source and a short cause in our own words. It never holds the subject, a value that the source
gave, or the text of a foreign exception, for these can carry personal data.
"""

from dataclasses import dataclass
from typing import ClassVar

__all__ = [
    "ContractBroken",
    "DeclarationInvalid",
    "Problem",
    "SourceBusy",
    "SourceError",
    "SourceRefused",
    "SourceUnavailable",
    "SubjectUnknown",
]


class SourceError(Exception):
    """A call to a source gave no reading. `code` is a stable word for machines, `cause` a short one for operators."""

    code: ClassVar[str] = "sourceError"

    def __init__(self, source_id: str, cause: str) -> None:
        """Say which source, and why in words that hold nothing personal."""
        super().__init__(f"{source_id}: {cause}")
        self.source_id = source_id
        self.cause = cause


class SourceUnavailable(SourceError):
    """The source is down, too slow, cut off, or says itself that it failed; or it failed too often, and is not asked now.

    `retry_after`: after how many seconds it may be asked again, where that is known.
    """

    code = "sourceUnavailable"

    def __init__(self, source_id: str, cause: str, retry_after: float | None = None) -> None:
        """Say which source, why, and after how many seconds it may be asked again."""
        super().__init__(source_id, cause)
        self.retry_after = retry_after


class SourceBusy(SourceError):
    """It asks to come back later, or more is asked of it than was declared: after `retry_after` seconds, if that is known."""

    code = "sourceBusy"

    def __init__(self, source_id: str, cause: str, retry_after: float | None = None) -> None:
        """Say which source, why, and after how many seconds it may be asked again."""
        super().__init__(source_id, cause)
        self.retry_after = retry_after


class SubjectUnknown(SourceError):
    """The source answers that it does not hold this subject."""

    code = "subjectUnknown"


class SourceRefused(SourceError):
    """The source does not accept the request, or does not accept us."""

    code = "sourceRefused"


class ContractBroken(SourceError):
    """The source's answer, or the value of one attribute in it, is not what was declared."""

    code = "contractBroken"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with a declaration: where (keys and positions from its top), and what."""

    path: tuple[str | int, ...]
    message: str

    def __str__(self) -> str:
        """`reply.answer: not an XPath`."""
        return f"{'.'.join(map(str, self.path)) or '(top)'}: {self.message}"


class DeclarationInvalid(Exception):
    """A source's declaration cannot be used. `problems` has all of them, not only the first."""

    def __init__(self, source_id: str, problems: tuple[Problem, ...]) -> None:
        """Say which source, and everything that is wrong with it."""
        super().__init__(f"{source_id}: " + "; ".join(map(str, problems)))
        self.source_id = source_id
        self.problems = problems
