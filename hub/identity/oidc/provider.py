"""What the hub knows of an OpenID provider before it ever asked it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from hub.identity.login import ClaimNames


@dataclass(frozen=True, slots=True)
class Provider:
    """An OpenID provider.

    Attributes:
        id: its name in the catalogue.
        issuer: exactly as in `iss`.
        client_id: the hub's name there.
        method: how the hub proves itself.
        secret: gives the secret, read when it is needed; raises `LookupError` where there is none. None: the hub has a key.
        scopes: what is asked for.
        userinfo: whether the userinfo endpoint is asked too.
        claims: under which names it says what.
        name: the claims that together are how somebody is called.
        levels: what its `acr` means.
        acr_values: what to ask for, to get a level.
        prompt: what is sent with each request.
        parameters: what else is.
        logout: whether people log out there too.
    """

    id: str
    issuer: str
    client_id: str
    method: Literal["private_key_jwt", "client_secret_basic", "client_secret_post"]
    secret: Callable[[], str] | None = field(repr=False)
    scopes: tuple[str, ...]
    userinfo: bool
    claims: ClaimNames
    name: tuple[str, ...]
    levels: Mapping[str, int]
    acr_values: Callable[[int | None], str | None] = field(repr=False)
    prompt: str | None = None
    parameters: Mapping[str, str] = field(default_factory=dict)
    logout: bool = True
