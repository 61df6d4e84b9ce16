"""What can go wrong in the usage log.

    AuditError
    ├── LogUnavailable     nothing was recorded, or it is not known whether it was: disclose nothing
    │   └── LogFull        too many entries are waiting; nothing was recorded
    ├── GrantGone          a grant that the entry relies on no longer holds; nothing was recorded
    ├── IntentGone         the intent was closed already (its consultation was recorded as undelivered); nothing was recorded
    ├── EntryRefused       the entry itself is not recordable: an id used before, a field too long
    ├── NotSigned          no checkpoint counts the entry yet: nothing can be proven of it
    ├── ExportInvalid      a file is not an export of a log
    ├── ProofInvalid       a proof is none, or was altered
    ├── LogChanged         entries that were read are not those that were counted before
    └── MerkleError        a proof or a tree state cannot be made or read
        └── CheckpointInvalid   a note is not a checkpoint signed by the expected key

Messages name ids and counts, never what an entry holds.
"""


class AuditError(Exception):
    """Anything the usage log reports."""


class LogUnavailable(AuditError):
    """Nothing was recorded, or it could not be learnt whether it was. No value may leave."""


class LogFull(LogUnavailable):
    """Too many entries are waiting for the writer. Nothing was recorded."""


class GrantGone(AuditError):
    """Some grants that the entry relies on no longer hold. Nothing was recorded."""

    def __init__(self, references: frozenset[str]) -> None:
        super().__init__("no longer granted: " + ", ".join(sorted(references)))
        self.references = references


class IntentGone(AuditError):
    """The intent is no longer open. Nothing was recorded, and no value may leave."""

    def __init__(self, intent_id: str) -> None:
        super().__init__(f"intent {intent_id} is no longer open")
        self.intent_id = intent_id


class EntryRefused(AuditError):
    """The entry cannot be recorded as it is."""


class LogChanged(AuditError):
    """Entries that were read are not those that were counted before: somebody changed the log in between."""


class TooManyEntries(AuditError):
    """More entries than were asked for at most."""


class NotSigned(AuditError):
    """No checkpoint counts the entry yet."""

    def __init__(self) -> None:
        super().__init__("no checkpoint counts this entry")


class ExportInvalid(AuditError):
    """A file is not an export of a usage log."""


class ProofInvalid(AuditError):
    """A proof does not hold.

    Attributes:
        part: what of it: `form` (it is no proof), `field`, `line`, `path`, `signature`, `witnesses`, `later`, `handle`.
        name: of the field, where it is one.
    """

    def __init__(self, part: str, message: str, name: str | None = None) -> None:
        super().__init__(message)
        self.part, self.name = part, name


class MerkleError(AuditError):
    """A proof cannot be made, or a stored tree state is not one."""


class CheckpointInvalid(MerkleError):
    """A note is not a checkpoint that the expected key signed."""
