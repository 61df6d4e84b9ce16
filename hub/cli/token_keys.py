"""`onlyonce keys tokens` and `onlyonce keys rotate-tokens`: the keys that clients' access tokens are signed with."""

import argparse
import time
from datetime import UTC, datetime
from pathlib import Path

from hub.cli.common import CannotAsk, partly

_AHEAD_S = 900
_MOST_AHEAD_S = 30 * 86_400


def add(actions: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `tokens` and `rotate-tokens`."""
    listed = actions.add_parser(
        "tokens", help="print the keys that sign clients' access tokens, oldest first"
    )
    listed.set_defaults(run=_list)
    rotate = actions.add_parser(
        "rotate-tokens",
        help="make the next of them: published at once, signing in a while; the one before goes when its last token is over",
    )
    when = rotate.add_mutually_exclusive_group()
    when.add_argument(
        "--in", dest="ahead", type=int, default=_AHEAD_S, metavar="SECONDS", help=f"default: {_AHEAD_S}"
    )
    when.add_argument(
        "--at-once",
        action="store_true",
        help="destroy all before it, and every token with them: for a key that was stolen",
    )
    rotate.set_defaults(run=_rotate)
    for one in (listed, rotate):
        one.add_argument("--keys", type=Path, metavar="DIR", help="default: ONLYONCE_KEYS")


def _list(given: argparse.Namespace) -> int:
    from hub.identity import key_id  # noqa: PLC0415
    from hub.token_keys import TokenKeys  # noqa: PLC0415

    keys, now = TokenKeys(partly(keys=given.keys).keys, create=False).from_moments(), time.time()
    signs = max((one for one in keys if one <= now), default=min(keys))
    for begins, key in keys.items():
        state = (
            "signs"
            if begins == signs
            else "to come"
            if begins > now
            else "accepted until its last token is over"
        )
        since = f" from {datetime.fromtimestamp(begins, UTC).isoformat()}" if begins else ""
        print(f"{key_id(key)} {state}{since}")
    return 0


def _rotate(given: argparse.Namespace) -> int:
    from hub.keyfiles import KeysUnusable  # noqa: PLC0415
    from hub.token_keys import TokenKeys  # noqa: PLC0415

    if not 0 <= given.ahead <= _MOST_AHEAD_S:
        raise CannotAsk(f"--in must be 0 to {_MOST_AHEAD_S} seconds")
    keys, now = TokenKeys(partly(keys=given.keys).keys, create=False), int(time.time())
    try:
        if given.at_once:
            keys.replace(now)
        else:
            keys.begin(now + given.ahead, now=now)
    except KeysUnusable as error:
        raise CannotAsk(str(error)) from None
    return _list(given)
