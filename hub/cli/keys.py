"""`onlyonce keys …`: orders to destroy keys of the usage log, their approval and carrying out; epochs, retention, receipts; keys of tokens."""

import argparse
import json
import os
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

from hub.cli import token_keys
from hub.cli.common import CannotAsk, add_catalogue
from hub.cli.desk import Desk, at_desk, words
from hub.cli.subjects import numbers_in, subjects_of

if TYPE_CHECKING:
    from joserfc.jwk import Key

    from hub.services.forgetting import Forgotten
    from hub.services.key_rounds import Rotation


LAST_MOMENT: Final = 253_402_300_800
"""The end of the year 9999, in seconds since 1970."""


def add_keys(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `keys` and its actions."""
    actions = commands.add_parser(
        "keys", help="the keys of the usage log, and forgetting; the keys of tokens"
    ).add_subparsers(required=True, metavar="ACTION")
    order = actions.add_parser("order", help="write an order to destroy a subject's keys, for two to sign")
    order.add_argument("--controller", required=True, metavar="ID", help="who orders it")
    order.add_argument(
        "--subject-from", required=True, metavar="FILE",
        help="a file with one number, or - for standard input (an argument would show in `ps`)",
    )  # fmt: skip
    order.add_argument(
        "--ground", type=words, required=True, metavar="TEXT", help="why, as the subject reads it"
    )
    order.add_argument("--advice", type=words, required=True, metavar="TEXT", help="what the DPO advised")
    order.add_argument("--advised-by", type=words, required=True, metavar="OFFICE", help="whose advice it is")
    order.add_argument(
        "--shown-later",
        action="store_true",
        help="the lines that a law kept from the subject for a while, once they were shown (default: all others)",
    )
    order.add_argument("--retention", metavar="CLASS", help="only lines kept so long, such as P10Y")
    order.add_argument("--period", metavar="YEAR", help="only lines of that year")
    order.add_argument(
        "--days", type=int, default=14, metavar="N", help="how long it is good for (default: 14)"
    )
    order.set_defaults(run=_order)

    show = actions.add_parser(
        "show", help="print what an order says, before you sign it: needs neither the hub nor its keys"
    )
    show.add_argument("order", type=Path, metavar="ORDER")
    show.set_defaults(run=_show)

    approve = actions.add_parser("approve", help="sign an order: needs neither the hub nor its keys")
    approve.add_argument("order", type=Path, metavar="ORDER", help="the file; the signature is added to it")
    approve.add_argument(
        "--as", dest="approver", required=True, metavar="ID", help="your id in the catalogue"
    )
    approve.add_argument("--key", type=Path, required=True, metavar="PEM", help="your private key")
    approve.set_defaults(run=_approve)

    shred = actions.add_parser(
        "shred", help="carry out an order; exit 1 where a law demands that lines be kept"
    )
    shred.add_argument("order", type=Path, metavar="ORDER")
    shred.set_defaults(run=_shred)
    retire = actions.add_parser("retire", help="destroy every key whose lines are past their retention")
    retire.set_defaults(run=_retire)
    rotate = actions.add_parser(
        "rotate",
        help="begin a new epoch, re-wrap every key, destroy the epochs before: no earlier backup can be read then; exit 1 if one stays",
    )
    rotate.set_defaults(run=_rotate)
    receipts = actions.add_parser("receipts", help="print every receipt, a line each: id, reason, time, JWS")
    receipts.set_defaults(run=_receipts)
    token_keys.add(actions)
    for one in (order, shred, retire, rotate, receipts):
        add_catalogue(one)


def _order(given: argparse.Namespace) -> int:
    from hub.cli.desk import now  # noqa: PLC0415
    from hub.oversight import draft_order  # noqa: PLC0415
    from hub.randomness import new_id  # noqa: PLC0415
    from hub.services.forgetting import SHRED  # noqa: PLC0415

    numbers = numbers_in(given.subject_from)
    if len(numbers) != 1:
        raise CannotAsk("an order is about one subject: give one number")

    async def write(desk: Desk) -> bytes:
        if not desk.catalogue.controllers.keys() & {given.controller}:
            raise CannotAsk(f"the catalogue has no controller {given.controller}")
        (subject,) = subjects_of(numbers, desk.catalogue)
        handle = desk.journal.subject_later if given.shown_later else desk.journal.subject
        what = {
            "subject": handle(subject), "retention": given.retention, "period": given.period,
            "ground": given.ground, "advice": given.advice, "advisedBy": given.advised_by,
        }  # fmt: skip
        return draft_order(
            SHRED, order_id=new_id(), controller=given.controller, audience=desk.address, issued_at=now(),
            valid_for=timedelta(days=given.days), what={name: text for name, text in what.items() if text},
        )  # fmt: skip

    sys.stdout.write(at_desk(given.catalogue, write).decode())
    return 0


def _show(given: argparse.Namespace) -> int:
    from hub.oversight import OrderInvalid, read_draft  # noqa: PLC0415

    try:
        claims = read_draft(_read(given.order))
    except OrderInvalid as error:
        raise CannotAsk(f"{given.order}: {error}") from None
    told = {
        "order": claims["order"], "what": claims["what"], "controller": claims["iss"], "hub": claims["aud"], "id": claims["jti"],
        "from": _time(claims["iat"]), "until": _time(claims["exp"]),
    }  # fmt: skip
    print(json.dumps(told, ensure_ascii=False, indent=1))
    return 0


def _time(seconds: object) -> object:
    """A time of a claim, as people read it; whatever else stands there as it is."""
    if type(seconds) is not int or not 0 <= seconds < LAST_MOMENT:
        return seconds
    return datetime.fromtimestamp(seconds, UTC).isoformat()


def _approve(given: argparse.Namespace) -> int:
    from hub.oversight import OrderInvalid, approve, read_draft  # noqa: PLC0415

    document = _read(given.order)
    try:
        claims = read_draft(document)
        signed = approve(document, approver=given.approver, key=_private_key(given.key))
    except OrderInvalid as error:
        raise CannotAsk(f"{given.order}: {error}") from None
    draft = given.order.with_name(f".{given.order.name}.new")
    draft.write_bytes(signed)
    os.replace(draft, given.order)  # noqa: PTH105 - whole, or as it was
    print(f"{given.order}: order {claims['jti']} of {claims['iss']} signed as {given.approver}")
    return 0


def _private_key(file: Path) -> "Key":
    from cryptography.hazmat.primitives.serialization import load_pem_private_key  # noqa: PLC0415
    from joserfc.errors import JoseError  # noqa: PLC0415
    from joserfc.jwk import ECKey, OKPKey, RSAKey  # noqa: PLC0415

    try:
        load_pem_private_key(_read(file), password=None)
    except (ValueError, TypeError):
        raise CannotAsk(f"{file}: is not a private key in PEM without a password") from None
    for kind in (ECKey, OKPKey, RSAKey):
        try:
            return kind.import_key(_read(file))
        except (ValueError, JoseError):  # of another kind
            continue
    raise CannotAsk(f"{file}: is not a key that signs orders")


def _shred(given: argparse.Namespace) -> int:
    from hub.services.errors import LawKeeps, NothingToForget  # noqa: PLC0415

    document = _read(given.order)

    async def work(desk: Desk) -> "Forgotten | LawKeeps":
        try:
            return await desk.keys.forgetting.shred(document)
        except LawKeeps as law:
            return law
        except NothingToForget as error:
            raise CannotAsk(str(error)) from None

    done = at_desk(given.catalogue, work)
    if isinstance(done, LawKeeps):
        print(
            json.dumps({"refused": str(done), "laws": {name: dict(law) for name, law in done.laws.items()}})
        )
        return 1
    keys = [one.told() for one in done.keys]
    print(json.dumps({"keys": keys, "receipt": done.receipt}))
    return 0


def _retire(given: argparse.Namespace) -> int:
    async def work(desk: Desk) -> int:
        return await desk.keys.forgetting.retire()

    print(f"{at_desk(given.catalogue, work)} keys past their retention were destroyed")
    return 0


def _rotate(given: argparse.Namespace) -> int:
    async def work(desk: Desk) -> "Rotation":
        return await desk.keys.rotate(now=True, kept=timedelta(0))

    done = at_desk(given.catalogue, work)
    print(f"epoch {done.begun} began; {done.rewrapped} keys re-wrapped")
    print(f"epochs destroyed: {', '.join(done.destroyed) or 'none'}")
    if done.stuck:
        epochs, keys = ", ".join(done.stuck), ", ".join(done.unreadable)
        print(f"keys that cannot be unwrapped ({keys}) keep these epochs: {epochs}", file=sys.stderr)
    return 1 if done.stuck else 0


def _receipts(given: argparse.Namespace) -> int:
    from hub.oversight import list_receipts  # noqa: PLC0415

    async def work(desk: Desk) -> None:
        with desk.connect() as connection:
            for one in list_receipts(connection):
                print(one.id, one.reason, one.at.isoformat(timespec="seconds"), one.signed)

    at_desk(given.catalogue, work)
    return 0


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise CannotAsk(f"{file}: cannot be read ({type(error).__name__})") from None
