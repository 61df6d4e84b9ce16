"""What a whole prefill costs beside a bare fan-out, in one run: `python -m benchmarks.prefill [--json]`.

Both ask the same three sources (two SOAP, one REST) for the same twelve fields of the same people, and run on one core; sources and load
run on the other. The hub does every step: client token, login token, decision, intent, calls, entry on disk, signed receipt.

1. Both are asked for every person once: the answers must agree, and the hub's first sight of each person is measured by itself.
2. Hub, fan-out, hub, fan-out: as many prefills as each can do, CPU time per prefill, and the ratio.
3. With sources that take 20 ms, at 200 prefills a second, half of what the hub must be able to do: how much later the answers come than that
   of the slowest of the three sources, which is asked directly in the same seconds. The same at half of what the hub can do. The least
   disturbed of some windows counts: this machine has other work, now and then.
4. The same as 2 for a hub with PostgreSQL and an OPA server, where both are on this machine. It is the hub's own process that is measured.
"""

import argparse
import asyncio
import json
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any

import uvloop

from benchmarks.support.cores import REST, before_others, cpu_seconds, on
from benchmarks.support.load import Lane, Seen, closed_loop, once_each, open_loop, slowest_of
from benchmarks.support.servers import (
    Server,
    bare_fan_out,
    hub,
    probes,
    production,
    slow_sources,
    surroundings,
)
from hub.demo.identity_provider import IdentityProvider
from hub.demo.people import Population, population
from hub.demo.processes import Processes
from tests.support.machine import find_opa, find_postgres

LATENCY_MS = 20.0
HALF_LOAD = 200.0  # prefills a second
WINDOW_S = 2.0


@dataclass(frozen=True, slots=True)
class Round:
    """One round of one server: CPU milliseconds a prefill, prefills a second."""

    cpu_ms: float
    per_second: float


async def main(arguments: argparse.Namespace) -> dict[str, Any]:
    """Measure, and give the figures by name."""
    people = population(1, arguments.subjects)
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="onlyonce-bench-")))
        at, provider = await stack.enter_async_context(surroundings(folder, people))
        ours = await stack.enter_async_context(hub(at, provider, people))
        bare = await stack.enter_async_context(bare_fan_out(at, people))
        await _agree(ours, bare)
        first = await _measured(ours, lambda: once_each(ours.port, ours.requests, lanes=arguments.lanes))
        await once_each(bare.port, bare.requests, lanes=arguments.lanes)
        rounds: dict[str, list[Round]] = {ours.name: [], bare.name: []}
        for server in (ours, bare) * arguments.rounds:
            rounds[server.name].append(await _round(server, arguments))
        our_round, bare_round = _middle(rounds[ours.name]), _middle(rounds[bare.name])
        probe = probes(at, people.persons[0].ssin)
        await slow_sources(at, LATENCY_MS)
        late = await _late(ours, HALF_LOAD, probe, windows=5)
        later = await _late(ours, our_round.per_second / 2, probe, windows=3)
        bare_late = await _late(bare, HALF_LOAD, probe, windows=3)
        await slow_sources(at, 0)
        figures = {
            "cpuRatio": median(a.cpu_ms / b.cpu_ms for a, b in zip(rounds[ours.name], rounds[bare.name], strict=True)),
            "prefillsPerSecond": our_round.per_second, "addedMsP50": late[0], "addedMsP99": late[1],
            "cpuMs": our_round.cpu_ms, "bareCpuMs": bare_round.cpu_ms, "barePrefillsPerSecond": bare_round.per_second,
            "addedMsP50AtHalfOfMost": later[0], "addedMsP99AtHalfOfMost": later[1], "bareAddedMsP50": bare_late[0], "bareAddedMsP99": bare_late[1],
            "firstSightCpuMs": first.cpu_ms, "firstSightCpuRatio": first.cpu_ms / bare_round.cpu_ms,
        }  # fmt: skip
        production = None if arguments.quick else await _production(at, provider, people, arguments)
    if production is not None:
        figures["postgresOpaCpuMs"] = production.cpu_ms
        figures["postgresOpaCpuRatio"] = production.cpu_ms / bare_round.cpu_ms
        figures["postgresOpaPrefillsPerSecond"] = production.per_second
    rounded: dict[str, Any] = {name: round(figure, 3) for name, figure in figures.items()}
    return rounded | {"rounds": {name: [asdict(one) for one in some] for name, some in rounds.items()}}


async def _agree(ours: Server, bare: Server) -> None:
    """Hub and fan-out say the same of the first people: what is compared does the same work."""
    one, other = await Lane.to(ours.port), await Lane.to(bare.port)
    for question, bare_question in list(zip(ours.requests, bare.requests, strict=True))[:20]:
        (status, body), (bare_status, bare_body) = await one.ask(question), await other.ask(bare_question)
        fields = json.loads(body)["fields"]
        said = {name: field.get("value") for name, field in fields.items()}
        if (status, bare_status) != (200, 200) or not _same(said, json.loads(bare_body)):
            raise SystemExit("the hub and the bare fan-out do not answer alike")
    one.close()
    other.close()


