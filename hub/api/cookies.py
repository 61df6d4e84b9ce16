"""The cookies of people who log in: their names, what browsers are told of them, and how an answer gets them.

Over TLS their names begin with `__Host-`: a browser takes such a cookie only from this very host, for all its paths, and sends it over TLS alone
(RFC 6265bis, 4.1.3.2). Without TLS there is no such prefix: that is for a hub on the loopback address, as the demo is, and for no other.
"""

from collections.abc import Iterator, MutableMapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from hub.identity import TokenInvalid

GIVEN: Final = "onlyonce.cookies"
"""Under which key of the ASGI scope the door finds the cookies that an answer gives."""
_MOST: Final = 8_192
_LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})


@dataclass(frozen=True, slots=True)
class Cookies:
    """How this hub names and marks its cookies.

    Args:
        public_url: the address under which browsers reach the hub.
    """

    public_url: str

    @property
    def secure(self) -> bool:
        """Whether browsers reach the hub over TLS."""
        return self.public_url.startswith("https://")

    @property
    def allowed(self) -> bool:
        """Whether people may log in here at all: over TLS, or on the loopback address."""
        return self.secure or urlsplit(self.public_url).hostname in _LOOPBACK

    @property
    def session(self) -> str:
        """The name of the session's cookie."""
        return self._named("onlyonce")

    @property
    def login(self) -> str:
        """The name of the cookie of a login that is going on."""
        return self._named("onlyonce-login")

    def _named(self, name: str) -> str:
        return f"__Host-{name}" if self.secure else name

    def read(self, scope: MutableMapping[str, Any], name: str) -> str | None:
        """The value of a cookie of a request; None where there is none.

        Raises:
            TokenInvalid: there are two of that name, or it is longer than any that the hub makes.
        """
        found = [value for given, value in _cookies(scope) if given == name]
        if not found:
            return None
        if len(found) > 1 or len(found[0]) > _MOST:
            raise TokenInvalid
        return found[0]

    def give(
        self, scope: MutableMapping[str, Any], name: str, value: str, *, seconds: int | None = None
    ) -> None:
        """Have the answer to a request set a cookie: until the browser ends, or for so many seconds. An empty value with 0 seconds removes it."""
        marks = f"{name}={value}; Path=/; HttpOnly; SameSite=Lax"
        if self.secure:
            marks += "; Secure"
        if seconds is not None:
            marks += f"; Max-Age={seconds}"
        scope[GIVEN][name] = marks

    def remove(self, scope: MutableMapping[str, Any], name: str) -> None:
        """Have the answer remove a cookie."""
        self.give(scope, name, "", seconds=0)


def _cookies(scope: MutableMapping[str, Any]) -> Iterator[tuple[str, str]]:
    for header, line in scope["headers"]:
        if header == b"cookie":
            for one in line.decode("latin-1").split(";"):
                name, _, value = one.strip().partition("=")
                yield name, value
