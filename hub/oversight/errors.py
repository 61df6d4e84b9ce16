"""What can go wrong in what the hub keeps for oversight. No message holds anything of a person.

OversightError
└── RevisionDiffers       a revision is kept already, with other content
"""


class OversightError(Exception):
    """Base of what this floor refuses."""


class RevisionDiffers(OversightError):
    """A revision names its content: the same name with other content is an error of whoever made it."""

    def __init__(self, kind: str, revision: str) -> None:
        super().__init__(f"the revision {revision} of the {kind} is kept already, with other content")
