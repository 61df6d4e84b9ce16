"""Entries appended per second, durable, against one plain INSERT + COMMIT an entry in the same run; how large they are, and how fast verified.

python -m benchmarks.log [--postgresql URL-of-an-empty-database] [--entries 6000] [--writers 64] [--rounds 3] [--json]

Of several rounds the fastest counts, for the machine may have other work: so too of the plain inserts.
"""

import argparse
import asyncio
import json
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from audit import Entry, Intent, MemoryKeyRing, UsageLog, metadata, verify
from hub.database import open_engine
from tests.support.machine import find_postgres
from tests.support.postgres import running_cluster

SUBJECTS, ASKED = 500, ["person.familyName", "person.givenNames", "person.birthDate"]
REVISIONS = {"policies": "a" * 64, "catalogue": "b" * 64}
INPUT = {"client": {"id": "forms"}, "actor": {"role": "citizen"}, "time": 1795435200000}
WHO = {"actor": "0" * 64, "caseId": "case-1", "formId": "grant", "role": "subject", "trigger": "ownForm"}
WHAT = {"asked": ASKED, "disclosed": ASKED, "sources": ["tax"], "revisions": REVISIONS, "input": INPUT}
DETAILS = {**WHAT, **WHO}
WHERE = {"kind": "prefill", "controller": "grants", "client": "forms"}
MUST = {("postgresql", "appendsPerSecond"): "(must ≥ 5,000)"}
COLUMNS: dict[str, Any] = {**WHERE, "activity": "grant", "retention": "P10Y"}


def handle(number: int) -> str:
    return f"{number % SUBJECTS:064x}"


def entry(name: str, number: int) -> Entry:
    return Entry(name, outcome="disclosed", subject=handle(number), details=DETAILS, **COLUMNS)


def plainly(engine: Engine, entries: int) -> float:
    """One writer, one INSERT and one COMMIT an entry: no tree, no seal, no chain. Entries a second."""
    body, mark = json.dumps(DETAILS), "%s" if engine.dialect.name == "postgresql" else "?"
    insert = "INSERT INTO plain VALUES (?, ?, ?)".replace("?", mark)
    raw = engine.raw_connection()
    cursor = raw.cursor()
    cursor.execute("DROP TABLE IF EXISTS plain")
    cursor.execute("CREATE TABLE plain (id VARCHAR(40) PRIMARY KEY, subject VARCHAR(64), body TEXT)")
    raw.commit()
    begin = time.perf_counter()
    for n in range(entries):
        cursor.execute(insert, (f"p-{n}", handle(n), body))
        raw.commit()
    elapsed = time.perf_counter() - begin
    raw.close()
    return entries / elapsed


def size(engine: Engine) -> int:
    """Bytes of the database, indices and all."""
    with engine.connect() as connection:
        if engine.dialect.name == "postgresql":
            return int(connection.exec_driver_sql("SELECT pg_database_size(current_database())").scalar_one())
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        return int(pages * connection.exec_driver_sql("PRAGMA page_size").scalar_one())


async def measure(url: str, entries: int, writers: int, rounds: int) -> dict[str, float]:
    engine, keys, share = open_engine(url), MemoryKeyRing(), entries // writers
    figures = {"plainPerSecond": max(plainly(engine, entries // 4) for _ in range(rounds))}
    metadata.create_all(engine)
    log = UsageLog(engine, keys=keys, grants=lambda _connection, references: references)
    await log.start()

    async def append(turn: int, writer: int) -> None:
        for n in range(share):
            await log.append(entry(f"e-{turn}-{writer}-{n}", writer * 31 + n))

    async def pair(turn: int, writer: int) -> None:
        for n in range(share):
            name, who = f"{turn}-{writer}-{n}", handle(writer * 31 + n)
            await log.intend(Intent(f"i-{name}", subject=who, details={"asked": ASKED}, **COLUMNS))
            await log.append(entry(f"f-{name}", writer * 31 + n), closes=f"i-{name}")

    empty = size(engine)
    for name, work in (("append", append), ("pair", pair)):
        elapsed, spent = [], []
        for turn in range(rounds):
            begin, cpu = time.perf_counter(), time.process_time()
            await asyncio.gather(*(work(turn, n) for n in range(writers)))
            elapsed.append(time.perf_counter() - begin)
            spent.append(time.process_time() - cpu)
        figures[f"{name}sPerSecond"] = share * writers / min(elapsed)
        figures[f"{name}CpuMicroseconds"] = min(spent) / (share * writers) * 1e6
        figures.setdefault("bytesPerEntry", (size(engine) - empty) / (share * writers * rounds))
    await log.close()
    begin = time.perf_counter()
    report = verify(engine, keys=keys)
    assert report.ok
    figures["verifiedPerSecond"] = report.size / (time.perf_counter() - begin)
    figures["ratioToPlain"] = figures["appendsPerSecond"] / figures["plainPerSecond"]
    engine.dispose()
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure the usage log.")
    parser.add_argument("--postgresql", metavar="URL", help="else one of the run's own")
    parser.add_argument("--entries", type=int, default=6000)
    parser.add_argument("--writers", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with ExitStack() as stack:
        folder, binaries = Path(stack.enter_context(tempfile.TemporaryDirectory())), find_postgres()
        urls = {"sqlite": f"sqlite:///{folder / 'log.sqlite3'}", "postgresql": options.postgresql}
        if binaries and not options.postgresql:
            urls["postgresql"] = stack.enter_context(running_cluster(binaries)).url("log")
        measured = {
            name: asyncio.run(measure(url, options.entries, options.writers, options.rounds))
            for name, url in urls.items()
            if url
        }
    if options.json:
        print(json.dumps(measured))
        return
    for name, figures in measured.items():
        print(f"{name}, {options.writers} writers")
        for figure, value in figures.items():
            print(f"  {figure:24} {value:10,.1f} {MUST.get((name, figure), '')}".rstrip())


if __name__ == "__main__":
    main()
