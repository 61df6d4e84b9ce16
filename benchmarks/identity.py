"""What knowing the caller costs: the first and the second look at a token, a handle new and remembered (microseconds).

Run: python -m benchmarks.identity [--json]
"""

import argparse
import itertools
import json
import secrets
from collections.abc import Callable
from datetime import UTC, datetime
from time import process_time_ns

from cryptography.hazmat.primitives.asymmetric import ec, rsa

from hub.identity import AccessTokens, Handles, check_handle

DOOR = "https://hub.example/api/prefill"
ROUNDS = 7


def microseconds(work: Callable[[], object], times: int) -> float:
    """The CPU time of one call: the best of several rounds."""
    best = float("inf")
    for _ in range(ROUNDS):
        began = process_time_ns()
        for _ in range(times):
            work()
        best = min(best, (process_time_ns() - began) / times / 1000)
    return round(best, 2)


def measure() -> dict[str, float]:
    """All figures, by name."""
    keys = (ec.generate_private_key(ec.SECP256R1()),)
    tokens = AccessTokens(lambda *_: keys, issuer="https://hub.example", clock=lambda: datetime.now(UTC))
    handles = Handles(rsa.generate_private_key(public_exponent=65537, key_size=2048))
    fresh = iter([tokens.issue("client", ["prefill"], DOOR).token for _ in range(ROUNDS * 300)])
    known = tokens.issue("client", ["prefill"], DOOR).token
    tokens.verify(known, audiences=(DOOR,), scope="prefill")
    numbers = (f"{secrets.randbelow(10**11):011d}" for _ in itertools.count())
    number = next(numbers)
    handles.of("audit", "ssin", number)
    proof = handles.proof("audit", "ssin", number)
    return {
        "issueToken": microseconds(lambda: tokens.issue("client", ["prefill"], DOOR), 300),
        "verifyFirst": microseconds(
            lambda: tokens.verify(next(fresh), audiences=(DOOR,), scope="prefill"), 300
        ),
        "verifySecond": microseconds(
            lambda: tokens.verify(known, audiences=(DOOR,), scope="prefill"), 20_000
        ),
        "handleFirst": microseconds(lambda: handles.of("audit", "ssin", next(numbers)), 200),
        "handleSecond": microseconds(lambda: handles.of("audit", "ssin", number), 20_000),
        "checkHandle": microseconds(
            lambda: check_handle(handles.public_key(), "audit", "ssin", number, proof), 300
        ),
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    figures = measure()
    if parser.parse_args().json:
        print(json.dumps({**figures, "unit": "µs CPU"}, ensure_ascii=False))
        return
    for name, value in figures.items():
        print(f"{name:14}{value:10.2f} µs")
    print(f"{'second / first':14}{figures['verifySecond'] / figures['verifyFirst']:10.3f}")


if __name__ == "__main__":
    main()
