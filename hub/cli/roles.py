"""Who may do what: the table in docs/identity.md, made of the routes, their guards and the commands by `python -m hub.cli.roles`."""

import argparse
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from hub.api import openapi, portal_usage
from hub.api.guards import GUARDS
from hub.api.roles import (
    ANYONE,
    APPROVER,
    AUDITOR,
    HUB_DPO,
    OPERATOR,
    PASSAGES,
    PORTAL,
    ROLES,
    Passage,
    Role,
    Whose,
)
from hub.cli import parser
from hub.main import AUDIENCES, OTHERS

BEGIN: Final = "<!-- made by `python -m hub.cli.roles` -->"
END: Final = "<!-- end of what is made -->"
Guard = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Desk:
    """Who runs a command, and whose data it shows.

    Attributes:
        role: who runs it.
        whose: data of whom it shows.
        seen: how those concerned hear of it, or what else is to be said of it.
    """

    role: Role
    whose: Whose = Whose.NONE
    seen: str = ""


_READ: Final = "its subject reads that it was opened, and why"
_TOLD: Final = "it is a line of the subject"
DESKS: Final[dict[str, Desk]] = {
    "serve": Desk(OPERATOR),
    "demo": Desk(ANYONE, seen="its people are made up"),
    "check": Desk(OPERATOR),
    "database migrate": Desk(OPERATOR),
    "clients hash-secret": Desk(OPERATOR),
    "clients list": Desk(OPERATOR),
    "clients revoke": Desk(OPERATOR, seen="an entry of the log about nobody, with the reason"),
    "clients restore": Desk(OPERATOR, seen="the same"),
    "keys tokens": Desk(OPERATOR),
    "keys rotate-tokens": Desk(OPERATOR),
    "consent verify": Desk(ANYONE, seen="it shows what who runs it has in their files"),
    "log verify": Desk(AUDITOR),
    "log witness": Desk(AUDITOR),
    "log public-key": Desk(OPERATOR),
    "log keys": Desk(OPERATOR),
    "log rotate-key": Desk(OPERATOR),
    "log export": Desk(OPERATOR, seen="details stay sealed; organisation, purpose and time stand under handles"),
    "log bridge": Desk(OPERATOR),
    "log prove": Desk(HUB_DPO, Whose.ALL, _READ),
    "log reconcile": Desk(HUB_DPO, Whose.ALL, "it shows places in the source's list and entries; each person in it reads that they were compared"),
    "log deferred": Desk(HUB_DPO),
    "log put-off-order": Desk(HUB_DPO),
    "log put-off": Desk(HUB_DPO, seen="two approvers signed it"),
    "sources inspect": Desk(OPERATOR),
    "sources vendor": Desk(OPERATOR),
    "sources new": Desk(OPERATOR),
    "sources practice": Desk(OPERATOR),
    "sources status": Desk(OPERATOR),
    "sources verify": Desk(OPERATOR),
    "sources try": Desk(OPERATOR, seen="values are shown as their shapes; `--show-values` is for test persons: such a call is in the source's log alone"),
    "policies export": Desk(OPERATOR),
    "policies keygen": Desk(OPERATOR),
    "policies build": Desk(OPERATOR),
    "policies test": Desk(OPERATOR),
    "policies revisions": Desk(OPERATOR),
    "policies replay": Desk(HUB_DPO, Whose.ALL, _READ),
    "policies explain": Desk(HUB_DPO, Whose.ALL, _READ),
    "policies simulate": Desk(HUB_DPO, Whose.ALL, "it shows counts and facts; each person in it reads that they were read"),
    "oversight notices": Desk(HUB_DPO),
    "oversight acknowledge": Desk(HUB_DPO),
    "subjects seal": Desk(HUB_DPO, seen=_TOLD),
    "subjects unseal": Desk(HUB_DPO, seen=_TOLD),
    "subjects list": Desk(HUB_DPO, Whose.ALL),
    "keys order": Desk(HUB_DPO),
    "keys show": Desk(APPROVER),
    "keys approve": Desk(APPROVER),
    "keys shred": Desk(HUB_DPO, seen="two approvers signed it; it is a line of the subject"),
    "keys retire": Desk(OPERATOR),
    "keys rotate": Desk(OPERATOR),
    "keys receipts": Desk(OPERATOR),
}  # fmt: skip
"""Every command: whose desk it is for. (A machine knows no roles: who has the hub's keys and database can run them all.)"""


