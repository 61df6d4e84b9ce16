"""Proofs of single lines, for those whom they are about: what they read in the line is what they can show to others."""

from base64 import b64encode
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any, Final

from audit import CompletenessProver, Line, LogUnavailable, NotSigned, Prover
from connectors import Identifier
from hub.services.concerns import SHOWN_LATER
from hub.services.entries import Journal
from hub.services.errors import Fault, NotRecorded, NotSignedYet, RequestInvalid
from hub.services.masking import masked

SUBJECT: Final = "subject"
SHOWN_OPEN: Final = frozenset(
    {
        "index", "id", "recordedAt", "kind", "controller", "client", "activity", "outcome", SUBJECT, "retention",
    }
)  # fmt: skip
SHOWN_SEALED: Final = frozenset(
    {
        "activity", "advice", "advisedBy", "asked", "attributes", "basis", "caseId", "changedBy", "consentIds", "count", "disclosed", "emergencyId", "entries", "entryIndex", "first",
        "formId", "formVersion", "ground", "keptBy", "kinds", "last", "legalGround", "mandateId", "orderedBy", "policyRevision", "prefillId", "proof", "purpose",
        "reason", "register", "representedBy", "role", "root", "since", "sources", "trigger", "until", "validUntil", "withheld",
        "@number", "@previous", "deferralBasis", "deferredUntil", "revealedAt", "revealedId", "revealedIndex", "revealedKind", "revealedLeaf",
    }
)  # fmt: skip
"""The sealed fields that a subject may open: what their lines show. Who acted, or approved, as a person, stays closed."""


_COUNTED: Final = frozenset({"@number", "@previous"})
"""Of a line that was shown later these stay closed: they would tell how many others are not shown yet."""


_REASON: Final = "reason"
"""What an official wrote. A field is opened whole or not at all: where it may name somebody else it stays closed."""


@dataclass(frozen=True, slots=True)
class PublishedKeys:
    """The keys that a proof is checked with.

    Attributes:
        log: verifier keys of the log's checkpoints, the present one first.
        witnesses: verifier keys of the witnesses.
        quorum: how many of them have to have cosigned.
        handles: of subjects' handles: SubjectPublicKeyInfo in DER.
    """

    log: tuple[str, ...]
    witnesses: tuple[str, ...]
    quorum: int
    handles: bytes

    def pinned(self) -> dict[str, Any]:
        """The keys as the page `verify.html` has them."""
        return {**self.told(), "quorum": self.quorum}

    def told(self) -> dict[str, Any]:
        """The keys as a proof has them."""
        return {
            "log": list(self.log),
            "witnesses": list(self.witnesses),
            "handles": b64encode(self.handles).decode(),
        }


class LineProofs:
    """Makes proofs for subjects."""

    def __init__(
        self,
        prover: Prover,
        journal: Journal,
        keys: Callable[[], PublishedKeys],
        completeness: CompletenessProver,
    ) -> None:
        self._prover, self._journal, self._keys = prover, journal, keys
        self._completeness = completeness

    def of(self, line: Line, subject: Identifier, fields: Collection[str] | None) -> dict[str, Any]:
        """The proof of a line that this subject may read. Blocking; call it in a thread.

        Args:
            line: theirs, or a reading of many that they were among.
            subject: to prove that the handle is theirs, where it is shown.
            fields: what is opened; None: all that may be.

        Raises:
            NotSignedYet: it can be proven in a moment.
            NotRecorded: the log cannot be read.
        """
        opened = SHOWN_OPEN | SHOWN_SEALED if fields is None else frozenset(fields)
        later = line.subject == self._journal.subject_later(subject)
        if later:
            opened -= _COUNTED
        words = (line.details or {}).get(_REASON)
        if masked(words) != words:
            opened -= {_REASON}
        try:
            proof = self._prover.prove(line.index, opened)
        except NotSigned:
            raise NotSignedYet("no checkpoint counts this line yet") from None
        except LogUnavailable:
            raise NotRecorded("the usage log cannot be read") from None
        if proof is None:
            raise NotRecorded("the line is gone")
        proof["keys"] = self._keys().told()
        if SUBJECT in opened and (later or line.subject == self._journal.subject(subject)):
            proof["handle"] = self._handle(subject, later=later)
        return proof

    def of_all(self, subject: Identifier, *, before: int | None, most: int) -> dict[str, Any]:
        """The proof that the lines of a subject are all of theirs, as far as the map counts them. Blocking; call it in a thread.

        Args:
            subject: to whom it goes.
            before: only lines with a smaller index are shown: `next` of the proof before.
            most: the most lines that are shown.

        Raises:
            NotSignedYet: there is no map yet, or it is not signed.
            NotRecorded: the log cannot be read.
        """
        try:
            proof = self._completeness.prove(self._journal.subject(subject), before=before, most=most)
        except NotSigned:
            raise NotSignedYet("there is no signed map yet") from None
        except LogUnavailable:
            raise NotRecorded("the usage log cannot be read") from None
        return proof | {"keys": self._keys().told(), "handle": self._handle(subject)}

    def _handle(self, subject: Identifier, *, later: bool = False) -> dict[str, str]:
        signature = (self._journal.subject_later_proof if later else self._journal.subject_proof)(subject)
        return {
            "room": SHOWN_LATER if later else "audit",
            "scheme": subject.scheme,
            "proof": b64encode(signature).decode(),
        }


def check_fields(fields: Collection[str]) -> None:
    """Refuse a name that a subject may not open, or that no line has.

    Raises:
        RequestInvalid: saying so.
    """
    if not frozenset(fields) <= SHOWN_OPEN | SHOWN_SEALED:
        detail = "names a field that a line does not have, or that stays closed"
        raise RequestInvalid(Fault("fields", detail, where="query"))
