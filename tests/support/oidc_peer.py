"""An authorisation server of other people's (npm's oidc-provider) that also judges signed requests, in a process of its own."""

import json
import select
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.support.machine import find_oidc, free_port, missing

SECRET = "s%cr:et +&"


@contextmanager
def running_oidc(public_keys: list[dict[str, Any]]) -> Iterator[str]:
    """Start it; it believes these keys. Gives the address that `/token` and `/api/` are below."""
    port = free_port()
    with _running("peer.mjs", port, json.dumps({"keys": public_keys})) as address:
        yield address


@contextmanager
def running_login(
    port: int, hub: str, hub_keys: dict[str, Any], people: dict[str, dict[str, Any]]
) -> Iterator[str]:
    """Start a provider at which people log in to a hub with these keys. `people`: account → claims. Gives the issuer."""
    with _running("login.mjs", port, hub, json.dumps(hub_keys), json.dumps(people)) as address:
        yield address


@contextmanager
def _running(program: str, port: int, *arguments: str) -> Iterator[str]:
    folder = find_oidc()
    if folder is None:
        missing("npm's oidc-provider")
    assert folder is not None
    process = subprocess.Popen(
        ["node", "--no-warnings", program, str(port), *arguments],
        cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        ready, _, _ = select.select([process.stdout], [], [], 30)
        assert ready, "the authorisation server did not get ready"
        said = process.stdout.readline()
        while said and said != b"ready\n":
            said = process.stdout.readline()
        if not said:
            raise AssertionError(process.communicate()[1].decode()[-2000:])
        yield f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.communicate()
