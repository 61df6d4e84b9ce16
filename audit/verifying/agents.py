"""Agents: each opens under the key of its controller, or that key was destroyed as an entry says."""

from audit.entries.agents import AGENTS, FIELD, key_of_agents, open_agents
from audit.entries.checking import key_fits
from audit.keys.destruction import stored_key
from audit.keys.sealing import Unreadable
from audit.verifying.check import Check, Log, Seen

_FIELD = FIELD.encode()


class AgentsCheck(Check):
    """The sealed field `@agents` of an entry, as far as the entry's own body was opened."""

    def entry(self, seen: Seen) -> None:
        """Open the agents, if there are any."""
        try:
            open_agents_of(self.log, seen)
        except Unreadable as error:
            self.log.findings.add(seen.index, f"entry {seen.index}: {error}", follows=True)


def open_agents_of(log: Log, seen: Seen) -> dict[str, str] | None:
    """The agents of an entry whose body was opened; None: it names none, or their key was destroyed.

    Raises:
        Unreadable: saying why they cannot be opened.
    """
    value = seen.fields.get(_FIELD) if seen.fields is not None else None
    if value is None or log.keys is None:
        return None
    key_row = log.key_row(key_of_agents(value))
    if key_row is None:
        raise Unreadable("the row of its agents' key is gone")
    if key_row["wrapped"] is None:
        destroyed = log.destructions.index(key_row)
        if destroyed is None or destroyed <= seen.index:
            raise Unreadable("its agents' key was taken away, and no entry says so")
        return None
    if key_fits({**seen.row, "subject": AGENTS}, key_row) is not None:
        raise Unreadable("its agents' key is for something else")
    try:
        return open_agents(log.keys.unwrap(stored_key(key_row)), value, seen.row["id"])
    except (Unreadable, ValueError):
        raise Unreadable("its agents cannot be opened, or were sealed for another entry") from None
