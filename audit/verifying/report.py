"""What a verification found."""

from dataclasses import dataclass

_MOST = 100


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is not as it was appended. `index` is the entry's, None where no entry can be named."""

    index: int | None
    what: str


@dataclass(frozen=True, slots=True)
class Report:
    """What a verification found.

    Attributes:
        size: entries seen.
        problems: a hundred at most. First those that name an entry by its own bytes or its absence, in the log's order; then
            those that name one by its key or its chain; then those that name none.
        readable: entries whose body was opened.
        forgotten: entries whose key was destroyed, as an entry says: one that was opened, or, without the keys, one that claims it.
        checkpoints: how many were checked.
        signed: the size of the last of them: entries after it are vouched for by nobody's signature yet.
        intents: consultations announced and not yet recorded.
        cosignatures: how many hold.
        cosigned: entries that the quorum of the witnesses which were named vouches for; 0 where none were.
    """

    size: int
    problems: tuple[Finding, ...]
    readable: int
    forgotten: int
    checkpoints: int
    signed: int
    intents: int
    cosignatures: int
    cosigned: int

    @property
    def ok(self) -> bool:
        """Whether nothing was found."""
        return not self.problems

    @property
    def first(self) -> Finding | None:
        """The first bad entry, or whatever else is wrong."""
        return self.problems[0] if self.problems else None


@dataclass(slots=True)
class Counts:
    """What a report tells beside problems, while it is counted: its attributes of the same names."""

    readable: int = 0
    forgotten: int = 0
    checkpoints: int = 0
    signed: int = 0
    intents: int = 0
    cosignatures: int = 0
    cosigned: int = 0


class Findings:
    """Collects problems, so that one which only follows from another never hides the row that was changed."""

    def __init__(self) -> None:
        self._found: tuple[list[Finding], ...] = ([], [], [])

    def add(self, index: int | None, what: str, *, follows: bool = False) -> None:
        """Note a problem. It `follows` where it may come from what happened to another row."""
        found = self._found[2 if index is None else int(follows)]
        if len(found) < _MOST:
            found.append(Finding(index, what))

    def named_before(self, size: int) -> bool:
        """Whether an entry was named, by its own bytes or its absence, among the first `size`."""
        return any(_at(one) < size for one in self._found[0])

    def first_within(self, first: int, end: int) -> int | None:
        """The first entry from `first` on and before `end` that was named by whatever."""
        named = (_at(one) for found in self._found[:2] for one in found)
        return min((index for index in named if first <= index < end), default=None)

    def ordered(self) -> tuple[Finding, ...]:
        """What names an entry by itself, then what names one by its key or chain, then the rest."""
        own, following, rest = self._found
        return (*sorted(own, key=_at), *sorted(following, key=_at), *rest)[:_MOST]


def _at(finding: Finding) -> int:
    return finding.index or 0
