"""`onlyonce demo`: the hub with its sources and a login, as processes of their own, and four forms prefilled before your eyes.

    1. Start the sources, the login and the hub, each a process on free ports of this machine.
    2. As a form would: get an access token, prefill a study grant and a company subsidy; give the consent that the third
       form needs, and prefill it; log in more strongly for the fourth.
    3. As the citizen would: read who used the data.
    4. As an auditor would: verify the log.

Everything the demo says goes to standard error but the result itself.
"""

import asyncio
import contextlib
import json
import shutil
import signal
import sys
import tempfile
from pathlib import Path
from typing import Any

from hub.demo import show
from hub.demo.caller import Caller
from hub.demo.processes import DemoFailed, Processes, start_all


def run(*, data: Path | None, once: bool, as_json: bool) -> int:
    """Run the demo.

    Args:
        data: the folder that keeps its state (`hub.sqlite3`, `keys/`); None: a temporary one, removed at the end.
        once: end after the show.
        as_json: print one JSON object on standard output.

    Raises:
        DemoFailed: a process did not start; says which, and what it said.
    """
    folder = data or Path(tempfile.mkdtemp(prefix="onlyonce-demo-"))
    try:
        with contextlib.suppress(asyncio.CancelledError):
            return asyncio.run(_run(folder.absolute(), once=once, as_json=as_json))
        return 130
    finally:
        if data is None:
            shutil.rmtree(folder, ignore_errors=True)


async def _run(folder: Path, *, once: bool, as_json: bool) -> int:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with start_all(folder, say=_say) as processes, Caller(processes) as caller:
        show_task = asyncio.create_task(_show(processes, caller, as_json=as_json))
        stopped = asyncio.create_task(stop.wait())
        await asyncio.wait({show_task, stopped}, return_when=asyncio.FIRST_COMPLETED)
        if not show_task.done():
            show_task.cancel()
            return 130
        verified = show_task.result()
        if not once:
            newest = next(line["index"] for line in await caller.usage() if line["kind"] == "prefill")
            to_paste = show.addresses(processes, caller, newest)
            print(to_paste, file=sys.stderr if as_json else sys.stdout, flush=True)
            await stopped
        stopped.cancel()
    return 0 if verified else 1


async def _show(processes: Processes, caller: Caller, *, as_json: bool) -> bool:
    _say("prefilling four forms")
    prefills = [
        await caller.study_grant(), await caller.company_subsidy(), *await caller.sports_discount(), *await caller.adapted_transport(),
    ]  # fmt: skip
    usage = [*await caller.usage(), *await caller.usage(company=True)]
    _say("verifying the log")
    verified = await processes.verify_log()
    if as_json:
        result: dict[str, Any] = {"prefills": prefills, "usage": usage, "logVerified": verified}
        print(json.dumps(result, ensure_ascii=False), flush=True)
    else:
        print(show.report(prefills, usage, verified=verified), flush=True)
    return verified


def _say(message: str) -> None:
    print(f"demo: {message}", file=sys.stderr, flush=True)


__all__ = ["DemoFailed", "run"]
