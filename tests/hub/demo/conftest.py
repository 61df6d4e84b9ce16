"""The demo's sources and login, served on real sockets."""

from collections.abc import AsyncIterator

import aiohttp
import pytest

from hub.demo.asgi import serving
from hub.demo.people import Population, population
from hub.demo.sources import SOURCES, source_app


@pytest.fixture(scope="session")
def people() -> Population:
    """The demo's people."""
    return population()


@pytest.fixture
async def sources(people: Population) -> AsyncIterator[dict[str, str]]:
    """The address of each source."""
    async with serving([(source_app(source, people), 0) for source in SOURCES]) as ports:
        yield {source: f"http://127.0.0.1:{port}" for source, port in zip(SOURCES, ports, strict=True)}


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    """An HTTP client."""
    async with aiohttp.ClientSession() as opened:
        yield opened
