"""`onlyonce log keys` and `onlyonce log rotate-key`: the keys that the log's checkpoints are signed with."""

import argparse
from pathlib import Path

from hub.cli.common import CannotAsk, partly


def add(actions: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `keys` and `rotate-key`."""
    keys = actions.add_parser(
        "keys",
        help="print every key that checkpoints are or were signed with, oldest first, as C2SP verifier keys",
    )
    keys.set_defaults(run=print_keys)
    rotate = actions.add_parser(
        "rotate-key",
        help="make another key; a running hub names it in the log, and signs with it from then on",
    )
    rotate.set_defaults(run=rotate_key)
    for one in (keys, rotate):
        one.add_argument("--keys", type=Path, metavar="DIR", help="default: ONLYONCE_KEYS")


def print_keys(given: argparse.Namespace) -> int:
    """Print the log's verifier keys."""
    from audit import checkpoint  # noqa: PLC0415
    from hub.assembly.naming import log_origin  # noqa: PLC0415
    from hub.log_keys import LogKeys  # noqa: PLC0415

    settings = partly(keys=given.keys)
    for key in LogKeys(settings.keys, create=False).public:
        print(checkpoint.verifier_key(log_origin(settings), key))
    return 0


def rotate_key(given: argparse.Namespace) -> int:
    """Make the next key, and print its verifier key."""
    from audit import checkpoint  # noqa: PLC0415
    from hub.assembly.naming import log_origin  # noqa: PLC0415
    from hub.keyfiles import KeysUnusable  # noqa: PLC0415
    from hub.log_keys import LogKeys  # noqa: PLC0415

    settings = partly(keys=given.keys)
    try:
        made = LogKeys(settings.keys, create=False).begin()
    except KeysUnusable as error:
        raise CannotAsk(str(error)) from None
    print(checkpoint.verifier_key(log_origin(settings), made))
    return 0
