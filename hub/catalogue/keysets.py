"""A client's public keys (JWK Set, RFC 7517), as a catalogue may hold them: EC keys on P-256, for ES256, and never a private one."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from joserfc.errors import JoseError
from joserfc.jwk import ECKey

_PRIVATE: Final = ("d", "p", "q", "dp", "dq", "qi", "oth", "k")

Fault = tuple[tuple[str | int, ...], str]


def problems(jwks: Mapping[Any, Any]) -> Iterator[Fault]:
    """What is wrong with a key set, by path. No part of a key is ever in a message."""
    for name in jwks:
        if name != "keys":
            yield (name,), "a key set holds nothing but 'keys'"
    keys = jwks.get("keys")
    if not isinstance(keys, list) or not keys:
        yield ("keys",), "'keys' must be a list of at least one key"
        return
    seen: set[object] = set()
    for position, key in enumerate(keys):
        yield from _key_problems(key, ("keys", position))
        if isinstance(key, Mapping) and isinstance(key.get("kid"), str):
            if key["kid"] in seen:
                yield ("keys", position, "kid"), "two keys have the same 'kid'"
            seen.add(key["kid"])


def _key_problems(key: Any, path: tuple[str | int, ...]) -> Iterator[Fault]:
    if not isinstance(key, Mapping):
        yield path, "a key must be a mapping"
        return
    for name in _PRIVATE:
        if name in key:
            yield (
                (*path, name),
                f"a private key ('{name}') has no place in a catalogue: make a new pair, its secret is out",
            )
            return
    if key.get("kty") != "EC" or key.get("crv") != "P-256" or not _is_point(key):
        yield path, "a key must be an EC public key on P-256 (kty, crv, x, y)"
    if not all(
        isinstance(part, str) for part in (*key, key.get("kid", ""), key.get("alg", ""), key.get("use", ""))
    ):
        yield path, "the members of a key must be texts"


def _is_point(key: Mapping[Any, Any]) -> bool:
    try:
        ECKey.import_key({name: key[name] for name in ("kty", "crv", "x", "y")}).public_key  # noqa: B018 - the check is in the reading
    except (KeyError, ValueError, TypeError, AttributeError, JoseError):
        return False
    return True
