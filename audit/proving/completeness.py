"""A proof of completeness: "so many entries are all of yours up to then", or "there is none". docs/log-format.md specifies the file.

It leads from what the map says of a subject to the root that an entry tells, from there to a signed checkpoint, and from the subject's last entry
back through the chain to the first. It is for the subject alone. Checking one needs no database and no connection.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from pydantic_core import from_json

from audit.entries.leaf import NUMBER, PREVIOUS
from audit.errors import ProofInvalid
from audit.proving.bundle import Bundle, ShownLine, read_bundle, read_line
from audit.proving.form import Json, check_tables, decoded, encoded, read_form
from audit.subject_map.building import MAP_ROOT
from audit.subject_map.hashing import SALT, Content
from audit.subject_map.proof import MapProof
from audit.tree.merkle import HASH_SIZE

FORMAT: Final = "onlyonce/completeness/v1"
TOLD: Final = ("index", "kind", "state", "size", "root")
"""The fields of the entry that tells the map, which the proof opens."""
SHOWN: Final = ("index", "recordedAt", "kind", "controller", "subject", NUMBER, PREVIOUS)
"""The fields of each of the subject's entries that it opens."""

_MEMBERS: Final = frozenset({"format", "subject", "told", "siblings", "lines"})
_MAY: Final = frozenset({"content", "before", "next", "keys", "handle"})
_LINE: Final = frozenset({"openFields", "sealedDigest", "leaf"})
_LINE_MAY: Final = frozenset({"sealedFields", "inclusion"})
_CONTENT: Final = frozenset({"state", "salt", "entries", "lastLeaf"})
_LARGEST_NUMBER: Final = 10**18


@dataclass(frozen=True, slots=True)
class Completeness:
    """A proof of completeness that was read and holds as far as it can be checked without any key.

    Attributes:
        subject: the handle.
        size: the first so many entries of the log are counted.
        entries: how many of them are the subject's.
        told_at: the index of the entry that tells so.
        lines: those of the subject's entries that are shown, newest first.
        unreadable: how many of these have no key any more: that they are the subject's is in the open.
        older: how many there are before them; None where no line that is shown says so.
        all_shown: whether all of them are shown.
        bundles: whose checkpoints are to be checked, `audit.proving.trust.check_signatures`.
        keys, handle: as those of `Bundle`.
    """

    subject: str
    size: int
    entries: int
    told_at: int
    lines: tuple[ShownLine, ...] = field(repr=False)
    unreadable: int
    older: int | None
    all_shown: bool
    bundles: tuple[Bundle, ...] = field(repr=False)
    keys: Mapping[str, Any]
    handle: Mapping[str, str] | None = field(repr=False)


def write_map(proof: MapProof) -> Json:
    """What the map says, as the file has it."""
    siblings = [{"level": level, "hash": encoded(one)} for level, one in sorted(proof.siblings.items())]
    content = proof.content
    if content is None:
        return {"siblings": siblings}
    written = {
        "state": content.state, "salt": encoded(content.salt), "entries": content.entries,
        "lastLeaf": encoded(content.last_leaf),
    }  # fmt: skip
    return {"content": written, "siblings": siblings}


def read_completeness(text: str) -> Completeness:
    """Read a proof of completeness, and check all of it that needs no key.

    Raises:
        ProofInvalid: it is not one, or was altered, or lines are missing; says which part does not hold.
    """
    proof = _parse(text)
    telling = _embedded(proof["told"])
    size, root = _told(telling)
    content = _content(proof.get("content"))
    if not MapProof(content, _siblings(proof["siblings"])).holds(proof["subject"], root):
        raise ProofInvalid("map", "the map that was told does not say this of the subject")
    chain = _Chain(proof["subject"], size, content, proof.get("before"))
    for given in proof["lines"]:
        chain.add(given)
    chain.close(more="next" in proof)
    return Completeness(
        subject=proof["subject"],
        size=size,
        entries=content.entries if content is not None else 0,
        told_at=telling.index,
        lines=tuple(chain.lines),
        unreadable=sum(line.is_sealed for line in chain.lines),
        older=chain.left,
        all_shown="before" not in proof and "next" not in proof,
        bundles=(telling, *chain.bundles),
        keys=proof.get("keys") or {},
        handle=proof.get("handle"),
    )


