"""The settings of the OPA server beside a hub: its log shows decisions and no national number."""

import json
from pathlib import Path
from typing import Any

from policies import PolicySet, export
from tests.policies.opa_server import running_opa
from tests.policies.questions import asking, question
from tests.support.machine import ROOT

DEPLOY = ROOT / "deploy" / "opa"
NUMBER = "72020290081"
SPELT = ["72020290081", "72.02.02-900.81", "72 02 02 900 81", "72/02/02-900-81", "number 72020290081, please"]
LEAKS: list[tuple[str, dict[str, Any]]] = [
    *[(f"spelt {text}", {"channel": text}) for text in SPELT],
    ("a number", {"actor/assuranceLevel": 72020290081}),
    ("a number whose zero went", {"actor/assuranceLevel": 1020290081}),
    ("in a list", {"form/attributes": ["person.familyName", NUMBER]}),
    (
        "below a key with signs of its own",
        {"attributes": {"a/b~c": {"category": NUMBER, "sensitivity": "normal"}}},
    ),
    ("as a key", {"attributes": asking("person.familyName", NUMBER)}),
    ("as a key, among others", {"attributes": asking(f"person.{NUMBER}.x")}),
]


def test_no_national_number_gets_into_the_decision_log(
    built_in: PolicySet, opa_binary: Path, tmp_path: Path
) -> None:
    export(built_in, tmp_path / "policies")
    files = [tmp_path / "policies", DEPLOY / "mask.rego"]
    with running_opa(opa_binary, tmp_path, "--config-file", DEPLOY / "config.yaml", *files) as server:
        server.decide(question())
        for _, changes in LEAKS:
            server.decide(question(changes))
        lines = [
            line
            for line in server.log.read_text().splitlines()
            if "openpolicyagent.org/decision_logs" in line
        ]
    assert len(lines) == 1 + len(LEAKS)
    usual = json.loads(lines[0])
    assert usual["input"] == question()
    assert usual["result"]["revision"] == built_in.revision
    for (name, _), line in zip(LEAKS, lines[1:], strict=True):
        assert not [text for text in [*SPELT, "1020290081"] if text in line], name
        assert json.loads(line)["erased"] == ["/input", "/result"], name
