"""`onlyonce clients …`: revoke a client, let it in again, list those that are revoked; the hash of a secret for the catalogue."""

import argparse
import json
import sys
from typing import TYPE_CHECKING, Final

from hub.cli.common import CannotAsk, add_catalogue
from hub.cli.desk import Desk, at_desk, user, words

if TYPE_CHECKING:
    from hub.identity import Revocation

_SHORTEST_SECRET: Final = 24


def add_clients(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `clients` and its actions."""
    actions = commands.add_parser("clients", help="the clients of the catalogue").add_subparsers(
        required=True, metavar="ACTION"
    )
    secret = actions.add_parser(
        "hash-secret", help="read a client's secret on standard input, print its hash for the catalogue"
    )
    secret.set_defaults(run=_hash_secret)
    listed = actions.add_parser("list", help="list all clients, and which are revoked since when and why")
    listed.add_argument("--json", action="store_true", help="print one JSON object")
    listed.set_defaults(run=_list)
    revoke = actions.add_parser(
        "revoke", help="let a client get nothing more, on any replica; done once this returns"
    )
    revoke.set_defaults(run=_revoke)
    restore = actions.add_parser("restore", help="let a client in again")
    restore.set_defaults(run=_restore)
    for one in (revoke, restore):
        one.add_argument("client", metavar="ID", help="as the catalogue has it")
        one.add_argument("--reason", type=words, required=True, metavar="TEXT", help="why: it is recorded")
        one.add_argument("--by", type=words, metavar="NAME", help="default: the user of this machine")
    for one in (listed, revoke, restore):
        add_catalogue(one)


def _hash_secret(_: argparse.Namespace) -> int:
    from hub.identity import hash_secret  # noqa: PLC0415

    secret = sys.stdin.readline().rstrip("\n")
    if len(secret) < _SHORTEST_SECRET:
        raise CannotAsk(
            f"a client's secret has {_SHORTEST_SECRET} characters at least; make one by a machine"
        )
    print(hash_secret(secret))
    return 0


def _list(given: argparse.Namespace) -> int:
    async def read(desk: Desk) -> "tuple[list[str], dict[str, Revocation]]":
        revoked = {one.client: one for one in await desk.clients.listed()}
        return sorted(desk.catalogue.clients.keys() | revoked.keys()), revoked

    clients, revoked = at_desk(given.catalogue, read)
    if given.json:
        print(json.dumps({"clients": [_told(one, revoked.get(one)) for one in clients]}, ensure_ascii=False))
        return 0
    for one in clients:
        gone = revoked.get(one)
        state = (
            f"revoked {gone.at.isoformat(timespec='seconds')} entry {gone.entry}: {gone.reason}"
            if gone
            else "in force"
        )
        print(f"{one} {state}")
    return 0


def _told(client: str, gone: "Revocation | None") -> dict[str, object]:
    if gone is None:
        return {"id": client, "revoked": False}
    at = gone.at.isoformat(timespec="milliseconds")
    return {"id": client, "revoked": True, "revokedAt": at, "reason": gone.reason, "entry": gone.entry}


def _revoke(given: argparse.Namespace) -> int:
    from hub.identity import RevokedAlready  # noqa: PLC0415

    async def work(desk: Desk) -> None:
        if given.client not in desk.catalogue.clients:
            raise CannotAsk(f"the catalogue has no client {given.client}")
        try:
            await desk.clients.revoke(given.client, reason=given.reason, by=given.by or user())
        except RevokedAlready as error:
            raise CannotAsk(f"{given.client}: {error}") from None

    at_desk(given.catalogue, work)
    print(f"{given.client}: revoked; nothing leaves to it any more")
    return 0


def _restore(given: argparse.Namespace) -> int:
    from hub.identity import NotRevoked  # noqa: PLC0415

    async def work(desk: Desk) -> None:
        try:
            await desk.clients.restore(given.client, reason=given.reason, by=given.by or user())
        except NotRevoked as error:
            raise CannotAsk(f"{given.client}: {error}") from None

    at_desk(given.catalogue, work)
    print(f"{given.client}: in force again")
    return 0
