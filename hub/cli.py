"""The command `onlyonce`.

Exit codes: 0 done; 1 the answer is no (a log that does not verify, a catalogue with offenders); 2 it could not be asked.
"""

import argparse
import contextlib
import gc
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from hub.settings import PREFIX, Settings, SettingsInvalid, read_settings

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    from audit import Report


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and give its exit code."""
    given = _parser().parse_args(arguments)
    try:
        return int(given.run(given))
    except SettingsInvalid as error:
        return _complain("these settings are wrong:", *str(error).splitlines())
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        explained = _explain(error)
        if explained is None:
            raise
        return _complain(*explained.splitlines())


_SHORTEST_SECRET = 24


class _CannotAskError(Exception):
    """What a command was given is of no use."""


def _explain(error: Exception) -> str | None:
    """What to say of an error that an operator can do something about; None for a fault of the hub's own."""
    # Imported here: they are many, and a command that goes well needs few of them.
    from alembic.util import CommandError  # noqa: PLC0415
    from sqlalchemy.exc import DBAPIError, SQLAlchemyError  # noqa: PLC0415

    from audit import CheckpointInvalid, LogUnavailable  # noqa: PLC0415
    from hub.catalogue import CatalogueInvalid  # noqa: PLC0415
    from hub.database import SchemaOutOfDate  # noqa: PLC0415
    from hub.demo.processes import DemoFailed  # noqa: PLC0415
    from hub.identity import KeysForeign  # noqa: PLC0415
    from hub.keys import KeysUnusable  # noqa: PLC0415
    from policies import PolicyInvalid  # noqa: PLC0415

    expected = (
        _CannotAskError, CatalogueInvalid, CheckpointInvalid, CommandError, DemoFailed, KeysForeign, KeysUnusable,
        LogUnavailable, PolicyInvalid, SchemaOutOfDate,
    )  # fmt: skip
    if isinstance(error, expected):
        return str(error)
    if isinstance(error, SQLAlchemyError):
        cause = error.orig if isinstance(error, DBAPIError) and not error.statement else None
        why = str(cause).strip() if cause is not None else type(error).__name__
        return f"the database cannot be used: {why}"
    return None


def _complain(*lines: str) -> int:
    for line in lines:
        print(f"onlyonce: {line}", file=sys.stderr)
    return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="onlyonce", description="A data-exchange and personal-data control hub."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    serve = commands.add_parser("serve", help="run the hub (settings: environment variables ONLYONCE_…)")
    serve.set_defaults(run=_serve)

    demo = commands.add_parser(
        "demo", help="run the hub with demo sources and a demo login, and show what it does"
    )
    demo.add_argument("--once", action="store_true", help="end after the show")
    demo.add_argument("--json", action="store_true", help="print one JSON object on standard output")
    demo.add_argument(
        "--data", type=Path, metavar="DIR", help="keep the demo's state there (default: a temporary folder)"
    )
    demo.set_defaults(run=_demo)

    check = commands.add_parser("check", help="check a catalogue, naming every offender with file and line")
    check.add_argument("folder", nargs="?", type=Path, metavar="DIR", help="default: ONLYONCE_CATALOGUE")
    check.set_defaults(run=_check)

    database = commands.add_parser("database", help="the database's schema").add_subparsers(
        required=True, metavar="ACTION"
    )
    migrate = database.add_parser("migrate", help="bring the schema up to date")
    migrate.add_argument("--database", metavar="URL", help="default: ONLYONCE_DATABASE_URL")
    migrate.set_defaults(run=_migrate)

    log = commands.add_parser("log", help="the usage log").add_subparsers(required=True, metavar="ACTION")
    verify = log.add_parser(
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
        help="the log's public key (PEM, or as `log public-key` prints it): check signatures without --keys",
    )
    verify.add_argument(
        "--checkpoint",
        type=Path,
        metavar="FILE",
        action="append",
        default=[],
        help="a checkpoint kept elsewhere, which the log must go on from; may be given again",
    )
    verify.add_argument("--json", action="store_true", help="print one JSON object")
    verify.set_defaults(run=_verify)
    public = log.add_parser(
        "public-key", help="print the key that checkpoints are verified with, as a C2SP verifier key"
    )
    public.add_argument("--keys", type=Path, metavar="DIR", help="default: ONLYONCE_KEYS")
    public.add_argument("--pem", action="store_true", help="print it as PEM")
    public.set_defaults(run=_public_key)

    policies = commands.add_parser("policies", help="the access policies").add_subparsers(
        required=True, metavar="ACTION"
    )
    export = policies.add_parser("export", help="write the policies and their revision for an OPA server")
    export.add_argument("folder", type=Path, metavar="DIR")
    export.set_defaults(run=_export)

    clients = commands.add_parser("clients", help="clients of the catalogue").add_subparsers(
        required=True, metavar="ACTION"
    )
    secret = clients.add_parser(
        "hash-secret", help="read a client's secret on standard input, print its hash for the catalogue"
    )
    secret.set_defaults(run=_hash_secret)
    return parser


