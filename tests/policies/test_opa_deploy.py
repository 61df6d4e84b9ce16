"""The settings of the OPA server beside a hub: its log shows decisions, and nothing by which a person could be found."""

import asyncio
import json
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from policies import PolicySet, export, policy_set
from policies.opa import OpaDecisionPoint
from tests.policies.bundles import KEY, OTHER_KEY, built, public_pem
from tests.policies.opa_server import running_opa
from tests.policies.questions import NOW, asking, consent, question
from tests.support.bundle_server import serving
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


HEX = "c0ffee01234567890ab01234567890cd"
PERSONAL = {
    "consents": [consent(id=HEX, notice=HEX * 2)],
    "activity/legalBasis": "6(1)(a)",
    "activity/notices": [HEX * 2],
    "subject": {"kind": "person", "age": 17, "sealed": ["person.familyName"]},
    "representation": {
        "basis": "mandate", "established": True, "scopeHolds": True, "validFrom": NOW - 1, "validUntil": NOW + 1,
        "signedByGiver": True, "signedByHolder": True, "revoked": False,
    },
    "emergency": {"isActor": True, "isCase": True, "validUntil": NOW + 1},
}  # fmt: skip
FOUND = ["/consents", "/emergency/validUntil", "/representation/validFrom", "/representation/validUntil"]
FOUND += ["/subject/age", "/subject/sealed"]


def logged(
    built_in: PolicySet, opa_binary: Path, folder: Path, *questions: dict[str, Any]
) -> list[dict[str, Any]]:
    """The lines of the decision log on these questions."""
    export(built_in, folder / "policies")
    files = [folder / "policies", DEPLOY / "mask.rego"]
    with running_opa(opa_binary, folder, "--config-file", DEPLOY / "config.yaml", *files) as server:
        for one in questions:
            server.decide(one)
        lines = server.log.read_text().splitlines()
    found = [json.loads(line) for line in lines if "openpolicyagent.org/decision_logs" in line]
    assert len(found) == len(questions)
    return found


def test_no_national_number_gets_into_the_decision_log(
    built_in: PolicySet, opa_binary: Path, tmp_path: Path
) -> None:
    leaking = [question(changes) for _, changes in LEAKS]
    lines = [json.dumps(line) for line in logged(built_in, opa_binary, tmp_path, question(), *leaking)]
    usual = json.loads(lines[0])
    shown = question()
    del shown["consents"], shown["subject"]["age"]
    assert usual["input"] == shown
    assert usual["result"]["revision"] == built_in.revision
    for (name, _), line in zip(LEAKS, lines[1:], strict=True):
        assert not [text for text in [*SPELT, "1020290081"] if text in line], name
        assert json.loads(line)["erased"] == ["/input", "/result"], name


def test_what_could_lead_to_a_person_is_left_out_and_the_rest_is_there(
    built_in: PolicySet, opa_binary: Path, tmp_path: Path
) -> None:
    asked = question(PERSONAL)
    (line,) = logged(built_in, opa_binary, tmp_path, asked)
    shown = line["input"]
    assert shown["subject"] == {"kind": "person"}
    assert shown["activity"] == asked["activity"], (
        "a hash with eleven digits in a row is not taken for a number"
    )
    assert set(shown) == set(asked) - {"consents"}
    assert line["result"]["attributes"].keys() == asked["attributes"].keys()
    assert HEX not in json.dumps({**line, "input": {**shown, "activity": {}}})
    assert {path for path in line["erased"] if path.startswith("/input")} == {
        f"/input{path}" for path in FOUND
    }


def test_of_several_questions_at_once_each_is_masked(opa_binary: Path, tmp_path: Path) -> None:
    permit = {"decision": "permit", "consents": ["c1"]}
    record = {
        "input": {"questions": {"7": question(PERSONAL), "8": question(PERSONAL)}},
        "result": {"answers": {"7": {"attributes": {"a/b~c": permit, "d": {"decision": "deny"}}}}},
    }
    (tmp_path / "record.json").write_text(json.dumps(record))
    masked = subprocess.run(
        [opa_binary, "eval", "--format", "raw", "-d", DEPLOY / "mask.rego", "-i", tmp_path / "record.json", "data.system.log.mask"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    paths = set(json.loads(masked.stdout))
    assert paths >= {f"/input/questions/{name}{path}" for name in ("7", "8") for path in FOUND}
    assert "/result/answers/7/attributes/a~1b~0c/consents" in paths
    assert "/input" not in paths
    assert not [path for path in paths if path.endswith("/d/consents")]


def test_a_running_server_takes_a_bundle_only_if_the_key_signed_it(
    built_in: PolicySet, opa_binary: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = policy_set({**built_in.modules, "other.rego": "package onlyonce.other\n\nx := 1\n"})
    bundle = tmp_path / "served" / "bundle.tar.gz"
    bundle.parent.mkdir()
    (tmp_path / "key.pub").write_bytes(public_pem(KEY))
    given: list[str | Path] = [
        "--config-file",
        DEPLOY / "signed.yaml",
        "--set-file",
        f"keys.onlyonce.key={tmp_path / 'key.pub'}",
    ]

    def put(content: bytes) -> None:
        (tmp_path / "new").write_bytes(content)
        (tmp_path / "new").replace(bundle)

    def wait(word: str, times: int) -> None:
        deadline = time.monotonic() + 60
        while server.log.read_text().count(word) < times:
            assert time.monotonic() < deadline, server.log.read_text()[-2000:]
            time.sleep(0.05)

    def holds() -> object:
        return server.call("GET", "/v1/data/onlyonce/revision").get("result")

    put(built(built_in))
    with serving(bundle.parent) as url:
        monkeypatch.setenv("POLICIES_URL", url)
        with running_opa(opa_binary, tmp_path, *given, DEPLOY / "mask.rego") as server:
            wait("Bundle loaded and activated successfully", 1)
            assert holds() == built_in.revision
            put(built(other, OTHER_KEY))
            wait("failed to verify JWT signature", 1)
            assert holds() == built_in.revision
            put(built(other))
            wait("Bundle loaded and activated successfully", 2)
            assert holds() == other.revision


async def test_what_the_hub_asks_at_once_is_masked_too(
    built_in: PolicySet, opa_binary: Path, tmp_path: Path
) -> None:
    export(built_in, tmp_path / "policies")
    files = [tmp_path / "policies", DEPLOY / "mask.rego"]
    facts = {"activity/legalBasis": "6(1)(a)", "consents": [consent(id=HEX)], "subject/sealed": ["person.iq"]}
    asked = [question({**facts, "time": NOW - step}) for step in range(5)]
    with running_opa(opa_binary, tmp_path, "--config-file", DEPLOY / "config.yaml", *files) as server:
        point = OpaDecisionPoint(server.url, built_in.revision, deadline=5)
        await point.start()
        decisions = await asyncio.gather(*map(point.decide, asked))
        await point.close()
        log = server.log.read_text()
    assert {one.rulings["person.familyName"].consents for one in decisions} == {(HEX,)}  # type: ignore[union-attr]
    assert "onlyonce/decisions" in log
    for personal in (HEX, "person.iq", '"age"', '"validFrom"'):
        assert personal not in log
