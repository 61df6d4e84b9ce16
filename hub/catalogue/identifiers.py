"""Belgian identifiers: are these digits a national number, an enterprise number?

Rules: belgif `openapi-person-identifier` and `openapi-organization-identifier`. Nothing here ever puts a number in an error.
"""

import re
import unicodedata
from typing import Final

from hub.catalogue.errors import IdentifierInvalid

SSIN: Final = "ssin"
ENTERPRISE_NUMBER: Final = "enterpriseNumber"

_SSIN = re.compile(r"[0-9]{11}")
_ENTERPRISE_NUMBER = re.compile(r"[01][0-9]{9}")
_LIKE_AN_SSIN = re.compile(
    r"(?<![0-9A-Za-z])[0-9]{2}\.?[0-9]{2}\.?[0-9]{2}[ -]?[0-9]{3}[ .]?[0-9]{2}(?![0-9A-Za-z])"
)
_DIGITS = re.compile(
    r"(?<![0-9])(?<![0-9][ ./_-])(?<![0-9][ ./_-]{2})[0-9](?:[ ./_-]{0,2}[0-9]){10}(?![ ./_-]{0,2}[0-9])"
)
_HEXADECIMAL_ID = re.compile(r"\b(?:[0-9a-f]{32}|[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12})\b")
_SSIN_DIGITS = 11
_LAST_MONTH = 52
_TEST_MONTHS = range(60, 73)


def check_ssin(value: str, admit_test_numbers: bool = False) -> None:
    """Refuse what is not a number of the National Register, nor a bis number.

    The month of a bis number is 20 higher (sex unknown) or 40 higher (sex known); 00 stands for an unknown month. Months 60
    to 72 mark published test numbers: admitted only where `admit_test_numbers`.

    Raises:
        IdentifierInvalid: `format`, `month`, `testNumber` or `checkDigits`.
    """
    if not _SSIN.fullmatch(value):
        raise IdentifierInvalid(SSIN, "format")
    month = int(value[2:4])
    if month in _TEST_MONTHS:
        if not admit_test_numbers:
            raise IdentifierInvalid(SSIN, "testNumber")
    elif month % 20 > 12 or month > _LAST_MONTH:
        raise IdentifierInvalid(SSIN, "month")
    if int(value[9:]) not in ssin_check_digits(value[:9]):
        raise IdentifierInvalid(SSIN, "checkDigits")


def holds_ssin(text: str) -> bool:
    """Whether something in a text is written like a national number.

    Eleven digits on their own, and `yy.mm.dd-nnn.cc`, count whatever their check digits, so that a caller whose own references look
    like that hears of it at the first, not at one in fifty. Written in any other way (`yy-mm-dd nnn/cc`, next to a letter), eleven
    digits count when month and check digits fit. Identifiers of 32 hexadecimal digits do not. Digits of any script are digits.
    """
    if len(text) < _SSIN_DIGITS:
        return False
    if not text.isascii():
        text = "".join(str(unicodedata.decimal(one)) if one.isdecimal() else one for one in text)
    left = _HEXADECIMAL_ID.sub("", text)
    return _LIKE_AN_SSIN.search(left) is not None or any(map(_fits, _DIGITS.findall(left)))


def _fits(written: str) -> bool:
    digits = re.sub("[^0-9]", "", written)
    try:
        check_ssin(digits, admit_test_numbers=True)
    except IdentifierInvalid:
        return False
    return True


def ssin_check_digits(first_nine: str) -> tuple[int, int]:
    """The check digits of a national number: for a birth before 2000, and from 2000 on (its nine digits get a 2 before them)."""
    nine = int(first_nine)
    return 97 - nine % 97, 97 - (2_000_000_000 + nine) % 97


def check_enterprise_number(value: str) -> None:
    """Refuse what is not an enterprise number: ten digits, the first 0 or 1, the last two check digits.

    Raises:
        IdentifierInvalid: `format` or `checkDigits`.
    """
    if not _ENTERPRISE_NUMBER.fullmatch(value):
        raise IdentifierInvalid(ENTERPRISE_NUMBER, "format")
    if int(value[8:]) != enterprise_check_digits(value[:8]):
        raise IdentifierInvalid(ENTERPRISE_NUMBER, "checkDigits")


def enterprise_check_digits(first_eight: str) -> int:
    """The check digits of an enterprise number."""
    return 97 - int(first_eight) % 97


def check_identifier(scheme: str, value: str, *, admit_test_numbers: bool = False) -> None:
    """Check an identifier of the scheme `ssin` or `enterpriseNumber`.

    Raises:
        IdentifierInvalid: it is refused, or the scheme is none of these two (`scheme`).
    """
    if scheme == SSIN:
        check_ssin(value, admit_test_numbers)
    elif scheme == ENTERPRISE_NUMBER:
        check_enterprise_number(value)
    else:
        raise IdentifierInvalid("identifier", "scheme")
