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

Duty = Literal["noticeToDpo"]
DUTIES: frozenset[str] = frozenset(get_args(Duty))

Action = Literal[
    "giveConsent",
    "logIn",
    "raiseAssurance",
    "proveRepresentation",
    "nameCase",
    "giveReason",
    "haveApproved",
    "declareEmergency",
]
ACTIONS: frozenset[str] = frozenset(get_args(Action))

ENTRY_POINT = "data.onlyonce.decision"


@dataclass(frozen=True, slots=True)
class Permit:
    """The attribute may be disclosed.

    Attributes:
        basis: The legal basis, such as `6(1)(e)`.
        obligations: What must be taken off the value first, sorted.
        rule: The rule that permitted, for the log: that of the law which the attribute's sensitivity rests on.
        consents: The ids of the consents relied on: to be read again at the last moment. Empty where the law is the basis.
        duties: What the hub owes for having disclosed: `noticeToDpo`, to tell the data protection officer.
    """

    basis: str
    obligations: tuple[Obligation, ...]
    rule: str
    consents: tuple[str, ...] = ()
    duties: tuple[Duty, ...] = ()


@dataclass(frozen=True, slots=True)
class Remedy:
    """What would make possible what is denied.

    Attributes:
        action: What to do, such as `giveConsent`.
        level: With `raiseAssurance`, the assurance level that the login needs; else None.
    """

    action: Action
    level: int | None = None


@dataclass(frozen=True, slots=True)
class Deny:
    """The attribute may not be disclosed.

    Attributes:
        reason: The code of the reason; one of `REASONS`.
        rule: The rule that was not met, for the log.
        remedy: What would make it possible; None if nothing that the caller or the person can do.
    """

    reason: str
    rule: str
    remedy: Remedy | None = None


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
    return Decision(revision, MappingProxyType(_rulings(rulings)))


def _rulings(rulings: dict[str, object]) -> dict[str, Permit | Deny]:
    """Each ruling. Most permits of an answer say the same: one that says what the one before said, which is all texts, is not read again."""
    read: dict[str, Permit | Deny] = {}
    before: object = None
    ruling: Permit | Deny | None = None
    for name, raw in rulings.items():
        if not isinstance(ruling, Permit) or raw != before:
            before, ruling = raw, _ruling(raw)
        read[name] = ruling
    return read


def _ruling(raw: object) -> Permit | Deny:
    kind = raw.get("decision") if isinstance(raw, dict) else None
    if kind == "permit":
        return _permit(cast("dict[str, object]", raw))
    if kind == "deny":
        return _deny(cast("dict[str, object]", raw))
    raise PolicyUnavailable("a ruling is neither a permit nor a denial")


def _permit(raw: dict[str, object]) -> Permit:
    keys = {"decision", "basis", "obligations", "consents", "rule", *raw.keys() & {"duties"}}
    permit = _object(raw, keys=keys)
    obligations = _known(permit["obligations"], OBLIGATIONS, "obligation")
    duties = _known(permit.get("duties", []), DUTIES, "duty")
    return Permit(
        _text(permit["basis"]),
        cast("tuple[Obligation, ...]", obligations),
        _text(permit["rule"]),
        _texts(permit["consents"]),
        cast("tuple[Duty, ...]", duties),
    )


def _deny(raw: dict[str, object]) -> Deny:
    remedy = _remedy(raw["remedy"]) if "remedy" in raw else None
    deny = _object(raw, keys={"decision", "reason", "rule", *raw.keys() & {"remedy"}})
    reason = _text(deny["reason"])
    if reason not in REASONS:
        raise PolicyUnavailable("a ruling gives an unknown reason")
    return Deny(reason, _text(deny["rule"]), remedy)


def _remedy(raw: object) -> Remedy:
    if isinstance(raw, dict) and raw.get("action") == "raiseAssurance":
        level = _object(raw, keys={"action", "level"})["level"]
        if not isinstance(level, int) or isinstance(level, bool):
            raise PolicyUnavailable("a ruling is ill-typed")
        return Remedy("raiseAssurance", level)
    action = _text(_object(raw, keys={"action"})["action"])
    if action not in ACTIONS:
        raise PolicyUnavailable("a denial names an unknown remedy")
    return Remedy(cast("Action", action))


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


def _known(raw: object, known: frozenset[str], kind: str) -> tuple[str, ...]:
    words = _texts(raw)
    if not known.issuperset(words):
        raise PolicyUnavailable(f"a permit gives an unknown {kind}")
    return words
