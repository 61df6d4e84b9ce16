"""Whether the hub can do its job: `UP`, `DEGRADED` (some source does not answer) or `DOWN` (nothing can be disclosed)."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, Literal

Status = Literal["UP", "DEGRADED", "DOWN"]
_PATIENCE_S: Final = 1.0


class Health:
    """Asks the parts that everything depends on, and those that only some fields depend on.

    Args:
        vital: without these nothing can be disclosed (the log's database, the policy engine).
        useful: without these some fields stay empty.
    """

    def __init__(
        self, vital: list[Callable[[], Awaitable[bool]]], useful: list[Callable[[], Awaitable[bool]]]
    ) -> None:
        self._vital, self._useful = vital, useful

    async def __call__(self) -> Status:
        """The state of the hub, within about a second."""
        if not await _all(self._vital):
            return "DOWN"
        return "UP" if await _all(self._useful) else "DEGRADED"


async def _all(checks: list[Callable[[], Awaitable[bool]]]) -> bool:
    return all(await asyncio.gather(*(_holds(check) for check in checks)))


async def _holds(check: Callable[[], Awaitable[bool]]) -> bool:
    try:
        return await asyncio.wait_for(check(), _PATIENCE_S)
    except Exception:  # noqa: BLE001 - whatever it is that fails, the part is not well
        return False
