"""The command `onlyonce`.

Exit codes: 0 done; 1 the answer is no (a log that does not verify, a catalogue with offenders); 2 it could not be asked.
"""

import argparse
import gc
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from hub.settings import PREFIX, Settings, SettingsInvalid, read_settings


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
        if type(error).__name__ in _EXPECTED:
            return _complain(*str(error).splitlines())
        raise


_SHORTEST_SECRET = 24
_EXPECTED = {
    "CatalogueInvalid",
    "PolicyInvalid",
    "KeysUnusable",
    "KeysForeign",
    "SchemaOutOfDate",
    "LogUnavailable",
    "DemoFailed",
}


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
        "--keys", type=Path, metavar="DIR", help="the hub's keys: also open every sealed entry"
    )
    verify.add_argument("--json", action="store_true", help="print one JSON object")
    verify.set_defaults(run=_verify)

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

    engine = open_engine(_partly(database_url=given.database).database_url)
    check_schema(engine)
    keys = KeyFolder(given.keys, create=False) if given.keys else None
    report = verify(
        engine, keys=keys.epochs if keys else None, public_key=keys.log.public_key() if keys else None
    )
    engine.dispose()
    findings = [{"index": one.index, "what": one.what} for one in report.problems]
    if given.json:
        print(json.dumps({"ok": report.ok, "size": report.size, "problems": findings}))
    else:
        extent = "every entry was opened" if keys else "public checks alone: no keys were given"
        print(
            f"{report.size} entries, {'the log holds' if report.ok else 'THE LOG DOES NOT HOLD'} ({extent})"
        )
        for one in report.problems:
            print(f"  {'the log' if one.index is None else f'entry {one.index}'}: {one.what}")
    return 0 if report.ok else 1


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
