"""What reading costs in a log of ten million entries on PostgreSQL: a citizen's page, an inclusion proof, a data protection officer's search.

python -m benchmarks.volume [--entries 10000000] [--rounds 500] [--json]

The log is built by COPY in a cluster of its own under $TMPDIR (some 13 GB), which is dropped afterwards. Those who are read about have entries that were really
sealed, chained and hashed, at random places among all the others; of the others all is real but what they say, so that building takes minutes.
"""

import argparse
import json
import random
import secrets
import struct
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Connection, Engine, insert, text

from audit import BlindKey, CheckpointSigner, Choice, Entry, MemoryKeyRing, Proofs, Search, UsageLog, metadata
from audit.keys.sealing import DataKeys
from audit.reading.blind import month_of
from audit.reading.indexing import AGENT, BLOCK, DAY
from audit.store import CHECKPOINT, DATA_KEY, ENTRY, HEAD, SUBJECT, Chain
from audit.tree.merkle import CompactRange, hash_leaf
from audit.tree.tiling import write_tiles
from audit.writing.jobs import AppendJob, prepare_entry
from audit.writing.rows import RANDOM, Rows
from hub.database import open_engine
from tests.support.machine import find_postgres, missing
from tests.support.postgres import running_cluster

SUBJECTS, LINES, HEAVY = 1_000, 20, 20_000
OTHERS = 1_000_000
BEGAN, PERIOD = datetime(2024, 12, 1, tzinfo=UTC), timedelta(days=730)
ASKED = ["person.familyName", "person.givenNames", "person.birthDate", "person.address", "person.citizenship"]
AGENT_HANDLE = "a" * 64
DETAILS = {
    "prefillId": "0" * 32, "formId": "grant", "formVersion": "9d2c7f0e1b34", "asked": ASKED, "disclosed": ASKED, "withheld": {},
    "sources": ["national-register"], "role": "agent", "caseId": "2026-000123", "trigger": "agent",
    "policyRevision": "a" * 64, "catalogueRevision": "b" * 64,
}  # fmt: skip
CONTROLLERS = [f"office-{n}" for n in range(40)]
RARE = "rare-office"
MUST = {"citizen's page": "(p99 must ≤ 50)", "inclusion proof": "(p99 must ≤ 5)"}
INDICES = ("audit_entry_of_subject", "audit_entry_by_time")


def subject(number: int) -> str:
    return sha256(b"subject %d" % number).hexdigest()