@dataclass(frozen=True, slots=True)
class Way:
    """One way by which a role does something: a route, or a command."""

    role: Role
    way: str
    does: str
    whose: tuple[Whose, ...]


def routes() -> Iterator[tuple[str, str, tuple[Passage, ...]]]:
    """Every route of the hub: method and path, what it does, and whom its guards let pass."""
    routers = [router for _, router in AUDIENCES.values()]
    documents = [(one.prefix, openapi.documentation({})) for one in routers]
    for prefix, router in [*(("", one) for one in (*routers, *OTHERS)), *documents]:
        for route in router.routes:
            if isinstance(route, APIRoute):
                passages = tuple(one for guard in guards_of(route.dependant) for one in PASSAGES[guard])
                for method in sorted(route.methods or ()):
                    yield f"{method} {prefix}{route.path}", _does(route), passages
    for path in sorted(portal_usage.PATHS):
        yield f"GET {portal_usage.PREFIX}{path}", "as Estonia's data tracker has it", (_OF_PORTALS,)


_OF_PORTALS: Final = Passage(PORTAL, (Whose.OWN, Whose.REPRESENTED))


def guards_of(dependant: Dependant) -> frozenset[Guard]:
    """The guards that a route names, however deep."""
    found: set[Guard] = set()
    for one in dependant.dependencies:
        found |= {one.call} if one.call in GUARDS else set()
        found |= guards_of(one)
    return frozenset(found)


def _does(route: APIRoute) -> str:
    return route.summary or (route.endpoint.__doc__ or "").strip().splitlines()[0].rstrip(".")


def commands() -> Iterator[tuple[str, str]]:
    """Every command, and what it does."""
    yield from _leaves(parser(), "")


def _leaves(of: argparse.ArgumentParser, before: str) -> Iterator[tuple[str, str]]:
    for action in of._actions:  # noqa: SLF001 - argparse has no other way to ask
        if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001
            helps = {one.dest: one.help or "" for one in action._choices_actions}  # noqa: SLF001
            for name, child in action.choices.items():
                below = list(_leaves(child, f"{before}{name} "))
                yield from below or [(f"{before}{name}", helps[name])]


def ways() -> Iterator[Way]:
    """Everything that anybody may do, by role.

    Raises:
        KeyError: nobody said whose desk a command is for.
    """
    found = list(routes())
    desks = [(name, does, DESKS[name]) for name, does in commands()]
    for role in ROLES:
        for way, does, passages in found:
            for passage in passages:
                if passage.role is role:
                    yield Way(role, f"`{way}`", does, passage.whose)
        for one in role.through:
            yield Way(role, f"`{one.route}`, by a client", one.does, one.whose)
        for name, does, desk in desks:
            if desk.role is role:
                told = f"{does}; {desk.seen}" if desk.seen else does
                yield Way(role, f"`onlyonce {name}`", told, (desk.whose,))


def table() -> str:
    """Both tables in Markdown: the roles, and what each may do."""
    found = list(ways())
    lines = ["| role | who | whose data | never |", "|---|---|---|---|"]
    for role in ROLES:
        whose = dict.fromkeys(one for way in found if way.role is role for one in way.whose)
        given = ", ".join(one for one in whose if one is not Whose.NONE) or Whose.NONE
        lines.append(f"| **{role.name}** | {role.who} | {given} | {role.never} |")
    lines += ["", "| role | way | what | whose data |", "|---|---|---|---|"]
    for one in found:
        what = one.does.replace("|", "/")
        lines.append(f"| {one.role.name} | {one.way} | {what} | {', '.join(one.whose)} |")
    return "\n".join(lines)


def within(document: str) -> str:
    """A document with the tables of today between its marks.

    Raises:
        ValueError: it has no such marks.
    """
    before, found, rest = document.partition(BEGIN)
    _, ended, after = rest.partition(END)
    if not found or not ended:
        raise ValueError("the document has no marks between which the tables stand")
    return f"{before}{BEGIN}\n{table()}\n{END}{after}"


def main(file: Path) -> None:
    """Write the tables of today into a document."""
    file.write_text(within(file.read_text("utf-8")), "utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path("docs/identity.md"))
