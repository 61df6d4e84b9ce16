"""The application: routers over the parts that `assembly` put together, behind the door."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version
from typing import Final

from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute
from starlette.types import ASGIApp

from hub.api import (
    authzen,
    citizen,
    consent_requests,
    consents,
    dpo,
    health,
    log,
    login,
    mandates,
    oauth,
    openapi,
    prefill,
    problems,
    verifier,
)
from hub.api.door import Door
from hub.api.portal_usage import PortalDoor
from hub.assembly import assemble
from hub.settings import Settings


def _joined(*routers: APIRouter) -> APIRouter:
    """Routers of one audience as one."""
    whole = APIRouter(prefix=routers[0].prefix)
    for router in routers:
        whole.routes.extend(router.routes)
    return whole


AUDIENCES: Final[dict[str, tuple[str, APIRouter]]] = {
    "prefill": ("Onlyonce: prefill forms", _joined(prefill.router, consent_requests.router)),
    "access": ("Onlyonce: what the rules say (OpenID AuthZEN 1.0)", authzen.router),
    "citizen": (
        "Onlyonce: my data usage and my consents",
        _joined(citizen.router, consents.router, mandates.router),
    ),
    "dpo": ("Onlyonce: the usage log for data protection officers", dpo.router),
    "log": ("Onlyonce: the tree of the usage log", log.router),
}
OTHERS: Final[tuple[APIRouter, ...]] = (
    health.router,
    oauth.router,
    login.router,
    verifier.router,
    authzen.discovery,
)
"""Of no audience: no document describes them."""


def create_app(settings: Settings) -> ASGIApp:
    """The hub as an ASGI application.

    Raises:
        CatalogueInvalid, PolicyInvalid, KeysUnusable, SchemaOutOfDate: it refuses to start, and says why.
    """
    house = assemble(settings)

    @asynccontextmanager
    async def running(_: FastAPI) -> AsyncIterator[None]:
        await house.start()
        try:
            yield
        finally:
            await house.close()

    app = FastAPI(
        # Logs are off: FastAPI would export the text of exceptions.
        telemetry={"logs": False}, lifespan=running, openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False,
    )  # fmt: skip
    app.state.parts = house.parts
    problems.install(app)
    for audience, (title, router) in AUDIENCES.items():
        routes = [route for route in router.routes if isinstance(route, APIRoute)]
        made = openapi.document(audience, title, routes, server=router.prefix, version=version("onlyonce"))
        # Taken over, not included: FastAPI looks twice for a route of an included router, at each request.
        app.router.routes.extend(routes)
        app.include_router(openapi.documentation(made), prefix=router.prefix)
    for router in OTHERS:
        app.include_router(router)
    door = Door(app, max_body_bytes=settings.max_body_bytes, proxies=settings.proxies)
    if house.parts.portals is None:
        return door
    usage, portals = house.parts.portals
    return PortalDoor(
        door, usage, portals=portals, proxies=settings.proxies, health=house.parts.health,
        admit_test_numbers=settings.admit_test_numbers,
    )  # fmt: skip
