"""Proofs of single lines, for those whom they are about: what they read in the line is what they can show to others."""

from base64 import b64encode
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Final

from audit import Line, LogUnavailable, NotSigned, Prover
from connectors import Identifier
from hub.services.entries import Journal
from hub.services.errors import Fault, NotRecorded, NotSignedYet, RequestInvalid

SUBJECT: Final = "subject"
SHOWN_OPEN: Final = frozenset(
    {
        "index", "id", "recordedAt", "kind", "controller", "client", "activity", "outcome", SUBJECT, "retention",
    }
)  # fmt: skip
SHOWN_SEALED: Final = frozenset(
    {
        "activity", "asked", "attributes", "caseId", "consentIds", "count", "disclosed", "emergencyId", "entryIndex", "first",
        "formId", "formVersion", "kinds", "last", "legalGround", "orderedBy", "policyRevision", "prefillId", "proof", "purpose",
        "reason", "representedBy", "role", "root", "since", "sources", "trigger", "until", "validUntil", "withheld",
        "@number", "@previous",
    }
)  # fmt: skip
"""The sealed fields that a subject may open: what their lines show. Who acted, or approved, as a person, stays closed."""


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

    def __init__(self, prover: Prover, journal: Journal, keys: PublishedKeys) -> None:
        self._prover, self._journal, self._keys = prover, journal, keys

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
        try:
            proof = self._prover.prove(line.index, opened)
        except NotSigned:
            raise NotSignedYet("no checkpoint counts this line yet") from None
        except LogUnavailable:
            raise NotRecorded("the usage log cannot be read") from None
        if proof is None:
            raise NotRecorded("the line is gone")
        proof["keys"] = self._keys.told()
        if SUBJECT in opened and line.subject == self._journal.subject(subject):
            signature = self._journal.subject_proof(subject)
            proof["handle"] = {
                "room": "audit", "scheme": subject.scheme, "proof": b64encode(signature).decode()
            }  # fmt: skip
        return proof


def check_fields(fields: Collection[str]) -> None:
    """Refuse a name that a subject may not open, or that no line has.

    Raises:
        RequestInvalid: saying so.
    """
    if not frozenset(fields) <= SHOWN_OPEN | SHOWN_SEALED:
        detail = "names a field that a line does not have, or that stays closed"
        raise RequestInvalid(Fault("fields", detail, where="query"))
