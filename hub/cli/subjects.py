"""`onlyonce subjects …`: seal attributes of somebody whom their disclosure would endanger, lift the seal, list what is sealed."""

import argparse
import asyncio
import json
import sys
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from hub.cli.common import CannotAsk, add_catalogue
from hub.cli.desk import Desk, at_desk, moment, user, words

if TYPE_CHECKING:
    from connectors import Identifier
    from hub.catalogue import Catalogue
    from hub.services.seals import Order

_AT_ONCE = 64
_SSIN_DIGITS = 11


def add_subjects(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `subjects` and its actions."""
    actions = commands.add_parser("subjects", help="what is sealed for whom").add_subparsers(
        required=True, metavar="ACTION"
    )
    seal = actions.add_parser(
        "seal", help="seal attributes: only an activity to which a law opens them sees them"
    )
    seal.add_argument(
        "--until",
        type=moment,
        metavar="DAY",
        help="the last day of it, or a time (default: until it is lifted)",
    )
    seal.set_defaults(run=_seal)
    lift = actions.add_parser("unseal", help="lift the seal of attributes")
    lift.set_defaults(run=_lift)
    listing = actions.add_parser("list", help="what is sealed for some subjects; the reading is in their log")
    listing.add_argument(
        "--by", type=words, metavar="NAME", help="who reads (default: the user of this machine)"
    )
    listing.add_argument("--json", action="store_true", help="print one JSON object")
    listing.set_defaults(run=_list)
    for ordered in (seal, lift):
        ordered.add_argument(
            "--attribute", metavar="NAME", action="append", required=True, help="may be given again"
        )
        ordered.add_argument("--ordered-by", type=words, required=True, metavar="TEXT", help="who ordered it")
        ordered.add_argument(
            "--ground", type=words, required=True, metavar="TEXT", help="on what legal ground"
        )
    for one in (seal, lift, listing):
        one.add_argument(
            "--subject-from", required=True, metavar="FILE",
            help="a file with one number a line, or - for standard input (an argument would show in `ps`)",
        )  # fmt: skip
        add_catalogue(one)


def _seal(given: argparse.Namespace) -> int:
    if given.until is not None and given.until <= datetime.now(UTC):
        raise CannotAsk("--until is in the past")

    async def work(desk: Desk, subject: "Identifier") -> None:
        await desk.orders.seal(subject, given.attribute, _order(given), until=given.until)

    return _each(given, "sealed", work)


def _lift(given: argparse.Namespace) -> int:
    async def work(desk: Desk, subject: "Identifier") -> None:
        await desk.orders.lift(subject, given.attribute, _order(given))

    return _each(given, "no longer sealed", work)


def _order(given: argparse.Namespace) -> "Order":
    from hub.services.seals import Order  # noqa: PLC0415

    return Order(given.ordered_by, given.ground)


def _each(given: argparse.Namespace, done: str, work: "Callable[[Desk, Identifier], Awaitable[None]]") -> int:
    numbers = _numbers(given.subject_from)

    async def all_of_them(desk: Desk) -> None:
        if unknown := sorted(set(given.attribute) - desk.catalogue.attributes.keys()):
            raise CannotAsk(f"the catalogue has no attribute {', '.join(unknown)}")
        few = asyncio.Semaphore(_AT_ONCE)

        async def one(subject: "Identifier") -> None:
            async with few:
                await work(desk, subject)

        outcomes = await asyncio.gather(*map(one, _subjects(numbers, desk.catalogue)), return_exceptions=True)
        _tell_of_failures(outcomes, done)

    at_desk(given.catalogue, all_of_them)
    print(f"{', '.join(given.attribute)}: {done} for {_counted(len(numbers))}")
    return 0


def _tell_of_failures(outcomes: "Sequence[BaseException | None]", done: str) -> None:
    """Each order stands alone: say which were not carried out, and that the others were.

    Raises:
        CannotAsk: some were not.
    """
    from hub.oversight import OversightError  # noqa: PLC0415
    from hub.services.errors import NotRecorded  # noqa: PLC0415

    failed = [(n, error) for n, error in enumerate(outcomes, 1) if error is not None]
    for _, error in failed:
        if not isinstance(error, NotRecorded | OversightError):
            raise error
    if failed:
        faults = [f"number {n}: {error}" for n, error in failed]
        raise CannotAsk("\n".join([*faults, f"{done} for the other {len(outcomes) - len(failed)}"]))


def _list(given: argparse.Namespace) -> int:
    numbers, by = _numbers(given.subject_from), given.by or user()

    async def read(desk: Desk) -> list[dict[str, object]]:
        return [
            {
                "number": place, "attribute": seal.attribute, "entry": seal.entry,
                "until": seal.until.isoformat(timespec="seconds") if seal.until else None,
            }
            for place, subject in enumerate(_subjects(numbers, desk.catalogue), 1)
            for seal in await desk.orders.listed(subject, by=by)
        ]  # fmt: skip

    found = at_desk(given.catalogue, read)
    if given.json:
        print(json.dumps({"sealed": found}))
        return 0
    for one in found:
        until = f"until {one['until']}" if one["until"] else "until it is lifted"
        print(f"number {one['number']}: {one['attribute']} {until} (entry {one['entry']})")
    if not found:
        print(f"nothing is sealed for {_counted(len(numbers))}")
    return 0


def _counted(subjects: int) -> str:
    return f"{subjects} subject{'' if subjects == 1 else 's'}"


def _numbers(file: str) -> list[str]:
    try:
        text = sys.stdin.read() if file == "-" else Path(file).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        from hub.catalogue import holds_ssin  # noqa: PLC0415

        named = "the file of the subjects" if holds_ssin(file) else file
        raise CannotAsk(f"{named}: cannot be read ({type(error).__name__})") from None
    numbers = list(dict.fromkeys(line.strip() for line in text.splitlines() if line.strip()))
    if not numbers:
        raise CannotAsk("no number of a subject was given")
    return numbers


def _subjects(numbers: list[str], catalogue: "Catalogue") -> "list[Identifier]":
    """The subjects, all of them checked before anything is done for one."""
    from connectors import Identifier  # noqa: PLC0415
    from hub.catalogue import ENTERPRISE_NUMBER, SSIN, IdentifierInvalid  # noqa: PLC0415

    subjects, faults = [], []
    for line, number in enumerate(numbers, 1):
        scheme = SSIN if len(number) == _SSIN_DIGITS else ENTERPRISE_NUMBER
        try:
            catalogue.check_identifier(scheme, number)
        except IdentifierInvalid as error:
            faults.append(f"number {line}: {error}")
        subjects.append(Identifier(scheme, number))
    if faults:
        raise CannotAsk("\n".join(faults))
    return subjects
