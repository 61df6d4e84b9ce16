"""One OpenAPI document per audience, in version 3.0 as the Belgif guide asks.

FastAPI writes 3.1. What our models use of 3.1 is little (a type that may be null, `const`, `examples`), and is turned back here.
"""

from collections.abc import Sequence
from typing import Any, Final

import yaml
from fastapi import APIRouter, Response
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute

from hub.api.guards import EVALUATE_SCOPE, PREFILL_SCOPE, NoQuery, Open
from hub.api.json import answer
from hub.api.replies.base import Problem

_SCOPES: Final[dict[str, dict[str, str]]] = {
    "prefill": {PREFILL_SCOPE: "Prefill forms"},
    "access": {EVALUATE_SCOPE: "Ask what the rules would say"},
}


def _of_clients(scopes: dict[str, str]) -> dict[str, Any]:
    return {
        "type": "oauth2",
        "description": "Client credentials at the hub: private_key_jwt or client secret",
        "flows": {"clientCredentials": {"tokenUrl": "/oauth2/token", "scopes": scopes}},
    }


_SECURITY: Final[dict[str, dict[str, Any]]] = {
    **{audience: _of_clients(scopes) for audience, scopes in _SCOPES.items()},
    "citizen": {
        "type": "http", "scheme": "bearer", "bearerFormat": "at+jwt",
        "description": "An access token of the people's login",
    },
    "dpo": {
        "type": "http", "scheme": "bearer", "bearerFormat": "at+jwt",
        "description": "An access token of the people's login that says whose data protection officer the person is",
    },
}  # fmt: skip
_WITH_SESSION: Final = frozenset({"citizen", "dpo"})
_SESSION: Final[dict[str, dict[str, Any]]] = {
    "session": {
        "type": "apiKey", "in": "cookie", "name": "__Host-onlyonce",
        "description": "The cookie of somebody who logged in at /login. An Authorization header beside it counts alone",
    },
    "csrf": {
        "type": "apiKey", "in": "header", "name": "X-CSRF-Token",
        "description": "The session's token, which GET /session gives: for all that changes something, from a page of the hub",
    },
}  # fmt: skip
PROBLEM: Final[dict[int | str, dict[str, Any]]] = {
    "default": {
        "description": "A problem, as the Belgif REST guide defines them",
        "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
}


def document(
    audience: str, title: str, routes: Sequence[APIRoute], *, server: str, version: str
) -> dict[str, Any]:
    """The OpenAPI 3.0 document of one audience.

    Args:
        audience: one of `hub.main.AUDIENCES`; where it needs no token, its operations say so by an empty `security`.
        title: of the document.
        routes: of the audience.
        server: what their paths start with; the document's are relative to it.
        version: of the hub.
    """
    made = get_openapi(
        title=title, version=version, routes=routes, openapi_version="3.1.0", servers=[{"url": server}]
    )
    made["openapi"] = "3.0.3"
    made["paths"] = {path.removeprefix(server): operations for path, operations in made["paths"].items()}
    schemas = made.setdefault("components", {}).setdefault("schemas", {})
    schemas |= _problem_schemas()
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    security: list[dict[str, list[str]]] = []
    if audience in _SECURITY:
        made["components"]["securitySchemes"] = {audience: _SECURITY[audience]}
        security = [{audience: sorted(_SCOPES.get(audience, ()))}]
    if audience in _WITH_SESSION:
        made["components"]["securitySchemes"] |= _SESSION
    for operations in made["paths"].values():
        for method, operation in operations.items():
            operation["security"] = [*security, *_by_session(audience, method)]
            operation["responses"].pop("422", None)
            if "requestBody" in operation:
                operation["requestBody"]["required"] = True
    return dict(_to_3_0(made))


def _by_session(audience: str, method: str) -> list[dict[str, list[str]]]:
    """How else one gets in: with a session."""
    if audience not in _WITH_SESSION:
        return []
    return [{"session": []} if method == "get" else {"session": [], "csrf": []}]


def _problem_schemas() -> dict[str, Any]:
    schema = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    return {**schema.pop("$defs"), "Problem": schema}


def _to_3_0(node: Any) -> Any:
    if isinstance(node, list):
        return [_to_3_0(item) for item in node]
    if not isinstance(node, dict):
        return node
    kept = {name: _to_3_0(value) for name, value in node.items()}
    choices = kept.get("anyOf")
    if isinstance(choices, list) and {"type": "null"} in choices:
        # A null is never sent nor admitted: a member without a value is left out.
        del kept["anyOf"]
        (choice,) = [one for one in choices if one != {"type": "null"}]
        kept = (
            {**choice, **{k: v for k, v in kept.items() if k != "default"}}
            if "$ref" not in choice
            else {"allOf": [choice]}
        )
    for bound, limit in (("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")):
        if isinstance(kept.get(bound), int | float) and not isinstance(kept[bound], bool):
            kept |= {limit: kept[bound], bound: True}  # in 3.0 it says of the limit that it is not reached
    if "const" in kept and "enum" not in kept:
        kept["enum"] = [kept.pop("const")]
    return kept


def documentation(made: dict[str, Any]) -> APIRouter:
    """Routes that serve a document, as YAML and as JSON."""
    router = APIRouter()
    as_yaml = yaml.safe_dump(made, sort_keys=False, allow_unicode=True).encode()

    @router.get("/doc/openapi.yaml", include_in_schema=False, dependencies=[Open, NoQuery])
    async def openapi_yaml() -> Response:
        """Give the document of this audience, as YAML."""
        return Response(as_yaml, media_type="application/yaml")

    @router.get("/doc/openapi.json", include_in_schema=False, dependencies=[Open, NoQuery])
    async def openapi_json() -> Response:
        """Give the document of this audience, as JSON."""
        return answer(made)

    return router
