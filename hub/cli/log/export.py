"""`onlyonce log export FILE`: the whole log in one file, for `onlyonce log verify --export FILE`."""

import argparse
from pathlib import Path

from hub.cli.common import CannotAsk, partly


def add(actions: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `export`."""
    export = actions.add_parser(
        "export", help="write the whole log, sealed as it is, to a file that is verified without the hub"
    )
    export.add_argument("file", type=Path, metavar="FILE", help="a new file")
    export.add_argument("--database", metavar="URL", help="default: ONLYONCE_DATABASE_URL")
    export.set_defaults(run=export_log)


def export_log(given: argparse.Namespace) -> int:
    """Write the export."""
    from audit import export  # noqa: PLC0415
    from hub.database import check_schema, open_engine  # noqa: PLC0415

    engine = open_engine(partly(database_url=given.database).database_url, create=False)
    try:
        check_schema(engine)
        size = export(engine, given.file)
    except OSError as error:
        raise CannotAsk(f"{given.file}: cannot be written ({type(error).__name__})") from None
    finally:
        engine.dispose()
    print(
        f"{given.file}: {size} entries, to be kept like a backup of the database: its keys are wrapped, not gone"
    )
    return 0
