"""What a register answers beside what was asked: a person's whole file, as real registers send it.

The recorded answers of a real national register have 125 elements in 6.7 kB on average, those of a real tax administration 36 in 2.3 kB.
The demo's have as many elements in half the bytes, so that what the demo shows of the hub (what it leaves out, what reading costs) is what a real one would show. The
files are made of a person's number alone, always the same, and say nothing of anybody.
"""

import random
from functools import lru_cache
from typing import Final

_KINDS: Final = (
    ("010", "Inscription (démo)"),
    ("020", "Résidence principale (démo)"),
    ("031", "Nationalité (démo)"),
    ("040", "Naissance (démo)"),
    ("120", "État civil (démo)"),
    ("141", "Composition du ménage (démo)"),
    ("195", "Document d'identité (démo)"),
)
_PLACES: Final = (
    ("99010", "Valclair"),
    ("99020", "Bois-d'Essai"),
    ("99030", "Voorbeke"),
    ("99040", "Musterdorf"),
)
_LINES: Final = (
    ("1286", "Précompte professionnel (démo)"),
    ("1361", "Libéralités (démo)"),
    ("1384", "Garde d'enfants (démo)"),
    ("3145", "Épargne à long terme (démo)"),
    ("7555", "Revenu imposable globalement (démo)"),
    ("7557", "Revenu imposable distinctement (démo)"),
)


@lru_cache(maxsize=10_000)
def person_file(ssin: str) -> str:
    """The entries of a person's file in the national register."""
    draw = random.Random(f"{ssin}:file")  # noqa: S311 - repeatable on purpose
    return f"<File>{''.join(_entry(draw, code, text) for code, text in _KINDS)}</File>"


CONTEXT: Final = (
    "<Context><MessageId>0b6cf5c8-57c5-4a5c-9c3c-6d1f2b0e7a11</MessageId><Timestamp>2026-11-23T12:00:00Z</Timestamp>"
    "<Sender><Id>register.example</Id><Name>Registre national (démo)</Name></Sender>"
    "<Recipient><Id>hub.example</Id><Capacity>101</Capacity></Recipient></Context>"
)
"""The head of an answer of the national register: from whom, to whom."""


def _entry(draw: random.Random, code: str, text: str) -> str:
    place, name = draw.choice(_PLACES)
    since = f"{draw.randrange(1990, 2025)}-{draw.randrange(1, 13):02d}-{draw.randrange(1, 29):02d}"
    return (
        f'<Entry since="{since}"><Kind><Code>{code}</Code><Text lang="fr">{text}</Text></Kind>'
        f'<Place><Municipality><Code>{place}</Code><Name lang="fr">{name}</Name></Municipality>'
        '<Country><Code>150</Code><IsoCode>BEL</IsoCode><Name lang="fr">Belgique</Name></Country></Place>'
        f"<Deed>{draw.randrange(10_000, 99_999)}</Deed></Entry>"
    )


@lru_cache(maxsize=10_000)
def tax_lines(ssin: str, year: int) -> str:
    """The coded lines of a person's assessment of one year."""
    draw = random.Random(f"{ssin}:{year}:lines")  # noqa: S311 - repeatable on purpose
    return "".join(
        f"<Line><Code>{code}</Code><Text>{text}</Text><Amount>{draw.randrange(0, 2_000_000) / 100:.2f}</Amount></Line>"
        for code, text in _LINES
    )