def _serve(_: argparse.Namespace) -> int:
    import uvicorn  # noqa: PLC0415 - only this command serves

    from hub.api.connections import Connection  # noqa: PLC0415
    from hub.logs import configure  # noqa: PLC0415
    from hub.main import create_app  # noqa: PLC0415

    settings = read_settings()
    configure(settings.log_level)
    app = create_app(settings)
    _settle()
    server = uvicorn.Server(
        uvicorn.Config(
            app, host=settings.host, port=settings.port, log_config=None, log_level=settings.log_level,
            access_log=settings.access_log, server_header=False, proxy_headers=False, date_header=True, lifespan="on",
            http=Connection, timeout_graceful_shutdown=10,
        )
    )  # fmt: skip
    with contextlib.suppress(SystemExit):  # how uvicorn ends if it cannot start, with a code of its own
        server.run()
    return 0 if server.started else 2


def _settle() -> None:
    """Keep what the start loaded out of garbage collection, which looked through it again and again: a seventh of a prefill's CPU."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


def _demo(given: argparse.Namespace) -> int:
    from hub.demo.run import run  # noqa: PLC0415

    return run(data=given.data, once=given.once, as_json=given.json)


def _check(given: argparse.Namespace) -> int:
    from hub.catalogue.check import check  # noqa: PLC0415

    report = check(_partly(catalogue=given.folder).catalogue)
    print(report.text, file=sys.stdout if report.ok else sys.stderr)
    return 0 if report.ok else 1


def _migrate(given: argparse.Namespace) -> int:
    from hub.database import migrate  # noqa: PLC0415

    print(f"the schema is at {migrate(_partly(database_url=given.database).database_url)}")
    return 0


def _verify(given: argparse.Namespace) -> int:
    from audit import verify  # noqa: PLC0415
    from hub.database import check_schema, open_engine  # noqa: PLC0415
    from hub.keys import KeyFolder  # noqa: PLC0415

    settings = _partly(database_url=given.database, keys=given.keys)
    keys = KeyFolder(given.keys, create=False) if given.keys else None
    public_key = keys.log.public_key() if keys else None
    if given.public_key:
        public_key = _read_public_key(given.public_key)
    files = list(given.checkpoint)
    if keys and settings.kept_checkpoint.exists():
        files.append(settings.kept_checkpoint)
    kept = [_read_checkpoint(file) for file in files]  # before the log is looked at, which may go on
    engine = open_engine(settings.database_url, create=False)
    try:
        check_schema(engine)
        report = verify(engine, keys=keys.epochs if keys else None, public_key=public_key, kept=kept)
    finally:
        engine.dispose()
    if given.json:
        problems = [{"index": one.index, "what": one.what} for one in report.problems]
        print(json.dumps({"ok": report.ok, **asdict(report), "problems": problems}))
    else:
        _show(report, opened=keys is not None, checked=public_key is not None)
    return 0 if report.ok else 1


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


def _read_checkpoint(file: Path) -> str:
    from audit import CheckpointInvalid, checkpoint, note_in  # noqa: PLC0415

    note = note_in(_read(file))
    try:
        checkpoint.read_checkpoint(note)
    except CheckpointInvalid as error:
        raise _CannotAskError(f"{file}: {error}") from None
    return note


def _read_public_key(file: Path) -> "Ed25519PublicKey":
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey  # noqa: PLC0415
    from cryptography.hazmat.primitives.serialization import load_pem_public_key  # noqa: PLC0415

    from audit import CheckpointInvalid, checkpoint  # noqa: PLC0415

    text = _read(file)
    try:
        if not text.startswith("-----BEGIN"):
            return checkpoint.read_verifier_key(text)[1]
        key = load_pem_public_key(text.encode())
    except (CheckpointInvalid, ValueError):
        key = None
    if not isinstance(key, Ed25519PublicKey):
        raise _CannotAskError(f"{file}: is not an Ed25519 public key, in PEM or as a C2SP verifier key")
    return key


def _read(file: Path) -> str:
    try:
        return file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise _CannotAskError(f"{file}: cannot be read ({type(error).__name__})") from None


def _public_key(given: argparse.Namespace) -> int:
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat  # noqa: PLC0415

    from audit import checkpoint  # noqa: PLC0415
    from hub.assembly import log_origin  # noqa: PLC0415
    from hub.keys import KeyFolder  # noqa: PLC0415

    settings = _partly(keys=given.keys)
    key = KeyFolder(settings.keys, create=False).log.public_key()
    pem = key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode().strip()
    print(pem if given.pem else checkpoint.verifier_key(log_origin(settings), key))
    return 0


def _export(given: argparse.Namespace) -> int:
    from policies import export, load_policies  # noqa: PLC0415

    policy_set = load_policies(_partly().policies)
    export(policy_set, given.folder)
    print(f"policies of revision {policy_set.revision} are in {given.folder}")
    return 0


def _hash_secret(_: argparse.Namespace) -> int:
    from hub.identity import hash_secret  # noqa: PLC0415

    secret = sys.stdin.readline().rstrip("\n")
    if len(secret) < _SHORTEST_SECRET:
        return _complain(
            f"a client's secret has {_SHORTEST_SECRET} characters at least; make one by a machine"
        )
    print(hash_secret(secret))
    return 0


def _partly(**instead: object) -> Settings:
    """The settings, with what the command line says instead. A command that needs no catalogue asks for none."""
    environment = dict(os.environ)
    for name, value in instead.items():
        if value is not None:
            environment[PREFIX + name.upper()] = str(value)
    if "catalogue" not in instead:
        environment[f"{PREFIX}CATALOGUE"] = "."
    return read_settings(environment)


if __name__ == "__main__":
    sys.exit(main())
