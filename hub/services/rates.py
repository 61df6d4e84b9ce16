"""How many requests a client may make in a second to this hub. Each replica counts for itself."""

import math
from typing import Final

from hub.catalogue import Catalogue
from hub.identity import Rate, Turns
from hub.services.errors import TooMany

_REMEMBERED: Final = 10_000


class ClientRates:
    """The rates of all clients.

    Args:
        catalogue: says which clients have a rate of their own.
        default: requests a second of all others.
    """

    def __init__(self, catalogue: Catalogue, default: int) -> None:
        self._turns, self._default = Turns(_REMEMBERED), Rate(default, default)
        self._own = {
            one.id: Rate(one.rate_limit, one.rate_limit)
            for one in catalogue.clients.values()
            if one.rate_limit
        }

    def admit(self, client: str) -> None:
        """Let a client's request pass. A second's worth may come at once.

        Raises:
            TooMany: it comes too often; when there is another turn.
        """
        rate = self._own.get(client, self._default)
        wait = self._turns.take(client, rate)
        if wait:
            raise TooMany("the client asks too often", limit=int(rate.per_s), retry_after_s=math.ceil(wait))
