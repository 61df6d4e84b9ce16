"""What can keep a service from answering. None of these messages holds an identifier or a value of a person.

ServiceError
├── RequestInvalid        a part of the request is wrong; names the part
├── ActorRefused          the actor's token does not hold
├── NotPermitted          the caller may not do this
│   ├── ClientGone        the client was revoked while it was being answered
│   └── TooYoung          somebody under age cannot agree to this alone
├── NotFound              there is no such thing for this caller
├── TooMany               a cap was reached
├── RepresentationUnavailable   whom somebody may represent cannot be found out at the moment
├── NoDecision            the policy engine gave no decision: nothing is disclosed
├── LawKeeps              a law demands that the lines be kept
├── NothingToForget       there is no key that the order could mean
├── NotSignedYet          no checkpoint counts the line yet: it can be proven in a moment
├── Altered               what is kept is not what was signed: somebody changed it
├── NotRecorded           the usage log did not take the entry: nothing is disclosed
└── DeliveryDropped       the answer came too late after its commit to be sent
"""

from collections.abc import Mapping
from dataclasses import dataclass


class ServiceError(Exception):
    """Base of what a service refuses or cannot do."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One wrong part of a request: where it stands (`subject.ssin`), what kind of fault, and what is wrong with it."""

    name: str
    detail: str
    kind: str = "invalidInput"
    value: str | None = None
    where: str = "body"


class RequestInvalid(ServiceError):
    """One or more parts of the request are wrong."""

    def __init__(self, *faults: Fault) -> None:
        self.faults = faults
        super().__init__("; ".join(f"{fault.name}: {fault.detail}" for fault in faults))


class ActorRefused(RequestInvalid):
    """The token that should prove the actor does not hold. The attempt is in the log."""


class NotPermitted(ServiceError):
    """The caller may not do this. `told`: what they hear of it."""

    told = "The caller has no permission for this"


class ClientGone(NotPermitted):
    """The client was revoked while it was being answered."""

    told = "The client was revoked"


class TooYoung(NotPermitted):
    """Somebody under age cannot agree to this alone (GDPR Art. 8)."""

    told = "Who is under age agrees to this through a parent"


class NotFound(ServiceError):
    """There is no such thing, or it is not the caller's."""


class TooMany(ServiceError):
    """A cap of the operator was reached. `limit`: how many there may be; `retry_after_s`: when there may be more, in seconds."""

    def __init__(self, message: str, *, limit: int, retry_after_s: int) -> None:
        super().__init__(message)
        self.limit, self.retry_after_s = limit, retry_after_s
        self.told = message[:1].upper() + message[1:]


class RepresentationUnavailable(ServiceError):
    """The register that says whom somebody may represent does not answer."""


class NoDecision(ServiceError):
    """The policy engine gave no decision."""


class Altered(ServiceError):
    """What is kept is not what was signed."""


class NotRecorded(ServiceError):
    """The usage log did not take the entry."""


class LawKeeps(ServiceError):
    """A law demands that the lines of these activities be kept (GDPR Art. 17(3)(b)). `laws`: an activity's id → the law, in each language."""

    def __init__(self, laws: Mapping[str, Mapping[str, str]]) -> None:
        told = "; ".join(f"{activity}: {law['en']}" for activity, law in sorted(laws.items()))
        super().__init__(f"a law demands that these lines be kept, {told}")
        self.laws = laws


class NothingToForget(ServiceError):
    """There is no key that the order could mean."""


class NotSignedYet(ServiceError):
    """No checkpoint counts the line yet."""


class DeliveryDropped(ServiceError):
    """The answer relied on a grant and was ready too late to be sent safely."""
