"""Words in which an official may have named somebody else: what points at a person is taken out before anybody reads them."""

import re
from typing import Final

MASK: Final = "●●●"
_ADDRESS = re.compile(r"[^\s<>@]+@(?:[^\s<>@.,;]+\.)+[^\s<>@.,;]+")
_NUMBER = re.compile(r"\+?\d(?:[ ./()-]{0,2}\d){7,}")


def masked(words: str | None) -> str | None:
    """The words without e-mail addresses, telephone numbers, account numbers and other numbers of eight digits or more."""
    return None if words is None else _NUMBER.sub(MASK, _ADDRESS.sub(MASK, words))
