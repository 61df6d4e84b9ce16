"""Blind indexes: finding the entries of one agent without the database saying who that is.

The key stays outside the database. A tag holds for one controller and one month: whoever has the database alone sees which entries of
a month have the same agent, and how many, and nothing else; nobody can link two months or two controllers, or try names.
"""

import hashlib
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from audit.model import from_millis

TAG: Final = 16
_AGENT = b"onlyonce/agent/v1\x00"
_PSEUDONYM = b"onlyonce/pseudonym/v1\x00"


class BlindKey:
    """Computes tags and pseudonyms.

    Args:
        key: 32 bytes that are not in the database. Another key gives other tags: the index has to be made again.
    """

    def __init__(self, key: bytes) -> None:
        self._key = key

    def tag(self, controller: str, month: str, agent: str) -> bytes:
        """The tag of an agent's entries at a controller in a month (`2026-11`, UTC)."""
        return self._of(_AGENT, controller, month, agent)

    def pseudonym(self, controller: str, handle: str) -> str:
        """A name under which a controller's data protection officer tells one handle from another, and nothing else."""
        return self._of(_PSEUDONYM, controller, handle).hex()

    def _of(self, use: bytes, *parts: str) -> bytes:
        # No part holds a zero byte: the columns of an entry cannot, and handles are hexadecimal.
        message = use + b"\x00".join(part.encode() for part in parts)
        return hmac.new(self._key, message, hashlib.sha256).digest()[:TAG]


def month_of(recorded_at: int) -> str:
    """The month (UTC) of a time in milliseconds."""
    return from_millis(recorded_at).strftime("%Y-%m")


def months(since: datetime, until: datetime) -> list[str]:
    """Every month from that of `since` to that of `until`."""
    first, last = since.astimezone(UTC), until.astimezone(UTC)
    numbers = range(first.year * 12 + first.month - 1, last.year * 12 + last.month)
    return [f"{number // 12:04d}-{number % 12 + 1:02d}" for number in numbers]


def agent_in(details: Mapping[str, Any] | None, agents: Mapping[str, str] | None = None) -> str | None:
    """The handle of the agent who acted, where an entry's agents tell one, or, in those of before there were such, its details."""
    if details is None or (not agents and details.get("role") != "agent"):
        return None
    actor = (agents or details).get("actor")
    return actor if isinstance(actor, str) and actor.isalnum() else None
