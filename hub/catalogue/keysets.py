"""A client's public keys (JWK Set, RFC 7517), as a catalogue may hold them: for signatures, strong enough, and never a private one."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey, RSAKey, import_key

_PUBLIC: Final = ("kty", "crv", "x", "y", "n", "e")
_PRIVATE: Final = ("d", "p", "q", "dp", "dq", "qi", "oth", "k")
_TEXTS: Final = ("kid", "alg", "use")
_MAX_KEYS: Final = 20
_RSA_LEAST, _RSA_MOST = 2048, 8192

Fault = tuple[tuple[str | int, ...], str]


def problems(jwks: Mapping[Any, Any]) -> Iterator[Fault]:
    """What is wrong with a key set, by path. No part of a key is ever in a message."""
    for name in jwks:
        if name != "keys":
            yield (name,), "a key set holds nothing but 'keys'"
    keys = jwks.get("keys")
    if not isinstance(keys, list) or not 0 < len(keys) <= _MAX_KEYS:
        yield ("keys",), f"'keys' must be a list of 1 to {_MAX_KEYS} keys"
        return
    seen: set[str] = set()
    for position, key in enumerate(keys):
        yield from _key_problems(key, ("keys", position))
        kid = key.get("kid") if isinstance(key, Mapping) else None
        if isinstance(kid, str) and kid in seen:
            yield ("keys", position, "kid"), "two keys have the same 'kid'"
        elif isinstance(kid, str):
            seen.add(kid)


def thumbprints(jwks: Mapping[Any, Any]) -> Iterator[str]:
    """The thumbprint (RFC 7638) of each key of a set that can be read: the same for the same key, whatever else is written beside it."""
    keys = jwks.get("keys")
    for key in keys if isinstance(keys, list) else ():
        if isinstance(key, Mapping) and _is_public_key(key):
            yield import_key(_part(key, *(name for name in _PUBLIC if name in key))).thumbprint()


def _key_problems(key: Any, path: tuple[str | int, ...]) -> Iterator[Fault]:
    if not isinstance(key, Mapping):
        yield path, "a key must be a mapping"
        return
    for name in _PRIVATE:
        if name in key:
            yield (
                (*path, name),
                f"a private key ('{name}') has no place in a catalogue: it is no secret any more, make a new pair",
            )
            return
    for name in _TEXTS:
        if not isinstance(key.get(name, ""), str):
            yield (*path, name), f"'{name}' must be text (put it in quotes)"
    if key.get("use", "sig") != "sig":
        yield (*path, "use"), "a client signs with its key: 'use' is sig"
    if not _is_public_key(key):
        yield (
            path,
            "not a public key of a kind that is admitted: EC on P-256, OKP on Ed25519, or RSA of 2048 to 8192 bits",
        )


def _is_public_key(key: Mapping[Any, Any]) -> bool:
    try:
        match key.get("kty"), key.get("crv"):
            case "EC", "P-256":
                return ECKey.import_key(_part(key, "kty", "crv", "x", "y")).public_key is not None
            case "OKP", "Ed25519":
                return OKPKey.import_key(_part(key, "kty", "crv", "x")).public_key is not None
            case "RSA", None:
                return _is_strong(_part(key, "kty", "n", "e"))
            case _:
                return False
    except (KeyError, ValueError, TypeError, AttributeError, JoseError):
        return False


def _is_strong(part: dict[str, Any]) -> bool:
    # By its length first: joserfc warns of a short key, and a huge one takes long to read.
    if not _RSA_LEAST <= len(part["n"]) * 6 // 8 * 8 <= _RSA_MOST + 8:
        return False
    return _RSA_LEAST <= RSAKey.import_key(part).public_key.key_size <= _RSA_MOST


def _part(key: Mapping[Any, Any], *names: str) -> dict[str, Any]:
    return {name: key[name] for name in names}
