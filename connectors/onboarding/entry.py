"""How an OpenAPI says that callers are let in."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from connectors.onboarding.json_schema import Located, mapping
from connectors.onboarding.shape import Entry

__all__ = ["entries"]

_MOST = 10


def entries(root: Located, operation: Located, follow: Callable[[Located], Located]) -> tuple[Entry, ...]:
    """What an operation asks of its callers: the first of the alternatives that it, or the whole contract, names."""
    wanted = operation.value.get("security", root.value.get("security"))
    first = next((one for one in wanted if mapping(one)), None) if isinstance(wanted, list) else None
    components = mapping(root.value.get("components")).get("securitySchemes")
    schemes = mapping(components or root.value.get("securityDefinitions"))
    found: list[Entry] = []
    for name, scopes in list(mapping(first).items())[:_MOST]:
        if name in schemes:
            scheme = mapping(follow(Located(schemes[name], root.path)).value)
            listed = scopes if isinstance(scopes, list) else []
            found += _entry(scheme, tuple(str(scope)[:200] for scope in listed[:_MOST]))
    return tuple(found)


def _entry(scheme: Mapping[Any, Any], scopes: tuple[str, ...]) -> Iterator[Entry]:
    kind = str(scheme.get("type"))
    if kind == "http":
        yield Entry(str(scheme.get("scheme")).lower())
    elif kind == "apiKey":
        yield Entry("apiKey", str(scheme.get("name"))[:100], str(scheme.get("in")))
    elif kind == "oauth2":
        flow = mapping(mapping(scheme.get("flows")).get("clientCredentials"))
        url = flow.get("tokenUrl") or scheme.get("tokenUrl") or ""
        yield Entry("oauth2", url=str(url)[:500], scopes=scopes)
    elif kind in {"basic", "mutualTLS", "openIdConnect"}:
        yield Entry(kind, scopes=scopes)
