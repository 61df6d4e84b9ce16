"""What can go wrong in this room.

    ConsentError
    ├── ConsentInvalid       what was asked for is no consent that could be recorded
    ├── ConsentUnknown       there is no such consent of this subject
    ├── AlreadyGiven         the subject's consent to this activity holds already
    ├── AlreadyRequested     the subject was asked already and has not answered
    ├── NotActive            the consent is over, or in a state from which this change is not legal
    ├── HistoryBroken        the chain of a consent's events was altered
    └── ReceiptInvalid       a receipt, or a signed event, is not one of this hub

Messages are fixed texts and ids of consents: never a subject.
"""


class ConsentError(Exception):
    """Something about a consent is not as it must be."""


class ConsentInvalid(ConsentError):
    """What was asked for is no consent: the message says why."""


class ConsentUnknown(ConsentError):
    """There is no such consent, or it is not this subject's: which of the two is not said."""

    def __init__(self) -> None:
        super().__init__("there is no such consent")


class AlreadyGiven(ConsentError):
    """The subject's consent to this processing activity holds already."""

    def __init__(self) -> None:
        super().__init__("a consent to this processing activity is given already")


class AlreadyRequested(ConsentError):
    """The subject was asked for this consent already and has not answered."""

    def __init__(self) -> None:
        super().__init__("this consent was asked for already")


class NotActive(ConsentError):
    """The consent's state does not allow this change: it is over, or was never given."""

    def __init__(self) -> None:
        super().__init__("the consent's state does not allow this")


class HistoryBroken(ConsentError):
    """The chain of a consent's events does not hold: `revision` is the first that is wrong."""

    def __init__(self, revision: int) -> None:
        super().__init__(f"the history of the consent does not hold at revision {revision}")
        self.revision = revision


class ReceiptInvalid(ConsentError):
    """The receipt was not signed with this key, was altered, or is no receipt."""

    def __init__(self) -> None:
        super().__init__("this is not a valid receipt")
