"""`onlyonce log witness`: run an independent witness of usage logs, with its own key and its own memory."""

import argparse
import contextlib
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from audit import Witness


def add(actions: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `witness`."""
    witness = actions.add_parser(
        "witness", help="run a witness (C2SP tlog-witness), which cosigns the checkpoints of logs"
    )
    witness.add_argument(
        "folder", type=Path, metavar="DIR", help="its key and its memory, made at the first start"
    )
    witness.add_argument(
        "--name", required=True, help="its name in cosignatures, as an address without a scheme"
    )
    witness.add_argument(
        "--logs",
        type=Path,
        metavar="FILE",
        help="the logs that it follows: their verifier keys, one a line (`log public-key` prints a hub's); read again when it changes",
    )
    witness.add_argument("--host", default="127.0.0.1", help="the address to listen on (%(default)s)")
    witness.add_argument("--port", type=int, default=8080, help="the port to listen on (%(default)s)")
    witness.add_argument(
        "--show-key", action="store_true", help="print its verifier key, for whoever pins it, and end"
    )
    witness.set_defaults(run=run_witness)


def run_witness(given: argparse.Namespace) -> int:
    """Run a witness until it is stopped; 2 if it cannot listen."""
    from datetime import UTC, datetime  # noqa: PLC0415

    from audit import Witness, checkpoint  # noqa: PLC0415
    from hub.cli.common import CannotAsk  # noqa: PLC0415
    from hub.witness import FollowedLogs, WitnessFolder  # noqa: PLC0415

    if not checkpoint.is_key_name(given.name):
        raise CannotAsk("--name: a name has no spaces and no plus signs")
    if given.logs is None and not given.show_key:
        raise CannotAsk("--logs: say which logs to follow")
    folder = WitnessFolder(given.folder)
    logs = FollowedLogs(given.logs) if given.logs is not None else dict
    with contextlib.closing(folder.memory):
        witness = Witness(
            given.name, folder.key, logs=logs, memory=folder.memory, clock=lambda: datetime.now(UTC)
        )
        print(witness.key.text(), flush=True)
        return 0 if given.show_key else _serve(witness, given.host, given.port)


def _serve(witness: "Witness", host: str, port: int) -> int:
    import uvicorn  # noqa: PLC0415

    from hub.logs import configure  # noqa: PLC0415
    from hub.witness import application  # noqa: PLC0415

    configure("info")
    config = uvicorn.Config(
        application(witness), host=host, port=port, log_config=None, access_log=False, lifespan="off",
        server_header=False, proxy_headers=False, timeout_graceful_shutdown=10, limit_concurrency=200,
    )  # fmt: skip
    server = uvicorn.Server(config)
    with contextlib.suppress(SystemExit):  # how uvicorn ends if it cannot start, with a code of its own
        server.run()
    return 0 if server.started else 2
