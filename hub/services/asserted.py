"""Subjects that a client asks for without proving who acts: counted, capped, and told to the data protection officer where the cap is reached.

A stolen client secret opens nothing else: docs/decisions/0004-who-may-act.md.
"""

import hashlib
from datetime import datetime

from sqlalchemy import Connection

from hub.identity import remember_asserted_subject
from hub.services.concerns import THE_HUB
from hub.services.errors import TooMany
from hub.services.notices import NewNotice
from hub.services.who import Run

_SECONDS_PER_DAY = 86_400


class AssertedSubject:
    """One run whose actor is not proven, against its client's cap of distinct subjects of the day.

    Args:
        run: of the prefill.
        cap: how many distinct subjects are admitted a day (UTC).
        now: aware.
    """

    def __init__(self, run: Run, cap: int, now: datetime) -> None:
        self._run, self._cap, self._now, self._given = run, cap, now, False
        asked = run.asked
        # About no person: whoever was asked for as the last of many has nothing to do with it.
        self._notice = NewNotice(
            _notice_id(asked.client.id, now), "assertedCapReached", now, asked.client.controller, asked.client.id,
            asked.activity.id, THE_HUB, None,
        )  # fmt: skip

    def count(self, connection: Connection) -> None:
        """Count the subject, in the transaction of the intent.

        Raises:
            QuotaExceeded: the cap is reached; nothing was written.
        """
        number = remember_asserted_subject(
            connection, client=self._run.asked.client.id, day=self._now.date(), handle=self._run.subject, cap=self._cap
        )  # fmt: skip
        if number >= self._cap:
            self.alert(connection, self._run.id)

    def alert(self, connection: Connection, entry: str) -> None:
        """Give the notice, once for the client and day, beside the entry with this id. An intent becomes the entry that bears its id."""
        self._given = self._notice.give(connection, entry)

    def tell(self) -> None:
        """Warn whoever watches the operator's log, if a notice was given."""
        if self._given:
            self._notice.tell()

    def refusal(self) -> TooMany:
        """What the client is told where the cap is reached."""
        return TooMany(
            "the client asked for too many different subjects today", limit=self._cap,
            retry_after_s=_SECONDS_PER_DAY - int(self._now.timestamp()) % _SECONDS_PER_DAY,
        )  # fmt: skip


def _notice_id(client: str, now: datetime) -> str:
    return hashlib.sha256(f"assertedCapReached\n{now.date().isoformat()}\n{client}".encode()).hexdigest()[:32]
