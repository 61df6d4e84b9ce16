"""How often somebody may come: a bounded memory of moments, one for each who came (the generic cell rate algorithm, ITU-T I.371).

Who may come n times a second has up to a burst of turns at hand, and one more each 1/n seconds. One number says it all: the moment at which all turns are back.
"""

import ipaddress
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from threading import Lock


@dataclass(frozen=True, slots=True)
class Rate:
    """So many turns a second; and how many there are at hand for who has not come for a while."""

    per_s: float
    burst: float


class Turns:
    """Counts turns. Whoever came longest ago is forgotten past `size`.

    Args:
        size: how many are remembered.
        clock: monotonic, in seconds.
    """

    def __init__(self, size: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._size, self._clock = size, clock
        self._back_at: OrderedDict[Hashable, float] = OrderedDict()
        self._lock = Lock()

    def take(self, who: Hashable, rate: Rate) -> float:
        """Take a turn, if there is one.

        Returns:
            0.0 where it was taken; else in how many seconds there is one.
        """
        now = self._clock()
        with self._lock:
            back = max(self._back_at.get(who, now), now) + 1 / rate.per_s
            wait = back - now - rate.burst / rate.per_s
            if wait > 1e-9:
                return wait
            self._back_at[who] = back
            self._back_at.move_to_end(who)
            if len(self._back_at) > self._size:
                self._back_at.popitem(last=False)
        return 0.0

    def wait(self, who: Hashable, rate: Rate) -> float:
        """In how many seconds there is a turn; 0.0: now. None is taken."""
        now = self._clock()
        with self._lock:
            back = max(self._back_at.get(who, now), now)
        return max(back + (1 - rate.burst) / rate.per_s - now, 0.0)

    def __len__(self) -> int:
        """How many are remembered."""
        return len(self._back_at)


def network_of(address: str) -> str:
    """What of an address tells one caller from another: of IPv6 the first 64 bits, for who has one of them has them all."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv4Address):
        return str(found)
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(ipaddress.ip_network((found, 64), strict=False).network_address)
