"""What can go wrong in what the hub keeps for oversight. No message holds anything of a person.

OversightError
├── RevisionDiffers       a revision is kept already, with other content
├── ActiveMoved           another revision rules meanwhile
├── NotSealed             what should be lifted is not sealed
├── NoticeUnknown         there is no such notice
├── AcknowledgedAlready   somebody took note of it before
├── OrderInvalid          a controller's order cannot be read, or is not to be believed
├── OrderUsed             an order was carried out already
└── NotDeferred           a line is shown to its subject already, or always was
"""

from collections.abc import Iterable


class OversightError(Exception):
    """Base of what this floor refuses."""


class RevisionDiffers(OversightError):
    """A revision names its content: the same name with other content is an error of whoever made it."""

    def __init__(self, kind: str, revision: str) -> None:
        super().__init__(f"the revision {revision} of the {kind} is kept already, with other content")


class ActiveMoved(OversightError):
    """Another revision rules meanwhile than the one that was to be followed."""

    def __init__(self, kind: str) -> None:
        super().__init__(f"another revision of the {kind} rules meanwhile")


class NotSealed(OversightError):
    """What should be lifted is not sealed."""

    def __init__(self, attributes: Iterable[str]) -> None:
        super().__init__(f"not sealed: {', '.join(attributes)}")


class NotDeferred(OversightError):
    """A line is shown to its subject already, or always was."""

    def __init__(self, entry: str) -> None:
        super().__init__(f"the line {entry} waits for no day")


class NoticeUnknown(OversightError):
    """There is no such notice."""

    def __init__(self, notice: str) -> None:
        super().__init__(f"there is no notice {notice}")


class AcknowledgedAlready(OversightError):
    """Somebody took note of it before."""

    def __init__(self, notice: str) -> None:
        super().__init__(f"the notice {notice} was acknowledged already")


class OrderInvalid(OversightError):
    """A controller's order cannot be read, or is not to be believed. The message says why, and quotes nothing of it."""

    def __init__(self, why: str) -> None:
        super().__init__(f"the order is not good: {why}")


class OrderUsed(OversightError):
    """An order is carried out once."""

    def __init__(self, order: str) -> None:
        super().__init__(f"the order {order} was carried out already")
