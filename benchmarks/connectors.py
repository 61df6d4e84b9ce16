"""One SOAP call, request to values: our connector against plain zeep, sync and async, in one run.

    python -m benchmarks.connectors [--json]

All three ask a bare server in another process for each of the 201 recorded answers of the person service in `../shared/realworld`; the
connector takes all declared attributes, zeep's result is its object. An answer that is an error, or about somebody else than it is
filed under, is an answer too. Each client works as it does in a server: with 16 calls in flight, and plain sync zeep with one, for it
can do no more. They have their rounds by turns; the best round counts. CPU is this process's. `zeepRatio` is the CPU of a call of the
better zeep over ours; `zeepRatioOneAtATime` the same with one call in flight, where each also pays for waking up.
"""

import asyncio
import gc
import json
import re
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from subprocess import DEVNULL, PIPE, Popen

import uvloop
import yaml
import zeep

from connectors import Enquiry, Identifier, SourceError, read_declaration
from connectors.soap import SoapSource

ROOT = Path(__file__).parents[1]
REALWORLD = ROOT.parent / "shared" / "realworld"
CATALOGUE = ROOT / "tests" / "realworld" / "catalogue" / "magda.yaml"
ENVELOPE = b'<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>%s</s:Body></s:Envelope>'
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/xml; charset=utf-8\r\nContent-Length: %d\r\n\r\n"
SENDER = {"Identificatie": "benchmark", "Referte": "1", "Hoedanigheid": "1"}
MESSAGE = {"Type": "VRAAG", "Tijdstip": {"Datum": "2026-11-23", "Tijd": "12:00:00"}, "Afzender": SENDER}
CONTEXT = {"Naam": "GeefPersoon", "Versie": "02.02.0000", "Bericht": MESSAGE}
ROUNDS, IN_FLIGHT = 8, 16
Ask = Callable[[str], Awaitable[object]]


def answers() -> dict[str, bytes]:
    """The recorded answers by the name of their file, the number that was asked, each in its envelope."""
    found = {}
    for file in sorted((REALWORLD / "magda/responses/GeefPersoon").glob("*.xml")):
        recorded = re.sub(rb"^\s*<\?xml.*?\?>", b"", file.read_bytes(), flags=re.DOTALL)
        found[file.stem] = ENVELOPE % recorded
    return found


async def serve() -> None:
    """The bare server: reads a request, writes the recorded answer; prints its port first."""
    recorded = {number.encode(): HEAD % len(body) + body for number, body in answers().items()}
    asked = re.compile(rb"INSZ>(\w+)<")

    async def connection(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while head := (await reader.readuntil(b"\r\n\r\n")).lower():
                length = int(head.partition(b"content-length:")[2].split(None, 1)[0])
                found = asked.search(await reader.readexactly(length))
                writer.write(recorded[found[1] if found else b""])

    server = await asyncio.start_server(connection, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


async def rounds(ask: Ask, numbers: list[str], in_flight: int) -> tuple[float, float]:
    """CPU in microseconds per call, and calls per second, of one round."""
    waiting = list(numbers)

    async def work() -> None:
        while waiting:
            await ask(waiting.pop())

    gc.collect()
    began, started = time.perf_counter(), time.process_time()
    await asyncio.gather(*(work() for _ in range(in_flight)))
    spent, took = time.process_time() - started, time.perf_counter() - began
    return spent / len(numbers) * 1e6, len(numbers) / took


@asynccontextmanager
async def clients(address: str) -> AsyncIterator[dict[str, Ask]]:
    """The three clients, each made once."""
    mapping = yaml.safe_load(CATALOGUE.read_text("utf8"))["sources"]["magda-person"]
    declaration = read_declaration("magda-person", mapping, folder=REALWORLD)
    source = SoapSource(declaration, address=address, secrets=lambda name: name)
    await source.start()
    contract = str(REALWORLD / "magda/GeefPersoon.wsdl")
    plain, parallel = zeep.Client(contract), zeep.AsyncClient(contract)  # type: ignore[no-untyped-call]
    for client in (plain, parallel):
        client.service._binding_options["address"] = address  # noqa: SLF001

    def question(number: str) -> dict[str, object]:
        asked = {"Criteria": {"INSZ": number}, "Bron": "RR", "Taal": "nl"}
        return {"Context": CONTEXT, "Vragen": {"Vraag": {"Referte": "1", "Inhoud": asked}}}

    async def ours(number: str) -> object:
        with suppress(SourceError):
            return await source.ask(Enquiry(Identifier("ssin", number), source.attributes))
        return None

    async def zeeps(number: str) -> object:
        return plain.service.GeefPersoon(Verzoek=question(number))

    async def zeeps_async(number: str) -> object:
        return await parallel.service.GeefPersoon(Verzoek=question(number))

    try:
        yield {"connector": ours, "zeep": zeeps, "zeepAsync": zeeps_async}
    finally:
        await source.close()


async def measure(port: int) -> dict[str, float]:
    """CPU and rate of each client, and the ratios."""
    async with clients(f"http://127.0.0.1:{port}/soap") as asks:
        return await compare(asks, list(answers()))


async def compare(asks: dict[str, Ask], numbers: list[str]) -> dict[str, float]:
    """The same, of clients that are made."""
    cost, alone = dict.fromkeys(asks, float("inf")), dict.fromkeys(asks, float("inf"))
    calls = dict.fromkeys(asks, 0.0)
    for _ in range(ROUNDS):
        for name, ask in asks.items():
            alone[name] = min(alone[name], (await rounds(ask, numbers, 1))[0])
            spent, rate = await rounds(ask, numbers, 1 if name == "zeep" else IN_FLIGHT)
            cost[name], calls[name] = min(cost[name], spent), max(calls[name], rate)
    figures: dict[str, float] = {"answers": len(numbers)}
    figures |= {f"{name}Microseconds": value for name, value in cost.items()}
    figures |= {f"{name}CallsPerSecond": value for name, value in calls.items()}
    best = min(cost["zeep"], cost["zeepAsync"], alone["zeep"], alone["zeepAsync"])
    figures["zeepRatio"] = best / cost["connector"]
    figures["zeepAsyncRatio"] = cost["zeepAsync"] / cost["connector"]
    figures["zeepRatioOneAtATime"] = best / alone["connector"]
    return figures


def main() -> None:
    command = [sys.executable, "-m", "benchmarks.connectors", "--serve"]
    with Popen(command, cwd=ROOT, stdout=PIPE, stderr=DEVNULL, text=True) as server:
        try:
            figures = uvloop.run(measure(int(server.stdout.readline() if server.stdout else 0)))
        finally:
            server.kill()
    if "--json" in sys.argv:
        print(json.dumps({name: round(value, 2) for name, value in figures.items()}))
        return
    print(f"{figures['answers']:.0f} recorded answers         CPU/call   calls/s   CPU over ours")
    for name, called in (
        ("connector", "connector"),
        ("zeep", "plain zeep"),
        ("zeepAsync", "plain zeep, async"),
    ):
        cost, calls = figures[f"{name}Microseconds"], figures[f"{name}CallsPerSecond"]
        print(f"{called:24}{cost:9.0f} µs{calls:10.0f}{cost / figures['connectorMicroseconds']:10.1f}")
    print(f"ratio (must be 5 or more){figures['zeepRatio']:29.1f}")
    print(f"the same, one call at a time{figures['zeepRatioOneAtATime']:26.1f}")


if __name__ == "__main__":
    if "--serve" in sys.argv:
        asyncio.run(serve())
    else:
        main()
