"""Decisions that were given, by the exact question: asked again word for word, its time included, the answer is the same.

That holds because a policy can reach for nothing but its input (`policies.screen` sees to it). Whoever accepts another revision of
the policies starts with an empty memory.
"""

from policies.decisions import Decision

MOST = 1024
"""Decisions that are remembered at most; then all are forgotten at once, which costs less than to tell old ones from young."""


class Remembered:
    """The last thousand or so decisions of one revision."""

    def __init__(self) -> None:
        """Know nothing yet."""
        self._known: dict[bytes, Decision] = {}

    def __len__(self) -> int:
        """How many decisions are remembered."""
        return len(self._known)

    def get(self, question: bytes) -> Decision | None:
        """The decision on this question, written as JSON; `None` if it was not asked lately."""
        return self._known.get(question)

    def put(self, question: bytes, decision: Decision) -> None:
        """Remember a decision."""
        if len(self._known) >= MOST:
            self._known.clear()
        self._known[question] = decision

    def clear(self) -> None:
        """Forget all."""
        self._known.clear()
