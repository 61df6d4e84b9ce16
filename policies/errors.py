"""What can go wrong in the policies.

```
PolicyError
├── PolicyInvalid       a policy set cannot be loaded; names every offender with file and line
├── QuestionInvalid     a decision was asked with an input that is not one; names every path
└── PolicyUnavailable   no decision of the expected revision could be had: nothing may be disclosed
```

No message holds a value of a question, nor the text of a foreign exception.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong in a policy file.

    Attributes:
        file: The file, as named in the policy set.
        line: Its line, from 1; 0 when the file as a whole is meant.
        message: What is wrong, for the author of the policy.
    """

    file: str
    line: int
    message: str

    def __str__(self) -> str:
        """`file:line: message`, as compilers say it."""
        return f"{self.file}:{self.line}: {self.message}" if self.line else f"{self.file}: {self.message}"


class PolicyError(Exception):
    """The root of this room's errors."""


class PolicyInvalid(PolicyError):
    """A policy set cannot be loaded.

    Attributes:
        problems: Every problem found, in order of file and line.
    """

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        """Keep the problems; the message lists them."""
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


class QuestionInvalid(PolicyError):
    """A decision was asked with an input that does not fit the schema: a mistake of the caller.

    Attributes:
        problems: `path: what is wrong`, one per problem, without the offending values.
    """

    def __init__(self, problems: tuple[str, ...]) -> None:
        """Keep the problems; the message lists them."""
        super().__init__("; ".join(problems))
        self.problems = problems


class PolicyUnavailable(PolicyError):
    """There is no decision, so nothing may be disclosed.

    The engine is down, late or broken, its answer is not a decision on exactly what was asked, or it comes from
    another revision of the policies.

    Attributes:
        cause: A short word for the operator: what happened, with nothing of the question in it.
    """

    def __init__(self, cause: str) -> None:
        """Keep the cause; the message says it."""
        super().__init__(f"no policy decision: {cause}")
        self.cause = cause
