"""What the hub remembers of a login that is going on: in the person's own browser, sealed, for a few minutes."""

import base64
import binascii
import hmac
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Final

from authlib.common.security import generate_token

from hub.identity.errors import LoginFailed, Unsealable
from hub.identity.vault import Vault

LASTS: Final = timedelta(minutes=10)
_PLACE: Final = "login"


@dataclass(frozen=True, slots=True)
class Ticket:
    """A login that is going on.

    Attributes:
        provider: where the person was sent.
        next: the path of the hub at which they go on.
        level: how strong the login must be; None: it does not matter.
        state: that answer belongs to this browser.
        nonce: the ID token belongs to this login.
        verifier: the code belongs to this login (RFC 7636).
        until: when it is too late, seconds since 1970.
    """

    provider: str
    next: str
    level: int | None
    state: str = field(repr=False)
    nonce: str = field(repr=False)
    verifier: str = field(repr=False)
    until: float


class Tickets:
    """Makes and reads them.

    Args:
        key: 32 bytes, of the hub's key folder.
        clock: the time, aware.
    """

    def __init__(self, key: bytes, clock: Callable[[], datetime]) -> None:
        self._vault, self._clock = Vault(key, "logins that are going on"), clock

    def new(self, provider: str, *, next_: str, level: int | None) -> Ticket:
        """A new one, with secrets of its own."""
        until = (self._clock() + LASTS).timestamp()
        return Ticket(
            provider, next_, level, generate_token(43), generate_token(43), generate_token(64), until
        )

    def seal(self, ticket: Ticket) -> str:
        """As the browser keeps it."""
        return base64.urlsafe_b64encode(self._vault.seal(asdict(ticket), _PLACE)).rstrip(b"=").decode()

    def open(self, sealed: str | None, state: str | None) -> Ticket:
        """The login to which an answer with this `state` belongs.

        Raises:
            LoginFailed: none that this browser began here, or too long ago.
        """
        try:
            data = base64.urlsafe_b64decode((sealed or "") + "=" * (-len(sealed or "") % 4))
            ticket = Ticket(**self._vault.open(data, _PLACE))
        except (binascii.Error, ValueError, Unsealable):
            raise LoginFailed("ticket") from None
        same = hmac.compare_digest(ticket.state.encode(), (state or "").encode("utf-8", "surrogatepass"))
        if not same or self._clock().timestamp() >= ticket.until:
            raise LoginFailed("ticket")
        return ticket
