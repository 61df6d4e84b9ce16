"""The demo's login, which also gives tokens that are older than they should be: form field `age`, in seconds."""

import argparse
import sys
import time
from urllib.parse import parse_qs

from hub.demo.asgi import Answer, Asked, application, run, serving, until_stopped
from hub.demo.identity_provider import IdentityProvider
from tests.end_to_end.people import PEOPLE


class AgingLogin(IdentityProvider):
    """Issues a token as of some time ago."""

    async def handle(self, asked: Asked) -> Answer:
        age = 0
        if asked.path == "/token":
            age = int(parse_qs(asked.body.decode()).get("age", ["0"])[0])
        self._now = lambda: time.time() - age
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
