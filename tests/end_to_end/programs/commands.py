"""Runs commands of `onlyonce` one after the other, and tells what each said: JSON in, `[[argument, …], …]` with what each is given on standard input; JSON out."""

import contextlib
import io
import json
import sys

from hub import cli


def run(arguments: list[str], given: str) -> tuple[int, str]:
    """One command: its exit code, and all that it said."""
    said = io.StringIO()
    sys.stdin = io.StringIO(given)
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        try:
            code = cli.main(arguments)
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else 1
    return code, said.getvalue()


if __name__ == "__main__":
    asked = json.load(sys.stdin)
    json.dump([run(arguments, given) for arguments, given in asked], sys.stdout)
