"""Roles as data: who comes to the hub, and whose data they are given there. Each guard says which of them it lets pass.

The table in docs/identity.md is made of this, of the routes and of the commands, by `python -m hub.cli.roles`; a test compares.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final, TypeVar


class Whose(StrEnum):
    """Whose personal data somebody is given."""

    OWN = "own"
    REPRESENTED = "represented"
    """Of the enterprise or person for whom they act."""
    ASKED = "asked for"
    """Of the subject that a form names, as far as the policies permit; each time is a line of that subject."""
    ORGANISATION = "own organisation"
    ALL = "all"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Through:
    """A route of a client through which somebody acts with a token of their own login; what they do there, and to whose data."""

    route: str
    does: str
    whose: tuple[Whose, ...]


@dataclass(frozen=True, slots=True)
class Role:
    """One kind of those who come to the hub.

    Attributes:
        name: what it is called.
        who: who that is, and by what the hub knows it.
        never: what they are never given.
        through: what they do at a client's.
    """

    name: str
    who: str
    never: str
    through: tuple[Through, ...] = ()


_PREFILL: Final = "POST /api/prefill/v1/prefills"
CITIZEN: Final = Role(
    "citizen",
    "a person who logged in, for themselves or for whom they represent",
    "data of anybody else; the name of an official; a line that a law shows them later, before its day",
    (
        Through(
            _PREFILL,
            "what a form asks about them, or about whom they represent",
            (Whose.OWN, Whose.REPRESENTED),
        ),
    ),
)
AGENT: Final = Role(
    "agent",
    "an official who logged in, and whose login says that they are an agent of the administration whose client calls",
    "anything for another administration; anything without a case and a reason, which the subject reads",
    (
        Through(_PREFILL, "what a form asks about somebody in a case, with a reason", (Whose.ASKED,)),
        Through("POST /api/prefill/v1/emergencies", "declare an emergency in such a case", (Whose.NONE,)),
    ),
)
CLIENT: Final = Role(
    "client",
    "a system of the catalogue with an access token, for what its scopes say",
    "what another controller's forms ask; what the policies deny; the log; any consent of another controller",
)
DPO: Final = Role(
    "officer of an organisation",
    "a data protection officer whose login says that they are of this organisation",
    "lines of another organisation; the number or name of a subject or an official: pseudonyms alone; values",
)
HUB_DPO: Final = Role(
    "officer of the hub",
    "the data protection officer of who operates the hub (`ONLYONCE_OPERATOR`)",
    "the number or name of a subject or an official: pseudonyms alone; values",
)
OPERATOR: Final = Role(
    "operator",
    "who runs the hub: settings, health, metrics, logs, status file, and commands",
    "a national number, a name, a value, a reason or a case. Whoever has its machine and its keys can do more: [who could cheat](threat-model.md)",
)
AUDITOR: Final = Role(
    "auditor",
    "anybody who checks the log; nobody is asked who they are",
    "anything but hashes, sizes, times of checkpoints, signatures and public keys; and of a line what its subject chose to open in a proof",
)
APPROVER: Final = Role(
    "approver",
    "one of the people of a controller whose key the catalogue declares: two of them sign an order",
    "anything of the hub: they need neither it nor its keys",
)
PORTAL: Final = Role(
    "portal",
    "a portal of another state, by its pinned certificate: believed for who is logged in there ([contract](data-tracker.md))",
    "lines of an enterprise without its user's own login; an official's name; details of a line",
)
ANYONE: Final = Role("anyone", "everybody", "any personal data")

ROLES: Final = (CITIZEN, AGENT, CLIENT, DPO, HUB_DPO, OPERATOR, AUDITOR, APPROVER, PORTAL, ANYONE)


@dataclass(frozen=True, slots=True)
class Passage:
    """One role that a guard lets pass, and whose data it is given behind it."""

    role: Role
    whose: tuple[Whose, ...]


Guard = TypeVar("Guard", bound=Callable[..., Any])
_passages: dict[Callable[..., Any], tuple[Passage, ...]] = {}
PASSAGES: Final[Mapping[Callable[..., Any], tuple[Passage, ...]]] = MappingProxyType(_passages)
"""What each guard lets pass, as it says itself."""


def lets(role: Role, *whose: Whose) -> Callable[[Guard], Guard]:
    """Say of a guard that it lets a role pass, to this data."""

    def say(guard: Guard) -> Guard:
        _passages[guard] = (Passage(role, whose), *_passages.get(guard, ()))
        return guard

    return say
