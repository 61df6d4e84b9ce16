"""What waits for the writer, and how its outcome gets back to the event loop."""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from audit.entries.agents import AGENTS, encode_agents
from audit.entries.leaf import check_names, encode_details
from audit.errors import EntryRefused, LogUnavailable
from audit.keys.sealing import Purpose, entry_purpose
from audit.model import Entry, Intent
from audit.tables import HANDLE, NAME

Write = Callable[[Connection], Any]


@dataclass(slots=True)
class Job:
    """Something for the writer. It ends with a `result`, or with an `error`; its caller hears of it after the commit.

    `abandoned`: the caller was told that it was not recorded, because it took too long. It is not begun any more; where it was
    under way it may still be recorded, and then says more than happened.
    """

    write: Write | None = None
    waiter: asyncio.Future[Any] | None = None
    result: Any = None
    error: Exception | None = None
    abandoned: bool = False

    def abandon(self) -> None:
        """Let the caller go."""
        if self.waiter is not None and not self.waiter.done():
            self.abandoned = True
            self.waiter.set_exception(LogUnavailable("the log gave no answer in time"))


@dataclass(slots=True)
class AppendJob(Job):
    """Record an entry. `beside`: those that are recorded right after it in the same transaction, or not at all."""

    entry: Entry = field(kw_only=True)
    fields: list[tuple[bytes, bytes]] = field(kw_only=True)
    relies_on: frozenset[str] = frozenset()
    closes: str | None = None
    written: Any = None
    beside: "tuple[AppendJob, ...]" = ()

    def purpose(self, now: datetime) -> Purpose:
        """What the key of this entry's body is for."""
        return entry_purpose(self.entry.subject, self.entry.retention, now, self.entry.controller)

    def agents_purpose(self, now: datetime) -> Purpose | None:
        """What the key of its agents is for; None: it names none."""
        if not self.entry.agents:
            return None
        return entry_purpose(AGENTS, self.entry.retention, now, self.entry.controller)


@dataclass(slots=True)
class IntendJob(Job):
    """Record an intent."""

    intent: Intent = field(kw_only=True)
    body: bytes = field(kw_only=True)


@dataclass(slots=True)
class SweepJob(Job):
    """Record what became of intents that nothing closed. Its result: whether there may be more."""


def prepare_entry(entry: Entry) -> list[tuple[bytes, bytes]]:
    """Check an entry before it waits, and write down its details.

    Raises:
        EntryRefused: it could not be recorded.
    """
    _check_columns(
        id=entry.id,
        kind=entry.kind,
        controller=entry.controller,
        client=entry.client,
        activity=entry.activity,
        outcome=entry.outcome,
        retention=entry.retention,
    )
    _check_subject(entry.subject)
    encode_agents(entry.agents)
    return encode_details(entry.details)


def prepare_intent(intent: Intent) -> bytes:
    """Check an intent before it waits, and write it down whole.

    Raises:
        EntryRefused: it could not be recorded.
    """
    columns = {
        "controller": intent.controller,
        "client": intent.client,
        "activity": intent.activity,
        "retention": intent.retention,
        "kind": intent.kind,
    }
    _check_columns(id=intent.id, **columns)
    _check_subject(intent.subject)
    check_names(intent.details)
    encode_agents(intent.agents)
    whole = {**columns, "subject": intent.subject, "details": intent.details, "agents": dict(intent.agents)}
    ((_, body),) = encode_details({"intent": whole})
    return body


def deliver(jobs: Iterable[Job]) -> None:
    """Tell the callers, with one call into each event loop."""
    by_loop: dict[asyncio.AbstractEventLoop, list[Job]] = {}
    for job in jobs:
        if job.waiter is not None:
            by_loop.setdefault(job.waiter.get_loop(), []).append(job)
    for loop, done in by_loop.items():
        try:
            loop.call_soon_threadsafe(_resolve, done)
        except RuntimeError:  # the loop was closed: nobody waits any more, and what was recorded stays
            continue


def _resolve(jobs: list[Job]) -> None:
    for job in jobs:
        if job.waiter is None or job.waiter.done():  # its caller was cancelled
            continue
        if job.error is not None:
            job.waiter.set_exception(job.error)
        else:
            job.waiter.set_result(job.result)


def _check_columns(**columns: str) -> None:
    for name, value in columns.items():
        if len(value) > NAME or "\x00" in value or not value.isprintable():
            raise EntryRefused(f"{name} cannot be recorded: longer than {NAME} characters, or unprintable")


def _check_subject(subject: str) -> None:
    if not 0 < len(subject) <= HANDLE or not subject.isalnum():
        raise EntryRefused("the subject is not a handle")
