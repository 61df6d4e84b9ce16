"""How late an answer may leave that rests on a grant, and how long a withdrawal waits for it: docs/decisions/0005-late-answers.md."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final, Self

DELIVERY_WINDOW_S: Final = 0.15
"""An answer that rests on a grant is with the operating system within this time of asking for its commit, or is dropped."""

WITHDRAWAL_WAIT_S: Final = 0.25
"""A withdrawal is shown to nobody until this time after its commit. What it is longer than the window is the margin for a stall of a process."""

CLIENT_WINDOW_S: Final = 2.0
"""As `DELIVERY_WINDOW_S`, for an answer that rests on nothing but its client's not being revoked: every answer does, so a slow commit drops none."""

REVOCATION_WAIT_S: Final = 2.5
"""As `WITHDRAWAL_WAIT_S`, for the revocation of a client."""


@dataclass(frozen=True, slots=True)
class Leave:
    """Until when an answer may leave, and how it is recorded that it did not, or that nobody can say.

    Attributes:
        before: a reading of the monotonic clock.
        drop: records that it was not sent. Raises `NotRecorded`.
        late: records that it was sent, perhaps too late; told the seconds that were left before the write, and those too many after it. Raises as `drop`.
    """

    before: float
    drop: Callable[[], Awaitable[None]] = field(repr=False)
    late: Callable[[float, float], Awaitable[None]] = field(repr=False)

    @classmethod
    def recorded(cls, before: float, record: Callable[..., Awaitable[None]]) -> Self:
        """One that is recorded by `Journal.delivery`, of which everything but the kind was given already."""
        return cls(
            before,
            drop=lambda: record("deliveryDropped"),
            late=lambda left, over: record(
                "deliveryLate", leftMs=round(left * 1000), overMs=round(over * 1000)
            ),
        )
