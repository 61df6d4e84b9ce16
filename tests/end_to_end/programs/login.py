"""The demo's login, which also gives tokens that are older than they should be (form field `age`, in seconds), agents' (`office`), and data protection officers' (`officer_of`); and signs whatever it is given at `/sign`."""

import argparse
import json
import sys
import time
from collections.abc import Sequence
from typing import Any
from urllib.parse import parse_qs

from hub.demo.asgi import Answer, Asked, application, json_answer, run, serving, until_stopped
from hub.demo.identity_provider import IdentityProvider
from hub.demo.people import Person
from tests.end_to_end.people import PEOPLE
from tests.support.forging import signed


class AgingLogin(IdentityProvider):
    """Issues a token as of some time ago."""

    _offices: Sequence[str] = ()
    _officer_of: Sequence[str] = ()

    def _about(self, position: int, person: Person) -> dict[str, Any]:
        return {
            **super()._about(position, person),
            "agentOf": list(self._offices),
            "dpoOf": list(self._officer_of),
        }

    async def handle(self, asked: Asked) -> Answer:
        if asked.path == "/sign":  # any token that this issuer could be brought to sign
            wanted, key = json.loads(asked.body), self._key.private_key
            assert key is not None
            return json_answer({"token": signed(wanted["header"], wanted["claims"], key)})
        form = parse_qs(asked.body.decode()) if asked.path == "/token" else {}
        age = int(form.get("age", ["0"])[0])
        self._now, self._offices = (lambda: time.time() - age), form.get("office", [])
        self._officer_of = form.get("officer_of", [])
        return await super().handle(asked)


async def serve(port: int) -> None:
    login = AgingLogin(f"http://127.0.0.1:{port}", PEOPLE)
    async with serving([(application(login.handle), port)]):
        sys.stderr.write("ready\n")
        await until_stopped()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    chosen = parser.parse_args()
    run(lambda: serve(chosen.port))
