"""Lets a new signing key of the log begin: names it in the log, and destroys the one before once the new one signs alone."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Final, Protocol

import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from audit import Proofs, SigningKey
from audit.checkpoints.rotation import in_force
from hub.services.background import Background
from hub.services.entries import Journal
from hub.services.reading import Reads

LOOK_EVERY_S: Final = 2.0
_log = structlog.get_logger("hub")


class Keys(Protocol):
    """Where the log's keys are."""

    def __call__(self) -> Sequence[SigningKey]:
        """All keys, oldest first."""

    def retire(self, newest: Ed25519PublicKey) -> None:
        """Destroy every private key before this one."""


class SigningKeyWatch:
    """Looks whether there is a new key. Every replica does, and whichever comes first names it.

    Args:
        keys: of the log.
        origin: of the log.
        journal: writes the entry that names a key.
        proofs: for the last checkpoint, which shows what signs.
        every: seconds between two looks.
    """

    def __init__(
        self, keys: Keys, origin: str, journal: Journal, proofs: Proofs, *, every: float = LOOK_EVERY_S
    ) -> None:
        self._keys, self._origin, self._journal, self._proofs = keys, origin, journal, proofs
        self._every, self._named = every, set[bytes]()
        self._reads = Reads("signing-keys", threads=1)
        self._background = Background()

    async def start(self) -> None:
        """Begin to look."""
        self._background.begin(self._watch())

    async def close(self) -> None:
        """Stop."""
        await self._background.end()

    async def look(self) -> None:
        """Do what is to be done about the newest key, if anything is.

        Raises:
            NotRecorded: the log cannot be written or read; the next look tries again.
            KeysUnusable: a file of the key folder cannot be used.
        """
        keys = await self._reads(self._keys)
        if sum(key.private is not None for key in keys) < 2:
            return
        newest = keys[-1].public
        if newest.public_bytes_raw() not in self._named:
            await self._journal.signing_key_changed(self._origin, newest, before=keys[-2].public)
            self._named.add(newest.public_bytes_raw())
        if await self._reads(self._newest_signs(keys)):
            await self._reads(lambda: self._keys.retire(newest))
            _log.info("another key signs the log; the private key before it was destroyed")

    def _newest_signs(self, keys: Sequence[SigningKey]) -> Callable[[], bool]:
        def ask() -> bool:
            last = self._proofs.checkpoint()
            return last is not None and in_force(self._origin, keys, last) == len(keys) - 1

        return ask

    async def _watch(self) -> None:
        while True:
            try:
                await self.look()
            except Exception as error:  # noqa: BLE001 - it goes on looking, whatever happens
                kind = type(error).__name__
                _log.error("the log's signing keys could not be looked after", error=kind)
            await asyncio.sleep(self._every)
