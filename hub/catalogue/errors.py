"""What can be wrong with a catalogue, or with an identifier.

CatalogueError
├── CatalogueInvalid    the folder is no sound catalogue; names every offender
└── IdentifierInvalid   a national or enterprise number is not one; never holds the number
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar


class CatalogueError(Exception):
    """Root of this package's errors."""


@dataclass(frozen=True, slots=True, order=True)
class Offender:
    """One thing wrong with a catalogue, and where.

    `file` is relative to the catalogue's folder (`.` is the folder itself); `line` counts from 1.
    """

    file: str
    line: int
    message: str

    def __str__(self) -> str:
        """Give it as `file:line: message`."""
        return f"{self.file}:{self.line}: {self.message}"


class CatalogueInvalid(CatalogueError):
    """The catalogue can't be used. `offenders` holds everything that is wrong, in the order of files and lines."""

    def __init__(self, offenders: tuple[Offender, ...]) -> None:
        super().__init__("\n".join(str(offender) for offender in offenders))
        self.offenders = offenders


class IdentifierInvalid(CatalogueError):
    """An identifier is refused.

    `reason` is one of `format`, `month`, `testNumber`, `checkDigits`, `scheme`. The identifier itself is not in this error.
    """

    TEXTS: ClassVar[Mapping[str, str]] = {
        "format": "it does not have the digits of its scheme",
        "month": "its month of birth can't be",
        "testNumber": "it is a test number, and this hub does not admit test numbers",
        "checkDigits": "its check digits do not match",
        "scheme": "the scheme is not known",
    }

    def __init__(self, scheme: str, reason: str) -> None:
        super().__init__(f"The {scheme} is refused: {self.TEXTS[reason]}.")
        self.scheme = scheme
        self.reason = reason
