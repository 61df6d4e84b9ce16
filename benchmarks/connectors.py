"""CPU of one SOAP call, request to values: our connector against a plain zeep client, in one run.

    python -m benchmarks.connectors [--json]

Both ask a bare server in another process for the recorded persons of `../shared/realworld`; the connector takes all eighteen declared
attributes, zeep's result is its object. Figures are CPU of this process per call, the best of some rounds, on the hub's event loop.
"""

import asyncio
import gc
import json
import re
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from subprocess import DEVNULL, PIPE, Popen

import uvloop
import yaml
import zeep

from connectors import Enquiry, Identifier, Reading, read_declaration
from connectors.soap import SoapSource

ROOT = Path(__file__).parents[1]
REALWORLD = ROOT.parent / "shared" / "realworld"
CATALOGUE = ROOT / "tests" / "realworld" / "catalogue" / "magda.yaml"
ENVELOPE = b'<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>%s</s:Body></s:Envelope>'
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/xml; charset=utf-8\r\nContent-Length: %d\r\n\r\n"
SENDER = {"Identificatie": "benchmark", "Referte": "1", "Hoedanigheid": "1"}
MESSAGE = {"Type": "VRAAG", "Tijdstip": {"Datum": "2026-11-23", "Tijd": "12:00:00"}, "Afzender": SENDER}
CONTEXT = {"Naam": "GeefPersoon", "Versie": "02.02.0000", "Bericht": MESSAGE}
ROUNDS = 6


def answers() -> dict[str, bytes]:
    """The recorded answers that hold a person, by number, each in its envelope."""
    found = {}
    for file in sorted((REALWORLD / "magda/responses/GeefPersoon").glob("*.xml")):
        recorded = re.sub(rb"^\s*<\?xml.*?\?>", b"", file.read_bytes(), flags=re.DOTALL)
        if f"<INSZ>{file.stem}</INSZ>".encode() in recorded:
            found[file.stem] = ENVELOPE % recorded
    return found


async def serve() -> None:
    """The bare server: reads a request, writes the recorded answer; prints its port first."""
    recorded = {number.encode(): body for number, body in answers().items()}

    async def connection(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while head := (await reader.readuntil(b"\r\n\r\n")).lower():
            request = await reader.readexactly(int(head.partition(b"content-length:")[2].split(None, 1)[0]))
            body = recorded[request.partition(b"INSZ>")[2][:11]]
            writer.write(HEAD % len(body) + body)

    server = await asyncio.start_server(connection, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


async def cpu(ask: Callable[[str], Awaitable[object]], numbers: list[str]) -> float:
    """The least CPU of some rounds, in microseconds per call."""
    best = float("inf")
    for _ in range(ROUNDS):
        gc.collect()
        started = time.process_time()
        for number in numbers:
            await ask(number)
        best = min(best, (time.process_time() - started) / len(numbers))
    return best * 1e6


async def measure(port: int) -> dict[str, float]:
    """Both clients, made once, one after the other."""
    address, numbers = f"http://127.0.0.1:{port}/soap", list(answers())
    mapping = yaml.safe_load(CATALOGUE.read_text("utf8"))["sources"]["magda-person"]
    declaration = read_declaration("magda-person", mapping, folder=REALWORLD)
    source = SoapSource(declaration, address=address, secrets=lambda name: name)
    await source.start()
    client = zeep.Client(str(REALWORLD / "magda/GeefPersoon.wsdl"))  # type: ignore[no-untyped-call]
    client.service._binding_options["address"] = address  # noqa: SLF001

    async def ours(number: str) -> Reading:
        return await source.ask(Enquiry(Identifier("ssin", number), source.attributes))

    async def zeeps(number: str) -> object:
        question = {"Criteria": {"INSZ": number}, "Bron": "RR", "Taal": "nl"}
        asked = {"Vraag": {"Referte": "1", "Inhoud": question}}
        return client.service.GeefPersoon(Verzoek={"Context": CONTEXT, "Vragen": asked})

    us, them = await cpu(ours, numbers), await cpu(zeeps, numbers)
    await source.close()
    return {"connectorMicroseconds": us, "zeepMicroseconds": them, "zeepRatio": them / us}


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
    print("CPU of one SOAP call, µs:  connector  plain zeep  ratio (must be 5 or more)")
    print("{:>36.0f}{:>12.0f}{:>7.1f}".format(*figures.values()))


if __name__ == "__main__":
    if "--serve" in sys.argv:
        asyncio.run(serve())
    else:
        main()
