"""Which of the hub's languages a caller reads best."""

from typing import Final

from hub.services.reasons import LANGUAGES

_DEFAULT: Final = "fr"


def preferred(header: str | None) -> str:
    """The first language of an `Accept-Language` header, by weight, that the hub speaks; else French."""
    best, weight = _DEFAULT, 0.0
    for part in (header or "")[:200].split(","):
        tag, _, quality = part.partition(";")
        language = tag.strip().lower()[:2]
        given = _weight(quality)
        if language in LANGUAGES and given > weight:
            best, weight = language, given
    return best


def _weight(quality: str) -> float:
    text = quality.strip().removeprefix("q=")
    if not text:
        return 1.0
    try:
        return float(text)
    except ValueError:
        return 0.0