def _same(said: Mapping[str, Any], bare: Mapping[str, Any]) -> bool:
    """Whether two answers are the same; numbers are written differently."""

    def plain(value: Any) -> Any:
        return float(value) if isinstance(value, str) and value.replace(".", "", 1).isdigit() else value

    return {name: plain(value) for name, value in said.items()} == {
        name: plain(value) for name, value in bare.items()
    }


async def _measured(server: Server, load: Any) -> Round:
    """CPU time per answer, and answers per second, of a load."""
    before = cpu_seconds(server.pid)
    seen: Seen = await load()
    if seen.failures:
        raise SystemExit(f"{seen.failures} of {len(seen.latencies)} prefills failed at the {server.name}")
    return Round((cpu_seconds(server.pid) - before) / len(seen.latencies) * 1000, seen.per_second)


async def _round(server: Server, arguments: argparse.Namespace) -> Round:
    requests = server.again_and_again()
    return await _measured(
        server, lambda: closed_loop(server.port, requests, lanes=arguments.lanes, seconds=arguments.seconds)
    )


async def _late(
    server: Server, rate: float, probe: list[tuple[int, bytes]], *, windows: int
) -> tuple[float, float]:
    """By how many milliseconds a load's answers come later than the slowest source's, p50 and p99, at the best."""
    await open_loop(server.port, server.again_and_again(), rate=rate, seconds=1)
    found = []
    for _ in range(windows):
        seen, sources = await asyncio.gather(
            open_loop(server.port, server.again_and_again(), rate=rate, seconds=WINDOW_S),
            slowest_of(probe, every=0.1, until=time.perf_counter() + WINDOW_S),
        )
        if seen.failures:
            raise SystemExit(f"{seen.failures} of {len(seen.latencies)} prefills failed at the {server.name}")
        found.append((seen.percentile(0.5) - median(sources), seen.percentile(0.99) - median(sources)))
    return min(one[0] for one in found), min(one[1] for one in found)


def _middle(rounds: Sequence[Round]) -> Round:
    """The median round: this machine may have other work, now and then."""
    return Round(median(one.cpu_ms for one in rounds), median(one.per_second for one in rounds))


async def _production(
    at: Processes, provider: IdentityProvider, people: Population, arguments: argparse.Namespace
) -> Round | None:
    """The same on PostgreSQL and an OPA server; nothing where one of them is not on this machine."""
    binaries, opa = find_postgres(), find_opa()
    if binaries is None or opa is None:
        return None
    async with production(at, binaries, opa) as second, hub(second, provider, people) as server:
        await once_each(server.port, server.requests, lanes=arguments.lanes)
        return _middle([await _round(server, arguments) for _ in range(2)])


BUDGETS = (
    ("CPU of a prefill, hub : bare fan-out", "cpuRatio", "≤ 0.6", "0.35"),
    ("prefills per second, hub on one core", "prefillsPerSecond", "≥ 400", "700"),
    ("added to the slowest source at 200 a second, p50, ms", "addedMsP50", "≤ 5", "2"),
    ("the same, p99, ms", "addedMsP99", "≤ 25", "10"),
)
OTHERS = (
    ("CPU of a prefill, hub, ms", "cpuMs"),
    ("CPU of a prefill, bare fan-out, ms", "bareCpuMs"),
    ("prefills per second, bare fan-out on one core", "barePrefillsPerSecond"),
    ("added at half of what the hub can do, p50, ms", "addedMsP50AtHalfOfMost"),
    ("the same, p99, ms", "addedMsP99AtHalfOfMost"),
    ("added by the bare fan-out at 200 a second, p50, ms", "bareAddedMsP50"),
    ("the same, p99, ms", "bareAddedMsP99"),
    ("CPU of the first prefill of a person, ms", "firstSightCpuMs"),
    ("the same : bare fan-out", "firstSightCpuRatio"),
    ("CPU of a prefill with PostgreSQL and OPA, hub, ms", "postgresOpaCpuMs"),
    ("the same : bare fan-out", "postgresOpaCpuRatio"),
    ("prefills per second with PostgreSQL and OPA", "postgresOpaPrefillsPerSecond"),
)


def table(figures: dict[str, Any]) -> str:
    """The figures for people."""
    lines = [f"{'':56}{'measured':>9}{'must':>9}{'reach':>9}"]
    lines += [f"{text:56}{figures[name]:>9.2f}{must:>9}{reach:>9}" for text, name, must, reach in BUDGETS]
    lines += [
        f"{text:56}{figures[name]:>9.2f}" if name in figures else f"{text:56}{'left out':>9}"
        for text, name in OTHERS
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="A whole prefill beside a bare fan-out.")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--subjects", type=int, default=600, help="how many different people")
    parser.add_argument("--lanes", type=int, default=32, help="how many prefills at once")
    parser.add_argument("--rounds", type=int, default=4, help="of the hub and of the fan-out, in turn")
    parser.add_argument("--seconds", type=float, default=2.0, help="of a round")
    parser.add_argument("--quick", action="store_true", help="without PostgreSQL and OPA")
    chosen = parser.parse_args()
    with before_others(), on(REST), asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        found = runner.run(main(chosen))
    print(json.dumps(found) if chosen.json else table(found))
