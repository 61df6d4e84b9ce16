"""The command `onlyonce`.

Exit codes: 0 done; 1 the answer is no (a log that does not verify, a catalogue with offenders); 2 it could not be asked.
"""

import argparse
import contextlib
import gc
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from hub.cli.clients import add_clients
from hub.cli.common import CannotAsk, partly
from hub.cli.consent import add_consent
from hub.cli.keys import add_keys
from hub.cli.log import add_log
from hub.cli.oversight import add_oversight
from hub.cli.policies import add_policies
from hub.cli.sources import add_sources
from hub.cli.subjects import add_subjects
from hub.settings import SettingsInvalid, read_settings


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and give its exit code."""
    given = parser().parse_args(arguments)
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


def _explain(error: Exception) -> str | None:
    """What to say of an error that an operator can do something about; None for a fault of the hub's own."""
    # Imported here: they are many, and a command that goes well needs few of them.
    from alembic.util import CommandError  # noqa: PLC0415
    from sqlalchemy.exc import DBAPIError, SQLAlchemyError  # noqa: PLC0415

    from audit import CheckpointInvalid, ExportInvalid, LogChanged, LogUnavailable  # noqa: PLC0415
    from hub.catalogue import CatalogueInvalid  # noqa: PLC0415
    from hub.database import SchemaOutOfDate  # noqa: PLC0415
    from hub.demo.processes import DemoFailed  # noqa: PLC0415
    from hub.identity import KeysForeign  # noqa: PLC0415
    from hub.keys import KeysUnusable  # noqa: PLC0415
    from hub.services.errors import NotRecorded  # noqa: PLC0415
    from hub.witness import WitnessUnusable  # noqa: PLC0415
    from policies import PolicyInvalid  # noqa: PLC0415

    expected = (
        CannotAsk, CatalogueInvalid, CheckpointInvalid, CommandError, DemoFailed, ExportInvalid, KeysForeign, KeysUnusable,
        LogChanged, LogUnavailable, NotRecorded, PolicyInvalid, SchemaOutOfDate,
        WitnessUnusable,
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


def parser() -> argparse.ArgumentParser:
    """The whole command line."""
    whole = argparse.ArgumentParser(
        prog="onlyonce", description="A data-exchange and personal-data control hub."
    )
    commands = whole.add_subparsers(required=True, metavar="COMMAND")

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

    add_log(commands)
    add_sources(commands)

    add_policies(commands)
    add_subjects(commands)
    add_oversight(commands)
    add_consent(commands)
    add_keys(commands)
    add_clients(commands)
    return whole


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
            http=Connection, ws="none", timeout_graceful_shutdown=10,
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

    report = check(partly(catalogue=given.folder).catalogue)
    print(report.text, file=sys.stdout if report.ok else sys.stderr)
    return 0 if report.ok else 1


def _migrate(given: argparse.Namespace) -> int:
    from hub.database import migrate  # noqa: PLC0415

    print(f"the schema is at {migrate(partly(database_url=given.database).database_url)}")
    return 0
