"""Each client has its rate."""

from dataclasses import replace
from types import MappingProxyType

import pytest

from hub.services.errors import TooMany
from hub.services.rates import ClientRates
from tests.hub.services.conftest import House


async def test_a_client_that_comes_too_often_is_told_when_to_come_back(house: House) -> None:
    slow = replace(house.catalogue.clients["municipal-forms"], rate_limit=2)
    clients = {**house.catalogue.clients, slow.id: slow}
    rates = ClientRates(replace(house.catalogue, clients=MappingProxyType(clients)), 5)
    rates._turns._clock = lambda: 1000.0
    for client, at_once in ((slow.id, 2), ("grants-portal", 5), ("of another issuer", 5)):
        for _ in range(at_once):
            rates.admit(client)
        with pytest.raises(TooMany) as told:
            rates.admit(client)
        assert (told.value.limit, told.value.retry_after_s) == (at_once, 1)
