"""What knowing the caller costs: the first and the second look at a token, a handle new and remembered (microseconds).

`doorFirst` and `doorSecond` are the whole guard of the prefill door: the token, the keys in force, whether the client was revoked, its rate.
`sessionFirst` and `sessionSecond` are the first look at a session after a login, which notes that its cookie came, and any later one: nothing of a session
is remembered, so each reads its row and opens what is sealed there.

Run: python -m benchmarks.identity [--json]
"""

import argparse
import asyncio
import contextlib
import itertools
import json
import secrets
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import process_time_ns
from types import SimpleNamespace
from typing import cast

from cryptography.hazmat.primitives.asymmetric import rsa
from fastapi import Request
from sqlalchemy import Engine

from hub.api.guards import prefill_client
from hub.catalogue import Catalogue
from hub.database import migrate, open_engine
from hub.identity import AccessTokens, ClientTokens, Handles, LoggedIn, Person, Sessions, check_handle
from hub.services.clients import RevokedClients
from hub.services.rates import ClientRates
from hub.token_keys import TokenKeys

DOOR = "https://hub.example/api/prefill"
ROUNDS = 7


def microseconds(
    work: Callable[[], object], times: int, before: Callable[[], object] = lambda: None
) -> float:
    """The CPU time of one call: the best of several rounds, each of which begins with what is not measured."""
    best = float("inf")
    for _ in range(ROUNDS):
        before()
        began = process_time_ns()
        for _ in range(times):
            work()
        best = min(best, (process_time_ns() - began) / times / 1000)
    return round(best, 2)


class Door:
    """The guard of the prefill door over real parts, asked as a route asks it."""

    def __init__(self, folder: Path) -> None:
        (folder / "keys").mkdir(mode=0o700)
        url = f"sqlite:///{folder / 'hub.sqlite3'}"
        migrate(url)
        self.engine = open_engine(url)
        self.tokens = AccessTokens(
            TokenKeys(folder / "keys"), issuer="https://hub.example", clock=lambda: datetime.now(UTC)
        )
        self._revoked = RevokedClients(self.engine.connect)
        nobody = cast("Catalogue", SimpleNamespace(clients={}))
        self._parts = SimpleNamespace(
            callers=ClientTokens(self.tokens, None), revoked=self._revoked, rates=ClientRates(nobody, 1_000_000),
            settings=SimpleNamespace(prefill_audience=DOOR),
        )  # fmt: skip

    def refresh(self) -> None:
        """Let the copy of the revoked clients be of now, as its follower does twice a second."""
        asyncio.run(self._revoked.refresh())

    def token(self) -> str:
        """A new one."""
        return self.tokens.issue("client", ["prefill"], DOOR).token

    def pass_by(self, request: Request) -> None:
        """Let a request pass: nothing is waited for."""
        with contextlib.suppress(StopIteration):
            prefill_client(request).send(None)

    def request(self, token: str) -> Request:
        """A request with a token."""
        app = SimpleNamespace(state=SimpleNamespace(parts=self._parts))
        headers = [(b"host", b"hub.example"), (b"authorization", f"Bearer {token}".encode())]
        return Request({"type": "http", "headers": headers, "app": app})


def sessions(engine: Engine, count: int) -> tuple[Sessions, list[str]]:
    """Sessions of as many people, each logged in just now, and their cookies."""
    kept = Sessions(
        engine, secrets.token_bytes(32), providers={"a-provider"}, clock=lambda: datetime.now(UTC), new_id=lambda: secrets.token_hex(16),
        idle=timedelta(minutes=30), life=timedelta(hours=8), rotation=timedelta(minutes=5),
    )  # fmt: skip
    person = Person("85073003328", 450, frozenset({"0403019261"}), datetime.now(UTC))
    opened = [kept.open(LoggedIn(person, "a-provider", f"sub-{number}")) for number in range(count)]
    return kept, [one.cookie for one in opened if one.cookie is not None]


def measure(folder: Path) -> dict[str, float]:
    """All figures, by name."""
    door = Door(folder)
    tokens = door.tokens
    handles = Handles(rsa.generate_private_key(public_exponent=65537, key_size=2048))
    fresh = iter([door.token() for _ in range(ROUNDS * 300)])
    unseen = iter([door.request(door.token()) for _ in range(ROUNDS * 300)])
    known = door.token()
    again = door.request(known)
    tokens.verify(known, audiences=(DOOR,), scope="prefill")
    numbers = (f"{secrets.randbelow(10**11):011d}" for _ in itertools.count())
    number = next(numbers)
    handles.of("audit", "ssin", number)
    proof = handles.proof("audit", "ssin", number)
    logged_in, cookies = sessions(door.engine, ROUNDS * 50 + 1)
    cookie, new = cookies[0], iter(cookies[1:])
    logged_in.look(cookie)
    figures = {
        "issueToken": microseconds(door.token, 300),
        "verifyFirst": microseconds(
            lambda: tokens.verify(next(fresh), audiences=(DOOR,), scope="prefill"), 300
        ),
        "verifySecond": microseconds(
            lambda: tokens.verify(known, audiences=(DOOR,), scope="prefill"), 20_000
        ),
        "doorFirst": microseconds(lambda: door.pass_by(next(unseen)), 300, door.refresh),
        "doorSecond": microseconds(lambda: door.pass_by(again), 5_000, door.refresh),
        "sessionFirst": microseconds(lambda: logged_in.look(next(new)), 50),
        "sessionSecond": microseconds(lambda: logged_in.look(cookie), 500),
        "handleFirst": microseconds(lambda: handles.of("audit", "ssin", next(numbers)), 200),
        "handleSecond": microseconds(lambda: handles.of("audit", "ssin", number), 20_000),
        "checkHandle": microseconds(
            lambda: check_handle(handles.public_key(), "audit", "ssin", number, proof), 300
        ),
    }
    door.engine.dispose()
    return {
        **figures, "verifyRatio": round(figures["verifySecond"] / figures["verifyFirst"], 4),
        "doorRatio": round(figures["doorSecond"] / figures["doorFirst"], 4),
        "sessionRatio": round(figures["sessionSecond"] / figures["sessionFirst"], 4),
    }  # fmt: skip


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    as_json = parser.parse_args().json
    with tempfile.TemporaryDirectory() as folder:
        figures = measure(Path(folder))
    if as_json:
        print(json.dumps({**figures, "unit": "µs CPU"}, ensure_ascii=False))
        return
    for name, value in figures.items():
        print(f"{name:14}{value:10.4f}" if "Ratio" in name else f"{name:14}{value:10.2f} µs")


if __name__ == "__main__":
    main()
