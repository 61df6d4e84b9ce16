"""The token endpoint of clients (OAuth 2.0 client credentials, RFC 6749) and the keys that check what the hub signs."""

from typing import Any, Final
from urllib.parse import parse_qsl

from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool

from hub.api.client_cert import certificate_in
from hub.api.guards import CONSENTS_SCOPE, EVALUATE_SCOPE, PREFILL_SCOPE, NoQuery, Open, parts_of
from hub.api.json import answer
from hub.identity import ClientRefused, ClientRevoked
from hub.settings import Settings

router = APIRouter()
_GRANT: Final = "client_credentials"
_METHODS: Final = ["private_key_jwt", "client_secret_basic", "client_secret_post"]


@router.post(
    "/oauth2/token", operation_id="createToken", include_in_schema=False, dependencies=[Open, NoQuery]
)
async def create_token(request: Request) -> Response:
    """Give a client that proves who it is (by `private_key_jwt`, a secret or a certificate) a short-lived access token."""
    parts = parts_of(request)
    form = _form(await request.body())
    shown = request.headers.getlist("authorization")
    if form is None or "grant_type" not in form or len(shown) > 1:
        return _error("invalid_request", "a parameter is missing, unreadable or given twice")
    if form["grant_type"] != _GRANT:
        return _error("unsupported_grant_type", f"only {_GRANT} is offered")
    try:
        client = await run_in_threadpool(
            parts.clients.authenticate, form, shown[0] if shown else None, address=address_of(request),
            certificate=certificate_in(request.scope["headers"]),
        )  # fmt: skip
        await parts.revoked.check(client.client_id)
    except (ClientRefused, ClientRevoked):
        return _error("invalid_client", "the client could not be authenticated", 401)
    audience = form.get("resource", parts.settings.prefill_audience)
    offered = audiences(parts.settings).get(audience)
    if offered is None:
        return _error("invalid_target", "there is no such resource")
    allowed = offered & parts.catalogue.clients[client.client_id].scopes
    scopes = frozenset(form["scope"].split()) if "scope" in form else _default(allowed)
    if not scopes or not scopes <= allowed:
        return _error("invalid_scope", "a scope is not offered, or not to this client")
    issued = parts.tokens.issue(client.client_id, scopes, audience, bound_to=client.bound_to)
    return answer(
        {
            "access_token": issued.token,
            "token_type": "Bearer",
            "expires_in": issued.expires_in,
            "scope": " ".join(sorted(scopes)),
        }
    )


def audiences(settings: Settings) -> dict[str, frozenset[str]]:
    """The resources for which there are tokens (RFC 8707), and which scopes open something there."""
    return {
        settings.prefill_audience: frozenset({PREFILL_SCOPE, EVALUATE_SCOPE, CONSENTS_SCOPE}),
        settings.access_audience: frozenset({EVALUATE_SCOPE}),
    }


def _default(allowed: frozenset[str]) -> frozenset[str]:
    """The scopes of who names none (RFC 6749, section 3.3): to prefill, or what else there is for them."""
    return frozenset({PREFILL_SCOPE}) if PREFILL_SCOPE in allowed else allowed


def address_of(request: Request) -> str:
    """Where a request came from: the proxy, if there is one."""
    return request.client.host if request.client is not None else ""


def _form(body: bytes) -> dict[str, str] | None:
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, strict_parsing=True, max_num_fields=20)
    except ValueError:
        return None
    form = dict(pairs)
    return form if len(form) == len(pairs) else None


def _error(code: str, description: str, status: int = 400) -> Response:
    reply = answer({"error": code, "error_description": description}, status)
    if status == 401:  # RFC 6749, section 5.2
        reply.headers["WWW-Authenticate"] = 'Basic realm="onlyonce"'
    return reply


@router.get("/.well-known/oauth-authorization-server", include_in_schema=False, dependencies=[Open, NoQuery])
async def metadata(request: Request) -> Response:
    """Authorization server metadata (RFC 8414)."""
    return answer(described(parts_of(request).settings))


def described(settings: Settings) -> dict[str, Any]:
    """The metadata: there is no authorization endpoint, for no person logs in here, and so there are no response types."""
    base = settings.public_url
    return {
        "issuer": base,
        "token_endpoint": f"{base}/oauth2/token",
        "jwks_uri": f"{base}/oauth2/jwks",
        "scopes_supported": sorted(frozenset().union(*audiences(settings).values())),
        "response_types_supported": [],
        "grant_types_supported": [_GRANT],
        "token_endpoint_auth_methods_supported": [
            *_METHODS,
            *(["tls_client_auth"] if settings.proxies else []),
        ],
        "token_endpoint_auth_signing_alg_values_supported": ["ES256", "EdDSA", "RS256", "PS256"],
        "tls_client_certificate_bound_access_tokens": bool(settings.proxies),
    }


@router.get("/oauth2/jwks", include_in_schema=False, dependencies=[Open, NoQuery])
async def jwks(request: Request) -> Response:
    """The public keys that check access tokens, prefill receipts and consent receipts."""
    return answer(parts_of(request).public_keys())