class Builder:
    """Makes the rows of the log, in the order of their indices, and keeps the tree and the chains."""

    def __init__(self, entries: int, draw: random.Random) -> None:
        self.tree, self.ring, self.blind = CompactRange(), MemoryKeyRing(), BlindKey(secrets.token_bytes(32))
        self.keys, self.chains, self.agents = DataKeys(self.ring), dict[str, Any](), list[dict[str, Any]]()
        self._made: dict[Any, Any] = {}
        self._entries, self._draw = entries, draw
        whose = [number for number in range(1, SUBJECTS + 1) for _ in range(LINES)] + [0] * HEAVY
        draw.shuffle(whose)
        self._whose = dict(zip(draw.sample(range(entries), len(whose)), whose, strict=True))

    def rows(self) -> Iterator[bytes]:
        """Each row as PostgreSQL's binary COPY takes it."""
        head, body, salt = struct.pack("!h", 15), secrets.token_bytes(760), secrets.token_bytes(16)
        shape = [
            _texts("prefill", CONTROLLERS[n % 40], f"client-{n % 60}", f"activity-{n % 80}", "disclosed" if n % 9 else "refused")
            for n in range(720)
        ]  # fmt: skip
        rest = _texts("P10Y", "k" * 32) + _values(body, salt, salt * 2)
        for index in range(self._entries):
            number = self._whose.get(index)
            if number is not None:
                row = self._real(index, number)
                yield head + b"".join(_value(row[column.name]) for column in ENTRY.c)
                continue
            leaf = sha256(b"%d" % index).digest()
            self.tree.append(hash_leaf(leaf))
            other = SUBJECTS + 1 + self._draw.randrange(OTHERS)
            yield b"".join((
                head, _int(index), _texts(f"{index:032x}"), _int(self._time(index)), shape[other % 720], _texts(subject(other)), rest, _values(leaf),
            ))  # fmt: skip

    def _time(self, index: int) -> int:
        return int((BEGAN + PERIOD * (index / self._entries)).timestamp() * 1000)

    def _real(self, index: int, number: int) -> Mapping[str, Any]:
        when, whose = datetime.fromtimestamp(self._time(index) / 1000, UTC), subject(number)
        controller = RARE if number % 500 == 1 else CONTROLLERS[number % 40]
        made = Entry(
            f"{index:032x}", "prefill", controller, "client-1", f"activity-{index % 3}", "disclosed", whose, "P10Y", DETAILS,
            agents={"actor": AGENT_HANDLE},
        )  # fmt: skip
        job = AppendJob(entry=made, fields=prepare_entry(made))
        purposes = [job.purpose(when), job.agents_purpose(when) or job.purpose(when)]
        for purpose in purposes:
            if purpose not in self._made:
                self._made[purpose] = self.keys.make(purpose)
        keys = {purpose: self._made[purpose][1] for purpose in purposes}
        chain = self.chains.get(whose)
        ends = {whose: Chain(chain["entries"], chain["last_leaf"])} if chain else {}
        rows = Rows(self.tree, keys, ends, when, 0)
        rows.append(job, secrets.token_bytes(RANDOM))
        self.chains |= rows.chains
        tag = self.blind.tag(controller, month_of(self._time(index)), AGENT_HANDLE)
        body_key, agents_key = (keys[purpose].id for purpose in purposes)
        self.agents.append({"leaf_index": index, "tag": tag, "key_id": body_key, "agents_key_id": agents_key})
        return rows.entries[0]

    def finish(self, connection: Connection) -> None:
        """What stands beside the entries."""
        stored = [one for one, _ in self._made.values()]
        keys = [
            {"id": one.id, **one.purpose._asdict(), "epoch": one.epoch, "wrapped": one.wrapped, "destroyed_by": None} for one in stored
        ]  # fmt: skip
        connection.execute(insert(DATA_KEY), keys)
        connection.execute(insert(SUBJECT), list(self.chains.values()))
        connection.execute(
            insert(HEAD),
            {
                "id": 1,
                "size": self.tree.size,
                "root": self.tree.root(),
                "compact_range": self.tree.to_bytes(),
            },
        )
        indexed = self.tree.size // BLOCK * BLOCK
        connection.execute(insert(AGENT), [row for row in self.agents if row["leaf_index"] < indexed])
        tallied = (
            "SELECT leaf_index / :block * :block AS first, recorded_at / :day AS day, kind, controller, client, activity, outcome, count(*) AS n"
            " FROM audit_entry WHERE leaf_index < :indexed GROUP BY 1, 2, 3, 4, 5, 6, 7"
        )
        order = 'day, kind COLLATE "C", controller COLLATE "C", client COLLATE "C", activity COLLATE "C", outcome COLLATE "C"'
        statement = f"INSERT INTO audit_tally SELECT first, row_number() OVER (PARTITION BY first ORDER BY {order}) - 1, day, kind, controller, client, activity, outcome, n FROM ({tallied}) t"  # noqa: S608
        connection.execute(text("SET statement_timeout = 0"))
        connection.execute(text(statement), {"block": BLOCK, "day": DAY, "indexed": indexed})


def _value(value: Any) -> bytes:
    return (
        _int(value) if isinstance(value, int) else _texts(value) if isinstance(value, str) else _values(value)
    )


def _int(value: int) -> bytes:
    return b"\x00\x00\x00\x08" + value.to_bytes(8, "big")


def _texts(*values: str) -> bytes:
    return _values(*(value.encode() for value in values))


def _values(*values: bytes) -> bytes:
    return b"".join(len(value).to_bytes(4, "big") + value for value in values)


def build(engine: Engine, entries: int) -> Builder:
    """The log, with its tiles and a checkpoint."""
    builder = Builder(entries, random.Random(1))
    metadata.create_all(engine)
    raw: Any = engine.raw_connection()
    cursor = raw.cursor()
    cursor.execute("SET statement_timeout = 0")
    for index in INDICES:
        cursor.execute(f"DROP INDEX {index}")
    cursor.execute(
        "ALTER TABLE audit_entry DROP CONSTRAINT audit_entry_pkey, DROP CONSTRAINT audit_entry_id_key"
    )
    cursor.execute("ALTER TABLE audit_entry SET UNLOGGED")
    with cursor.copy("COPY audit_entry FROM STDIN WITH (FORMAT BINARY)") as copy:
        copy.write(b"PGCOPY\n\xff\r\n\x00" + bytes(8))
        for row in builder.rows():
            copy.write(row)
        copy.write(b"\xff\xff")
    cursor.execute("SET maintenance_work_mem = '1GB'")
    cursor.execute("ALTER TABLE audit_entry ADD PRIMARY KEY (leaf_index), ADD UNIQUE (id)")
    raw.commit()
    for made in ENTRY.indexes:
        with engine.begin() as connection:
            connection.execute(text("SET statement_timeout = 0"))
            made.create(connection)
    with engine.begin() as connection:
        builder.finish(connection)
    for size in (*range(1 << 16, entries, 1 << 16), entries):
        with engine.begin() as connection:
            write_tiles(connection, size)
    note = CheckpointSigner("bench.example/log", Ed25519PrivateKey.generate()).sign(
        entries, builder.tree.root()
    )
    with engine.begin() as connection:
        connection.execute(insert(CHECKPOINT), {"size": entries, "note": note})
    raw.rollback()
    raw.dbapi_connection.autocommit = True
    cursor.execute("VACUUM (ANALYZE)")
    raw.close()
    return builder


