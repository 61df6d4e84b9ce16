"""Sealing: AES-256-GCM under a data key of (subject, controller, retention class, calendar year).

Each data key is wrapped by the key ring, and bound to what it is for; each body to every open field of its entry.
Destroying a data key makes everything sealed under it unreadable, and leaves the tree as it is.
"""

import secrets
from collections import OrderedDict
from collections.abc import Callable, Iterable
from datetime import datetime
from threading import Lock
from typing import NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from audit.keys.keyring import KeyRing

NONCE = 12
_BODY = b"onlyonce/body/v1\x00"
Random = Callable[[int], bytes]
INTENTS = "intents"
"""The retention class of the key that seals intents: it belongs to no subject, and lasts a day."""


class Unreadable(Exception):
    """The bytes cannot be opened: the key is not the one, or they are not what was sealed."""


class Purpose(NamedTuple):
    """What one data key is for. Keys made before there was one for each controller have an empty one."""

    subject: str
    retention: str
    period: str
    controller: str = ""


class StoredKey(NamedTuple):
    """A row of `audit_data_key`."""

    id: str
    purpose: Purpose
    epoch: str
    wrapped: bytes

    def binding(self) -> bytes:
        """What the wrapping is bound to."""
        subject, retention, period, controller = self.purpose
        version, more = ("v2", [controller]) if controller else ("v1", [])
        return "\x00".join([f"onlyonce/key/{version}", self.id, subject, retention, period, *more]).encode()


def entry_purpose(subject: str, retention: str, recorded_at: datetime, controller: str = "") -> Purpose:
    """The key of an entry's body: one controller's order to destroy it takes nothing from another's lines."""
    return Purpose(subject, retention, str(recorded_at.year), controller)


def intent_purpose(recorded_at: datetime) -> Purpose:
    """The key of the intents of a day. An intent lives for seconds, so no subject's key is needed for it."""
    return Purpose("", INTENTS, recorded_at.date().isoformat())


def body_binding(salt: bytes, values: Iterable[bytes]) -> bytes:
    """The associated data of an entry's body: everything of the entry that is in the clear.

    Without the data key nobody can say anything else beside a body, not even of a subject's last entry.

    Args:
        salt: the seed of the open fields' salts.
        values: of the open fields before the body, in their order. None of them holds a zero byte.
    """
    return b"\x00".join((_BODY + salt, *values))


def intent_binding(intent_id: str, recorded_at: int) -> bytes:
    """The associated data of an intent's body."""
    return f"onlyonce/intent/v1\x00{intent_id}\x00{recorded_at}".encode()


class DataKey:
    """An unwrapped data key, ready for use."""

    __slots__ = ("_cipher", "id")

    def __init__(self, key_id: str, key: bytes) -> None:
        self.id, self._cipher = key_id, AESGCM(key)

    def seal(self, nonce: bytes, body: bytes, binding: bytes) -> bytes:
        """Nonce, ciphertext, tag. The nonce is fresh and random: replicas share nothing that could count."""
        return nonce + self._cipher.encrypt(nonce, body, binding)

    def open(self, sealed: bytes, binding: bytes) -> bytes:
        """What was sealed.

        Raises:
            Unreadable: another key, another entry, or other bytes.
        """
        try:
            return self._cipher.decrypt(sealed[:NONCE], sealed[NONCE:], binding)
        except (InvalidTag, ValueError, TypeError):
            raise Unreadable from None


class DataKeys:
    """Makes data keys, and unwraps stored ones; keeps the latest in memory.

    It is asked with the row that is in the database now, so a key destroyed there is used no more, whoever destroyed it.
    """

    def __init__(self, ring: KeyRing, *, random: Random = secrets.token_bytes, keep: int = 10_000) -> None:
        self._ring, self._random, self._keep = ring, random, keep
        self._known: OrderedDict[StoredKey, DataKey] = OrderedDict()
        self._lock = Lock()

    def make(self, purpose: Purpose) -> tuple[StoredKey, DataKey]:
        """A new key, to be stored before anything sealed under it."""
        key_id, key = self._random(16).hex(), self._random(32)
        draft = StoredKey(key_id, purpose, "", b"")
        epoch, wrapped = self._ring.wrap(key, draft.binding())
        return StoredKey(key_id, purpose, epoch, wrapped), DataKey(key_id, key)

    def remember(self, stored: StoredKey, key: DataKey) -> None:
        """Keep a key that is in the database by now."""
        with self._lock:
            self._known[stored] = key
            if len(self._known) > self._keep:
                self._known.popitem(last=False)

    def unwrap(self, stored: StoredKey) -> DataKey:
        """Make a stored key usable.

        Raises:
            Unreadable: its epoch's key is gone, or the row was altered.
        """
        with self._lock:
            known = self._known.get(stored)
            if known is not None:
                self._known.move_to_end(stored)
                return known
        try:
            key = DataKey(stored.id, self._ring.unwrap(stored.epoch, stored.wrapped, stored.binding()))
        except (KeyError, ValueError, TypeError, AttributeError):
            raise Unreadable from None
        self.remember(stored, key)
        return key
