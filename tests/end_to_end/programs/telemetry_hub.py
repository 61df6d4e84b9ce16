"""The hub with OpenTelemetry on, as an operator would switch it on: traces and metrics go to files in a folder.

With `--leaks`, it also says everybody's number wherever it should not: what finds no leak must find these.
"""

import argparse
import contextlib
import json
import logging
import re
import sqlite3
import sys
import urllib.error
import urllib.request
from pathlib import Path

from opentelemetry import metrics, trace
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import ConsoleMetricExporter, PeriodicExportingMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import ConsoleSpanExporter, SimpleSpanProcessor
from starlette.types import ASGIApp, Message, Receive, Scope, Send

import hub.main
from hub import cli
from hub.settings import Settings, read_settings

LEAK = re.compile(rb'"ssin": ?"([0-9]{11})"')


def switch_on(folder: Path) -> None:
    """Configure the global providers, which FastAPI uses by itself."""
    traces = (folder / "traces.jsonl").open("a", buffering=1)
    spans = ConsoleSpanExporter(out=traces, formatter=lambda span: span.to_json(indent=None) + "\n")
    tracing = TracerProvider()
    tracing.add_span_processor(SimpleSpanProcessor(spans))
    trace.set_tracer_provider(tracing)
    exporter = ConsoleMetricExporter(out=(folder / "metrics.jsonl").open("a", buffering=1))
    reader = PeriodicExportingMetricReader(exporter, export_interval_millis=300)
    metrics.set_meter_provider(MeterProvider([reader]))


class Leaky:
    """Tells the number of every subject on every channel."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app, self._settings = app, settings
        self._counter = metrics.get_meter("leaky").create_counter("leaky")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        number = ""

        async def listening() -> Message:
            nonlocal number
            message = await receive()
            found = LEAK.search(message.get("body", b""))
            if found:
                number = found[1].decode()
                self._leak(number)
            return message

        async def telling(message: Message) -> None:
            if message["type"] == "http.response.start" and number:
                message["headers"] = [*message["headers"], (b"x-subject", number.encode())]
            if message["type"] == "http.response.body" and number and b"issues" in message["body"]:
                # As long as before, so that the length that was announced still holds.
                said = json.dumps({"issues": [number]}).encode()
                message["body"] = said.ljust(len(message["body"]))
            await send(message)

        await self._app(scope, listening, telling)

    def _leak(self, number: str) -> None:
        logging.getLogger("hub").warning("a prefill for %s", number)
        self._counter.add(1, {"subject": number})
        with trace.get_tracer("leaky").start_as_current_span("leaky") as span:
            span.set_attribute("subject", number)
        request = urllib.request.Request(
            f"{self._settings.source_urls['SOCIAL_STATUS']}/v1/{number}", headers={"X-Subject": number}
        )
        with contextlib.suppress(urllib.error.HTTPError):
            urllib.request.urlopen(request, timeout=5).close()
        with sqlite3.connect(self._settings.database_url.removeprefix("sqlite:///"), timeout=10) as database:
            database.execute("CREATE TABLE IF NOT EXISTS leaky (number INTEGER)")
            database.execute("INSERT INTO leaky VALUES (?)", (int(number),))


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--leaks", action="store_true")
    chosen = parser.parse_args()
    switch_on(chosen.folder)
    if chosen.leaks:
        create = hub.main.create_app
        hub.main.create_app = lambda settings: Leaky(create(settings), read_settings())
    return cli.main(["serve"])


if __name__ == "__main__":
    sys.exit(main())
