"""That something is done within a time, told from a machine that stood still."""

from collections.abc import Awaitable, Callable

TRIES = 3


async def in_time(within: float, attempt: Callable[[], Awaitable[float]]) -> None:
    """Fail if none of three attempts, each of which gives the seconds that it took, took less."""
    took: list[float] = []
    while len(took) < TRIES:
        took.append(await attempt())
        if took[-1] < within:
            return
    raise AssertionError(f"not within {within} s: {took}")
