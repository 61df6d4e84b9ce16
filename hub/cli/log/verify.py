"""`onlyonce log verify`: check the usage log. Exit codes: 0 it holds; 1 it does not; 2 it could not be asked."""

import argparse
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from hub.cli.common import CannotAsk, partly
from hub.cli.log.pinned import add_pinned, pinned
from hub.cli.log.public_keys import key_texts, pem_of, public_key_of, read_text

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from audit import Report


def add(actions: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `verify`."""
    verify = actions.add_parser(
        "verify", help="check the whole log; exit 1 and name the first bad entry if it does not hold"
    )
    verify.add_argument("--database", metavar="URL", help="default: ONLYONCE_DATABASE_URL")
    verify.add_argument(
        "--keys",
        type=Path,
        metavar="DIR",
        help="the hub's keys: also open every sealed entry, check signatures, and the last checkpoint that is kept there",
    )
    verify.add_argument(
        "--public-key",
        type=Path,
        metavar="FILE",
        help="the log's public keys (PEM, or as `log keys` prints them): check signatures without --keys",
    )
    verify.add_argument(
        "--checkpoint",
        type=Path,
        metavar="FILE",
        action="append",
        default=[],
        help="a checkpoint kept elsewhere, which the log must go on from; may be given again",
    )
    verify.add_argument(
        "--export", type=Path, metavar="FILE", help="check this export of a log, and no database"
    )
    verify.add_argument(
        "--proof",
        type=Path,
        metavar="FILE",
        help="check this proof of one line, and no log; needs the log's key",
    )
    verify.add_argument(
        "--completeness",
        type=Path,
        metavar="FILE",
        help="check this proof that lines are all of a subject's, and no log; needs the log's key",
    )
    verify.add_argument(
        "--subject",
        metavar="-",
        help="with --proof or --completeness: also check whose line it is, by the number that is read on standard input",
    )
    add_pinned(verify)
    verify.add_argument("--json", action="store_true", help="print one JSON object")
    verify.set_defaults(run=verify_log)


def verify_log(given: argparse.Namespace) -> int:
    """Check the whole log, or what was taken from it; 1 if it does not hold."""
    if given.proof is not None or given.completeness is not None:
        return _verify_proof(given)
    from audit import KeptNote, verify  # noqa: PLC0415
    from hub.keys import KeyFolder  # noqa: PLC0415

    settings = partly(database_url=given.database, keys=given.keys)
    witnesses, quorum = pinned(given)
    keys = KeyFolder(given.keys, create=False) if given.keys else None
    public_keys = keys.log.public if keys else []
    if given.public_key:
        public_keys = [public_key_of(text) for text in key_texts(given.public_key)]
    files = list(given.checkpoint)
    if keys:
        beside = (settings.kept_checkpoint, KeptNote(settings.kept_checkpoint).contradicting)
        files += [file for file in beside if file.exists()]
    kept = [read_checkpoint_file(file) for file in files]  # before the log is looked at, which may go on
    with _opened(given.export, settings.database_url) as engine:
        report = verify(
            engine, keys=keys.epochs if keys else None, blind=keys.blind if keys else None, public_key=public_keys, kept=kept,
            witnesses=witnesses, quorum=quorum,
        )  # fmt: skip
    if given.json:
        problems = [{"index": one.index, "what": one.what} for one in report.problems]
        print(json.dumps({"ok": report.ok, **asdict(report), "problems": problems}))
    else:
        _show(report, opened=keys is not None, checked=bool(public_keys))
        if witnesses:
            print(f"  witnesses: {quorum} of {len(witnesses)} vouch for the first {report.cosigned} entries")
    return 0 if report.ok else 1


@contextmanager
def _opened(export: Path | None, url: str) -> "Iterator[Engine]":
    """The log in an export, or in a database."""
    from audit import opened_export  # noqa: PLC0415
    from hub.database import check_schema, open_engine  # noqa: PLC0415

    if export is not None:
        with opened_export(export) as engine:
            yield engine
        return
    engine = open_engine(url, create=False)
    try:
        check_schema(engine)
        yield engine
    finally:
        engine.dispose()


def _verify_proof(given: argparse.Namespace) -> int:
    from hub.cli.log.completeness_check import verify_completeness  # noqa: PLC0415
    from hub.cli.log.proof_check import verify_proof  # noqa: PLC0415
    from hub.keys import KeyFolder  # noqa: PLC0415

    if given.subject not in {None, "-"}:
        raise CannotAsk("--subject takes - alone: a number on a command line can be read by others")
    given.subject = sys.stdin.readline().strip() if given.subject else None
    keys: list[str] = []
    if given.public_key:
        keys = key_texts(given.public_key)
    elif given.keys:
        keys = [pem_of(key) for key in KeyFolder(given.keys, create=False).log.public]
    return verify_proof(given, keys) if given.proof is not None else verify_completeness(given, keys)


def _show(report: "Report", *, opened: bool, checked: bool) -> None:
    """What was checked, and how far it reaches; never more."""
    if not opened:
        extent = (
            f"public checks alone: no keys were given, {report.forgotten} entries are said to be forgotten"
        )
    elif report.readable == report.size:
        extent = "every entry was opened"
    else:
        extent = f"{report.readable} entries were opened, {report.forgotten} are forgotten"
    print(f"{report.size} entries, {'the log holds' if report.ok else 'THE LOG DOES NOT HOLD'} ({extent})")
    signatures = "signatures checked" if checked else "no signature checked: no public key was given"
    print(f"  checkpoints: {report.checkpoints}, the last counts {report.signed} entries ({signatures})")
    for one in report.problems:
        print(f"  {'the log' if one.index is None else f'entry {one.index}'}: {one.what}")


def read_checkpoint_file(file: Path) -> str:
    """The checkpoint in a file.

    Raises:
        CannotAsk: it holds none.
    """
    from audit import CheckpointInvalid, checkpoint, note_in  # noqa: PLC0415

    note = note_in(read_text(file))
    try:
        checkpoint.read_checkpoint(note)
    except CheckpointInvalid as error:
        raise CannotAsk(f"{file}: {error}") from None
    return note
