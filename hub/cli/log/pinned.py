"""The witnesses that a verifier believes: `--witness` and `--quorum`."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from hub.cli.common import CannotAsk

if TYPE_CHECKING:
    from audit import WitnessKey


def add_pinned(parser: argparse.ArgumentParser) -> None:
    """Let a command be told them."""
    parser.add_argument(
        "--witness",
        metavar="KEY",
        action="append",
        default=[],
        help="the verifier key of a witness, or a file with it: only what it cosigned counts, in a log what is older than ten minutes; may be given again",
    )
    parser.add_argument(
        "--quorum", type=int, metavar="N", help="how many of the witnesses must have cosigned (all)"
    )


def pinned(given: argparse.Namespace) -> tuple[list["WitnessKey"], int]:
    """The witnesses, and how many of them must have cosigned.

    Raises:
        CannotAsk: one is none, or there are not so many.
    """
    witnesses = [_read(text) for text in given.witness]
    # One key under two names too: a cosignature does not say under which name it was made.
    if len({witness.key.public_bytes_raw() for witness in witnesses}) < len(witnesses):
        raise CannotAsk("--witness: one key is given twice")
    quorum = len(witnesses) if given.quorum is None else int(given.quorum)
    if given.quorum is not None and not 1 <= quorum <= len(witnesses):
        raise CannotAsk("--quorum: must be at least one, and at most as many as there are --witness")
    return witnesses, quorum


def _read(text: str) -> "WitnessKey":
    from audit import CheckpointInvalid, WitnessKey  # noqa: PLC0415

    where = "--witness"
    try:
        if "+" not in text or Path(text).is_file():
            where, text = text, Path(text).read_text("utf-8")
        return WitnessKey.read(text)
    except CheckpointInvalid as error:
        raise CannotAsk(f"{where}: {error}") from None
    except (OSError, UnicodeDecodeError) as error:
        raise CannotAsk(f"{where}: cannot be read ({type(error).__name__})") from None
