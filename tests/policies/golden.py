"""The golden answers: what a real OPA made of every case, kept so that any machine can compare with it.

`python -m tests.policies.golden` asks OPA anew and writes `golden.json`. Look at what changed before you commit it. The rulings
are kept without their revision, each once: a comment in the rules changes no answer.
"""

import json
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from policies import export, load_policies
from tests.policies.cases import CASES
from tests.policies.cases.ill_formed import ILL_FORMED
from tests.policies.opa_server import OpaServer, running_opa
from tests.policies.questions import question
from tests.support.machine import find_opa

FILE = Path(__file__).with_name("golden.json")

Rulings = dict[str, dict[str, Any]]


def questions() -> dict[str, dict[str, Any]]:
    """Name → question, of the cases and of what no hub asks."""
    ill = {f"ill-formed: {name}": question(changes) for name, changes in ILL_FORMED.items()}
    return {**{case.name: case.question for case in CASES}, **ill}


def read() -> dict[str, Rulings]:
    """Name → the rulings that a real OPA gave."""
    kept = json.loads(FILE.read_text())
    return {
        name: {attribute: kept["rulings"][place] for attribute, place in rulings.items()}
        for name, rulings in kept["answers"].items()
    }


def ask(server: OpaServer) -> dict[str, Rulings]:
    """Name → the rulings that a running OPA gives now."""
    answers: dict[str, Rulings] = {}
    for name, facts in questions().items():
        answer = server.decide(facts)
        answers[name] = answer["attributes"] if isinstance(answer, dict) else {"": {"decision": "none"}}
    return answers


def written(answers: dict[str, Rulings], opa: str) -> str:
    """The file: which OPA, each distinct ruling on a line, each case on a line."""
    rulings = sorted({_compact(ruling) for answer in answers.values() for ruling in answer.values()})
    place = {ruling: number for number, ruling in enumerate(rulings)}
    lines = [
        f"{json.dumps(name)}: {_compact({a: place[_compact(r)] for a, r in answer.items()})}"
        for name, answer in answers.items()
    ]
    return (
        f'{{"opa": {json.dumps(opa)},\n"rulings": [\n'
        + ",\n".join(rulings)
        + '\n],\n"answers": {\n'
        + ",\n".join(lines)
        + "\n}}\n"
    )


def _compact(value: object) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def main() -> None:
    """Ask a real OPA and write the file."""
    opa = find_opa()
    if opa is None:
        raise SystemExit("OPA is not on this machine: run make setup")
    said = subprocess.run([opa, "version"], capture_output=True, text=True, check=True).stdout
    with TemporaryDirectory() as made:
        export(load_policies(), Path(made, "policies"))
        with running_opa(opa, Path(made), "--log-level", "error", Path(made, "policies")) as server:
            FILE.write_text(written(ask(server), said.split("\n", 1)[0].removeprefix("Version: ")))


if __name__ == "__main__":
    main()
