"""Something made of secrets, made anew when one of them changes. What cannot be made leaves the old one in use."""

import logging
import time
from collections.abc import Callable
from typing import Generic, TypeVar

from connectors.errors import DeclarationInvalid, Problem

__all__ = ["Place", "Rotating", "Secrets", "Unusable"]

T = TypeVar("T")
Secrets = Callable[[str], str]
"""Gives a secret by its name; raises `LookupError` if there is none."""
Place = tuple[str, ...]
_PAUSE = 30.0
"""Seconds until what could not be made of the same secrets is tried again: a certificate may have become valid."""
_logger = logging.getLogger(__name__)


class Unusable(Exception):
    """Something cannot be made of some secrets. Its text says why, and holds nothing of them."""


class Rotating(Generic[T]):
    """The present one, of secrets by name. Looked at for each call: with `SecretFiles`, that is one `stat` a secret."""

    def __init__(
        self,
        source_id: str,
        place: Place,
        names: tuple[str, ...],
        secrets: Secrets,
        make: Callable[..., T],
    ) -> None:
        """Make the first one: `make` takes the secrets in the order of `names`, and raises `Unusable`.

        Raises `DeclarationInvalid`, at `place`.
        """
        self._id, self._place, self._names = source_id, place, names
        self._secrets, self._make = secrets, make
        self._tried: tuple[str, ...] | None = None
        self._again = 0.0
        self.trouble: str | None = None
        """Why the secrets that are there now are not in use, if so."""
        try:
            texts = self._read()
            self._current = make(*texts)
        except Unusable as error:
            raise DeclarationInvalid(source_id, (Problem(place, str(error)),)) from None
        self._texts = texts

    def current(self) -> T:
        """The one made of the secrets as they are now; if that cannot be, the one before, and `trouble` says why."""
        try:
            texts = self._read()
        except Unusable as error:
            self._keep(None, str(error))
            return self._current
        if texts == self._texts:
            self.trouble = None
        elif texts != self._tried or time.monotonic() >= self._again:
            self._renew(texts)
        return self._current

    def _read(self) -> tuple[str, ...]:
        try:
            return tuple(map(self._secrets, self._names))
        except LookupError as error:
            raise Unusable(f"there is no secret {error.args[0]}") from None

    def _renew(self, texts: tuple[str, ...]) -> None:
        try:
            self._current = self._make(*texts)
        except Unusable as error:
            self._keep(texts, str(error))
            return
        self._texts, self.trouble, self._tried = texts, None, None
        _logger.warning("source %s: %s was changed and is in use", self._id, ".".join(self._place))

    def _keep(self, texts: tuple[str, ...] | None, why: str) -> None:
        """Go on with the old one. Each trouble is said once."""
        if self.trouble != why:
            _logger.error(
                "source %s: the new %s cannot be used, the old one stays: %s",
                self._id, ".".join(self._place), why,
            )  # fmt: skip
        self._tried, self.trouble, self._again = texts, why, time.monotonic() + _PAUSE
