"""The policy set of a revision: the active one, or one of the archive, which is trusted only as far as its hash goes."""

from collections.abc import Callable, Mapping
from typing import Protocol

from policies import PolicyInvalid, PolicySet, policy_set


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

    def __call__(self, revision: str) -> PolicySet | None:
        """The set of a revision; None if it is nowhere, or if what is kept under its name is not it."""
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
