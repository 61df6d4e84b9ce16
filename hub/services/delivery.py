"""How late an answer may leave that rests on a grant, and how long a withdrawal waits for it: docs/decisions/0005-late-answers.md."""

from typing import Final

DELIVERY_WINDOW_S: Final = 0.15
"""An answer that rests on a grant is with the operating system within this time of asking for its commit, or is dropped."""

WITHDRAWAL_WAIT_S: Final = 0.25
"""A withdrawal is shown to nobody until this time after its commit. What it is longer than the window is the margin for a stall of a process."""

CLIENT_WINDOW_S: Final = 2.0
"""As `DELIVERY_WINDOW_S`, for an answer that rests on nothing but its client's not being revoked: every answer does, so a slow commit drops none."""

REVOCATION_WAIT_S: Final = 2.5
"""As `WITHDRAWAL_WAIT_S`, for the revocation of a client."""
