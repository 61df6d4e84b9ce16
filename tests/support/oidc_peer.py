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
    folder = find_oidc()
    if folder is None:
        missing("npm's oidc-provider")
    assert folder is not None
    port = free_port()
    process = subprocess.Popen(
        ["node", "--no-warnings", "peer.mjs", str(port), json.dumps({"keys": public_keys})],
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
