"""What a decision is, and how an engine's raw answer becomes one, or is refused."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, Protocol, TypeAlias, cast, get_args

from policies.errors import PolicyUnavailable
from policies.texts import REASONS

Question: TypeAlias = Mapping[str, object]

Obligation = Literal["yearOnly", "masked", "yesNo"]
OBLIGATIONS: frozenset[str] = frozenset(get_args(Obligation))

ENTRY_POINT = "data.onlyonce.decision"


@dataclass(frozen=True, slots=True)
class Permit:
    """The attribute may be disclosed.

    Attributes:
        basis: The legal basis, such as `6(1)(e)`.
        obligations: What must be taken off the value first, sorted.
        rule: The rule that permitted, for the log.
        consents: The ids of the consents relied on: to be read again at the last moment. Empty where the law is the basis.
    """

    basis: str
    obligations: tuple[Obligation, ...]
    rule: str
    consents: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Deny:
    """The attribute may not be disclosed.

    Attributes:
        reason: The code of the reason; one of `REASONS`.
        rule: The rule that was not met, for the log.
    """

    reason: str
    rule: str


@dataclass(frozen=True, slots=True)
class Decision:
    """What the policies say about one request.

    Attributes:
        revision: The policy set that decided.
        rulings: One ruling for each attribute asked, and for no other.
    """

    revision: str
    rulings: Mapping[str, Permit | Deny]


class DecisionPoint(Protocol):
    """May this be disclosed? Two engines answer alike: `policies.embedded` and `policies.opa`."""

    @property
    def revision(self) -> str:
        """The policy set whose decisions are accepted."""
        ...

    async def start(self) -> None:
        """Open what deciding needs; idempotent. An engine that is down is not an error here: see `healthy`."""
        ...

    async def close(self) -> None:
        """Let go of it; idempotent."""
        ...

    async def decide(self, question: Question) -> Decision:
        """Decide on one request.

        Raises:
            QuestionInvalid: The question does not fit the schema of `check_question`.
            PolicyUnavailable: There is no trustworthy decision: disclose nothing.
        """
        ...

    async def healthy(self) -> bool:
        """Whether the engine answers with the expected revision."""
        ...


def asked_of(question: Question) -> Collection[str]:
    """The attributes that a question asks."""
    attributes = question.get("attributes")
    return attributes.keys() if isinstance(attributes, Mapping) else ()


def read_decision(raw: object, *, asked: Collection[str], revision: str) -> Decision:
    """Read an engine's answer, or refuse it.

    Raises:
        PolicyUnavailable: It is undefined, ill-typed, of another revision, or not on exactly the attributes asked.
    """
    answer = _object(raw, keys={"revision", "attributes"})
    if not isinstance(answer["revision"], str) or answer["revision"] != revision:
        raise PolicyUnavailable("the engine holds another revision of the policies")
    rulings = answer["attributes"]
    if not isinstance(rulings, dict) or rulings.keys() != set(asked):
        raise PolicyUnavailable("the answer is not on the attributes asked")
    return Decision(revision, MappingProxyType({name: _ruling(ruling) for name, ruling in rulings.items()}))


def _ruling(raw: object) -> Permit | Deny:
    kind = raw.get("decision") if isinstance(raw, dict) else None
    if kind == "permit":
        return _permit(_object(raw, keys={"decision", "basis", "obligations", "consents", "rule"}))
    if kind == "deny":
        deny = _object(raw, keys={"decision", "reason", "rule"})
        reason = _text(deny["reason"])
        if reason not in REASONS:
            raise PolicyUnavailable("a ruling gives an unknown reason")
        return Deny(reason, _text(deny["rule"]))
    raise PolicyUnavailable("a ruling is neither a permit nor a denial")


def _permit(raw: dict[str, object]) -> Permit:
    obligations = _texts(raw["obligations"])
    if not OBLIGATIONS.issuperset(obligations):
        raise PolicyUnavailable("a permit gives an unknown obligation")
    known = cast("tuple[Obligation, ...]", obligations)
    return Permit(_text(raw["basis"]), known, _text(raw["rule"]), _texts(raw["consents"]))


def _object(raw: object, *, keys: set[str]) -> dict[str, object]:
    if not isinstance(raw, dict) or raw.keys() != keys:
        raise PolicyUnavailable("the answer is not a decision")
    return raw


def _text(raw: object) -> str:
    if not isinstance(raw, str) or not raw:
        raise PolicyUnavailable("a ruling is ill-typed")
    return raw


def _texts(raw: object) -> tuple[str, ...]:
    if not isinstance(raw, list):
        raise PolicyUnavailable("a ruling is ill-typed")
    return tuple(_text(item) for item in raw)