def timed(rounds: int, work: Callable[[int], object]) -> dict[str, float]:
    """Milliseconds: the median, the 99th percentile, the slowest."""
    taken = []
    for n in range(rounds):
        begin = time.perf_counter()
        work(n)
        taken.append((time.perf_counter() - begin) * 1000)
    taken.sort()
    return {"p50": taken[rounds // 2], "p99": taken[int(rounds * 0.99)], "max": taken[-1]}


def measure(engine: Engine, builder: Builder, entries: int, rounds: int) -> dict[str, dict[str, float]]:
    draw = random.Random(2)
    log = UsageLog(engine, keys=builder.ring, grants=lambda _connection, references: references)
    search, proofs = Search(engine, builder.ring, builder.blind), Proofs(engine)

    def page(number: int, choice: Choice = Choice(), before: int | None = None) -> None:  # noqa: B008
        found = log.read_subject(subject(number), before=before, limit=20, choice=choice)
        assert found.lines
        assert all(line.state == "readable" for line in found.lines)
        log.count_subject(subject(number), choice=choice)

    filtered = Choice(outcome=frozenset({"disclosed"}), since=BEGAN)
    rare = Choice(controller=frozenset({RARE}))
    year = Choice(controller=frozenset({CONTROLLERS[3]}), since=BEGAN, until=BEGAN + timedelta(days=365))
    return {
        "citizen's page": timed(rounds, lambda n: page(1 + n % SUBJECTS)),
        "citizen's page, filtered": timed(rounds, lambda n: page(1 + n % SUBJECTS, filtered)),
        "page of who has 20,000": timed(rounds, lambda n: page(0, before=entries - n * entries // rounds // 2)),
        "the same, filtered": timed(rounds, lambda _: page(0, filtered)),
        "inclusion proof": timed(rounds, lambda _: proofs.inclusion(draw.randrange(entries))),
        "DPO: a rare controller": timed(rounds // 5, lambda _: search.page(rare, before=None, limit=20)),
        "DPO: a controller, a year": timed(rounds // 5, lambda _: search.page(year, before=None, limit=20)),
        "DPO: an agent": timed(
            rounds // 5, lambda _: search.of_agent(rare, AGENT_HANDLE, now=BEGAN + PERIOD, before=None, limit=20)
        ),
        "DPO: counts of a year": timed(max(5, rounds // 50), lambda _: search.counts(year, "outcome")),
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure reading in a large log.")
    parser.add_argument("--entries", type=int, default=10_000_000)
    parser.add_argument("--rounds", type=int, default=500)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    binaries = find_postgres()
    if binaries is None:
        missing("PostgreSQL")
    assert binaries is not None
    with running_cluster(binaries) as cluster:
        engine, begin = open_engine(cluster.url("volume")), time.perf_counter()
        builder = build(engine, options.entries)
        built = time.perf_counter() - begin
        measured = measure(engine, builder, options.entries, options.rounds)
        with engine.connect() as connection:
            size = connection.execute(text("SELECT pg_total_relation_size('audit_entry')")).scalar_one()
        engine.dispose()
    if options.json:
        print(
            json.dumps(
                {
                    "entries": options.entries,
                    "bytesPerEntry": size / options.entries,
                    "milliseconds": measured,
                }
            )
        )
        return
    print(
        f"{options.entries:,} entries, {size / options.entries:,.0f} bytes each, built in {built:,.0f} s; milliseconds:"
    )
    for name, figures in measured.items():
        told = "".join(f"  {figure} {value:9.2f}" for figure, value in figures.items())
        print(f"  {name:28}{told}  {MUST.get(name, '')}".rstrip())


if __name__ == "__main__":
    main()
