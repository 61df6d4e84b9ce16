"""The map of subjects: the first state of so many, the next after so many changed, and a proof from it.

python -m benchmarks.subject_map [--subjects 1000000] [--changed 10000] [--postgresql URL-of-an-empty-database] [--json]

Entries stand in the table as rows with random leaves: nothing of them is read but index, subject and leaf. The map is built without pauses; a running hub
rests three seconds for each that it works on it.
"""

import argparse
import json
import secrets
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from sqlalchemy import Engine, insert, update

from audit import MapBuilder, metadata
from audit.store import ENTRY, HEAD
from audit.subject_map import tables
from audit.subject_map.proving import prove
from audit.subject_map.tables import State
from audit.tree.merkle import EMPTY_ROOT
from hub.database import open_engine

_AT_ONCE = 5_000
_PROOFS = 500


def handle(number: int) -> str:
    return f"{number:064x}"


def record(
    engine: Engine, start: int, subjects: Iterable[str], *, kind: str = "prefill", name: str = "e"
) -> int:
    """Entries of these subjects, from an index on; the size of the log after them."""
    index, rows = start, []
    for subject in subjects:
        rows.append(
            {
                "leaf_index": index, "id": f"{name}-{index}", "recorded_at": index, "kind": kind, "controller": "c", "client": "c",
                "activity": "a", "outcome": "o", "subject": subject, "retention": "P10Y", "key_id": "k", "body": b"",
                "salt": b"", "sealed_digest": b"", "leaf": secrets.token_bytes(32),
            }
        )  # fmt: skip
        index += 1
        if len(rows) == _AT_ONCE:
            _write(engine, rows, index)
            rows = []
    _write(engine, rows, index)
    return index


def _write(engine: Engine, rows: list[dict[str, object]], size: int) -> None:
    if rows:
        with engine.begin() as connection:
            connection.execute(insert(ENTRY), rows)
            connection.execute(update(HEAD).values(size=size))


def tell(engine: Engine, state: State, size: int) -> int:
    """Tell a state, as its entry would; the size of the log after it."""
    size = record(engine, size, ["hub"], kind="mapRoot", name="root")
    with engine.begin() as connection:
        tables.tell(connection, state, f"root-{size - 1}")
    return size


def timed(work: Callable[[], State | None]) -> tuple[State, float]:
    begin = time.perf_counter()
    state = work()
    assert state is not None
    return state, time.perf_counter() - begin


def measure(url: str, subjects: int, changed: int) -> dict[str, float]:
    engine = open_engine(url)
    metadata.create_all(engine)
    with engine.begin() as connection:
        connection.execute(insert(HEAD).values(id=1, size=0, root=EMPTY_ROOT, compact_range=b""))
    builder = MapBuilder(engine, pause=lambda _: None)
    size = record(engine, 0, map(handle, range(subjects)))
    first, all_of_them = timed(builder.build)
    size = tell(engine, first, size)
    size = record(engine, size, (handle(secrets.randbelow(subjects)) for _ in range(changed)))
    second, next_state = timed(builder.build)
    size = tell(engine, second, size)
    begin = time.perf_counter()
    builder.tidy()
    tidied = time.perf_counter() - begin
    took, siblings = [], 0
    for _ in range(_PROOFS):
        whose = handle(secrets.randbelow(subjects))
        begin = time.perf_counter()
        found = prove(engine, whose)
        took.append(time.perf_counter() - begin)
        assert found is not None
        siblings += len(found.proof.siblings)
    engine.dispose()
    took.sort()
    return {
        "subjects": subjects,
        "changed": changed,
        "firstSeconds": round(all_of_them, 1),
        "firstMicrosecondsASubject": round(all_of_them / subjects * 1e6, 1),
        "nextSeconds": round(next_state, 2),
        "nextMicrosecondsASubject": round(next_state / changed * 1e6, 1),
        "tidySeconds": round(tidied, 2),
        "proofP50Milliseconds": round(took[_PROOFS // 2] * 1000, 2),
        "proofP99Milliseconds": round(took[_PROOFS * 99 // 100] * 1000, 2),
        "hashesAProof": round(siblings / _PROOFS, 1),
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--subjects", type=int, default=1_000_000)
    parser.add_argument("--changed", type=int, default=10_000)
    parser.add_argument("--postgresql", metavar="URL", help="default: a new SQLite file")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        url = given.postgresql or f"sqlite:///{Path(folder) / 'map.sqlite3'}"
        figures = measure(url, given.subjects, given.changed)
    if given.json:
        print(json.dumps(figures))
        return
    for name, value in figures.items():
        print(f"{name:28} {value:>14,}")


if __name__ == "__main__":
    main()
