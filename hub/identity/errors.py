"""What can go wrong when the hub asks who is calling.

    IdentityError
    ├── ClientRefused        the client could not prove who it is (OAuth 2.0 `invalid_client`)
    ├── TooManyTries         too many proofs that did not hold: try again later
    ├── ClientRevoked        the client is revoked: its tokens do not hold any more
    ├── RevokedAlready       a client that is to be revoked is
    ├── NotRevoked           a client that is to be restored is not revoked
    ├── TokenMissing         a token is needed and none came
    ├── TokenInvalid         the token is not one that this door admits
    ├── TokenExpired         the token was good, and its time is over
    ├── SessionOver          the session was ended, or its time is over
    ├── LoginFailed          a login at a provider came to nothing; says why
    ├── CrossSite            a change was asked with a session, and not by a page of the hub
    ├── LevelTooLow          the login is not strong enough for this
    ├── ScopeMissing         the token is good, and does not open this door
    ├── LoginUnavailable     the issuer's keys cannot be had: try again later
    ├── ClientsUnavailable   used assertions cannot be looked up: try again later
    ├── KeysForeign          the key folder belongs to another database
    ├── QuotaExceeded        a client named too many people today without proving who acts
    ├── Unsealable           a sealed row was altered, or was sealed with another key
    ├── MandateUnknown       there is no such mandate
    ├── MandateNotOpen       a mandate's state does not allow what was to be done
    ├── MandateChanged       a mandate is no longer the one that was seen
    └── HandleProofInvalid   the signature does not show that this handle is this subject's

Messages are fixed texts: no part of a token, no number, no text of a foreign exception ever stands in one.
"""

from typing import ClassVar, Literal


class IdentityError(Exception):
    """Somebody is not who they must be, or it cannot be known."""

    text: ClassVar[str] = "the caller's identity could not be established"

    def __init__(self) -> None:
        super().__init__(self.text)


class ClientRefused(IdentityError):
    """The client is unknown, or did not prove that it is itself. Which of the two is not said."""

    text = "the client could not be authenticated"


class TooManyTries(IdentityError):
    """Too many proofs of this client, or from this address, did not hold. `retry_after_s` says when one is looked at again, in seconds."""

    text = "too many tries"

    def __init__(self, retry_after_s: int) -> None:
        super().__init__()
        self.retry_after_s = retry_after_s


class ClientRevoked(IdentityError):
    """The client is revoked, so no token of it holds."""

    text = "the client is revoked"


class RevokedAlready(IdentityError):
    """The client is revoked already."""

    text = "the client is revoked already"


class NotRevoked(IdentityError):
    """The client is not revoked."""

    text = "the client is not revoked"


class TokenMissing(IdentityError):
    """A token is needed and none came."""

    text = "a token is needed"


class TokenInvalid(IdentityError):
    """The token is malformed, forged, of another issuer, for another audience, or not of the right kind."""

    text = "the token is not valid here"


class TokenExpired(IdentityError):
    """The token was good, and its time is over."""

    text = "the token has expired"


class SessionOver(IdentityError):
    """The session was ended, or its time is over, or its cookie was replaced long ago."""

    text = "the session is over"


LoginFailure = Literal["address", "ticket", "cancelled", "refused", "unreadable", "number", "level"]


class LoginFailed(IdentityError):
    """A login at a provider came to nothing.

    Attributes:
        reason: `address`: what was asked for here is not understood; `ticket`: this browser began no such login here, or too long ago;
            `cancelled`: by the person; `refused`: by the provider; `unreadable`: what it said does not hold; `number`: it did not say the
            national number; `level`: the login is not as strong as was asked for.
        level: the level that was asked for.
    """

    text = "the login came to nothing"

    def __init__(self, reason: LoginFailure, level: int | None = None) -> None:
        super().__init__()
        self.reason: LoginFailure = reason
        self.level = level


class CrossSite(IdentityError):
    """A change was asked with a session's cookie, without what shows that a page of the hub asks it."""

    text = "the request does not come from a page of the hub"


class LevelTooLow(IdentityError):
    """The person logged in, and less strongly than this demands; `required` is the level that would do (FAS: 100 to 500)."""

    text = "the login is not strong enough"

    def __init__(self, required: int) -> None:
        super().__init__()
        self.required = required


class ScopeMissing(IdentityError):
    """The token lacks a scope; `required` names what the door needs."""

    text = "the token lacks the scope that is needed"

    def __init__(self, required: tuple[str, ...]) -> None:
        super().__init__()
        self.required = required


class LoginUnavailable(IdentityError):
    """The keys of the login's issuer cannot be had, so no login token can be checked."""

    text = "the login cannot be checked at the moment"


class ClientsUnavailable(IdentityError):
    """Whether an assertion was used before cannot be known, so no client can be let in."""

    text = "clients cannot be authenticated at the moment"


class KeysForeign(IdentityError):
    """The hub's keys are not those that its database was first used with. `names` says which."""

    text = "these are not the keys of this database"

    def __init__(self, names: list[str]) -> None:
        Exception.__init__(
            self,
            f"{self.text}: {', '.join(names)}. Bring the right key folder back; a new one belongs to a new database",
        )
        self.names = names


class QuotaExceeded(IdentityError):
    """The client reached its cap of distinct subjects for the day without a proven actor."""

    text = "too many subjects today without a proven actor"


class Unsealable(IdentityError):
    """A sealed row does not open: it was altered, stands in another's place, or was sealed with another key."""

    text = "a sealed record cannot be opened"


class HandleProofInvalid(IdentityError):
    """The signature is not the one over this room and number."""

    text = "the proof does not belong to this handle"


class MandateUnknown(IdentityError):
    """There is no mandate with this id."""

    text = "there is no such mandate"


class MandateNotOpen(IdentityError):
    """The mandate's state does not allow this, or no more."""

    text = "the mandate's state does not allow this"


class MandateChanged(IdentityError):
    """Somebody else changed the mandate meanwhile."""

    text = "the mandate was changed meanwhile"