class _Chain:
    """The subject's entries from the last to the first: each names the one before it."""

    def __init__(self, subject: str, size: int, content: Content | None, before: object) -> None:
        self._subject = subject.encode()
        self.lines: list[ShownLine] = []
        self.bundles: list[Bundle] = []
        self._below, self._expected, self._left = size, None if content is None else content.last_leaf, 0
        if content is not None:
            self._left = content.entries
        self._is_numbered = before is None
        if before is not None:
            self._below, self._expected = min(size, _number(before, "before")), None

    @property
    def left(self) -> int | None:
        """How many lines come before those that were taken; None where none of them says so."""
        return self._left if self._is_numbered else None

    def add(self, given: object) -> None:
        """Take the next line.

        Raises:
            ProofInvalid: it is not the one that comes next.
        """
        line = self._read(given)
        what = f"line {line.index}"
        if line.opened.get("subject") != self._subject or line.index >= self._below:
            raise ProofInvalid("chain", f"{what} is not one of the subject's, or not in its place")
        number = self._number_of(line, what)
        if self._left < 1 or (number is not None and not self._fits(number)):
            raise ProofInvalid("chain", f"{what}: lines after it are missing, or were added")
        if number is not None:
            self._left, self._is_numbered = number + 1, True
        self._left -= 1
        self._below, self._expected = line.index, self._previous(line, number, what)
        self.lines.append(line)

    def close(self, *, more: bool) -> None:
        """All lines were taken; there are `more` in another file.

        Raises:
            ProofInvalid: lines are missing.
        """
        if more != (self._left > 0) and self._is_numbered:
            raise ProofInvalid("chain", f"{self._left} lines are missing at the end")

    def _fits(self, number: int) -> bool:
        return number == self._left - 1 if self._is_numbered else number < self._left

    def _read(self, given: object) -> ShownLine:
        if not isinstance(given, dict) or not _LINE <= set(given) <= _LINE | _LINE_MAY:
            raise ProofInvalid("form", "`lines` holds what is no line")
        line = read_line({name: part for name, part in given.items() if name != "inclusion"})
        if "inclusion" in given:
            self.bundles.append(_embedded({"format": "onlyonce/proof/v1", **given}))
        elif self._expected is None:
            raise ProofInvalid("chain", f"nothing shows that line {line.index} is in the log")
        if self._expected is not None and line.leaf != self._expected:
            raise ProofInvalid(
                "chain", f"line {line.index} is not the one that comes next in the subject's chain"
            )
        return line

    @staticmethod
    def _number_of(line: ShownLine, what: str) -> int | None:
        if line.is_sealed:
            return None
        value = line.sealed.get(NUMBER, b"")
        if not value.isdigit() or len(value) > 18 or PREVIOUS not in line.sealed:
            raise ProofInvalid("chain", f"{what} does not show its place in the subject's chain")
        return int(value)

    @staticmethod
    def _previous(line: ShownLine, number: int | None, what: str) -> bytes | None:
        """The leaf of the line that has to come next; None where nothing says which."""
        if number is None:
            return None
        previous = line.sealed[PREVIOUS]
        if len(previous) != (HASH_SIZE if number else 0):
            raise ProofInvalid("chain", f"{what} names no line before it, or is the first and names one")
        return previous


def _parse(text: str) -> Json:
    proof = read_form(text, FORMAT)
    _check_members(proof)
    return proof


def _check_members(proof: Json) -> None:
    if not _MEMBERS <= set(proof) <= _MEMBERS | _MAY:
        raise ProofInvalid("form", "the proof has not the members that it should have")
    subject = proof["subject"]
    if not isinstance(subject, str) or not subject.isascii() or not subject.isalnum():
        raise ProofInvalid("form", "`subject` is not a handle")
    for name in ("siblings", "lines"):
        if not isinstance(proof[name], list):
            raise ProofInvalid("form", f"`{name}` is not a list")
    if "next" in proof:
        _number(proof["next"], "next")
    check_tables(proof)


def _embedded(given: object) -> Bundle:
    return read_bundle(json.dumps(given))


def _told(telling: Bundle) -> tuple[int, bytes]:
    """The size and the root of the map that an entry tells."""
    try:
        size, root = from_json(telling.sealed["size"]), bytes.fromhex(from_json(telling.sealed["root"]))
    except (KeyError, ValueError, TypeError):
        raise ProofInvalid("map", "the entry does not tell a map") from None
    if telling.opened.get("kind") != MAP_ROOT.encode() or type(size) is not int:
        raise ProofInvalid("map", "the entry does not tell a map")
    if not 0 < size <= telling.index or len(root) != HASH_SIZE:
        raise ProofInvalid("map", "the entry does not tell a map of the entries before it")
    return size, root


def _content(given: object) -> Content | None:
    if given is None:
        return None
    if not isinstance(given, dict) or set(given) != _CONTENT:
        raise ProofInvalid("form", "`content` is not what a map says")
    entries = _number(given["entries"], "content")
    if entries < 1:
        raise ProofInvalid("form", "`content` counts no entry")
    return Content(
        state=_number(given["state"], "content"),
        salt=decoded(given["salt"], SALT, "content"),
        entries=entries,
        last_leaf=decoded(given["lastLeaf"], HASH_SIZE, "content"),
    )


def _siblings(given: Sequence[object]) -> dict[int, bytes]:
    found: dict[int, bytes] = {}
    for one in given:
        if not isinstance(one, dict) or set(one) != {"level", "hash"}:
            raise ProofInvalid("form", "`siblings` holds what is no hash beside the way")
        level = _number(one["level"], "siblings")
        if level in found:
            raise ProofInvalid("form", "`siblings` holds two hashes of one level")
        found[level] = decoded(one["hash"], HASH_SIZE, "siblings")
    return found


def _number(given: object, where: str) -> int:
    if type(given) is not int or not 0 <= given < _LARGEST_NUMBER:
        raise ProofInvalid("form", f"`{where}` holds what is no number")
    return given
