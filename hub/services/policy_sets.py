"""The policy set of a revision: the active one, or one of the archive, which is trusted only as far as its hash goes."""

from collections.abc import Callable, Mapping
from typing import Final, Protocol

from policies import PolicyInvalid, PolicySet, policy_set

_REMEMBERED: Final = 8


class Archive(Protocol):
    """Gives the files of a revision."""

    def __call__(self, revision: str) -> Mapping[str, bytes] | None:
        """The files by path; None if it was never kept."""
        ...


class PolicySets:
    """Finds policy sets by revision. Blocking; call it in a thread.

    Args:
        active: gives the set that decides now; None where there is none at hand.
        archive: gives the files of a revision that was active once.
    """

    def __init__(self, active: Callable[[], PolicySet | None], archive: Archive) -> None:
        self._active, self._archive = active, archive
        self._remembered: dict[str, PolicySet] = {}

    def __call__(self, revision: str) -> PolicySet | None:
        """The set of a revision; None if it is nowhere, or if what is kept under its name is not it. The last sets are remembered."""
        known = self._remembered.get(revision)
        if known is None:
            known = self._find(revision)
            if known is not None:
                if len(self._remembered) >= _REMEMBERED:
                    self._remembered.clear()
                self._remembered[revision] = known
        return known

    def _find(self, revision: str) -> PolicySet | None:
        active = self._active()
        if active is not None and active.revision == revision:
            return active
        files = self._archive(revision)
        if files is None:
            return None
        try:
            found = policy_set(
                {name: content.decode() for name, content in files.items() if name.endswith(".rego")}
            )
        except (PolicyInvalid, UnicodeDecodeError):
            return None
        return found if found.revision == revision else None
