"""Real contracts, spoilt at random: read or refused with a clear error, within bounds."""

import json
import os
import shutil
import time
from pathlib import Path
from random import Random

import pytest

from connectors import check_against_contract, read_declaration
from connectors.onboarding import Contract, ContractUnreadable, as_json, inspect_contract, render
from connectors.onboarding.data import parse_data
from connectors.onboarding.drift import compare, render_drift
from tests.connectors.mutation import spoilt_bytes, spoilt_json, spoilt_xml
from tests.realworld.conftest import declared

SECONDS = 150.0 if os.environ.get("ONLYONCE_SOAK") else 4.0
LONGEST = 30.0
OPENAPIS = (
    "haal-centraal-brp-openapi.json",
    "andmejalgija-dumonitor-openapi.yaml",
    "govstack-consent-openapi.yaml",
)
REST = {"protocol": "rest", "request": {"method": "POST", "path": "/personen"}, "reply": {"answer": "personen"},
        "attributes": {"a": {"path": "geboorte.datum.datum"}}}  # fmt: skip


def read(contract: Path, folder: Path) -> Contract | None:
    """The contract, shown in every way; or nothing, if it is refused."""
    try:
        found = inspect_contract(contract, folder=folder)
    except ContractUnreadable as error:
        if not error.problems:
            pytest.fail("no problem is named")
        return None
    json.dumps(as_json(found))
    render(found)
    return found


@pytest.mark.soak
def test_any_real_wsdl_is_read_or_refused(realworld: Path, tmp_path: Path) -> None:
    shutil.copytree(realworld / "magda", tmp_path / "magda", ignore=shutil.ignore_patterns("responses"))
    names = ["magda-person", "magda-tax", "magda-social-status", "magda-enterprise"]
    stored = {n: inspect_contract(tmp_path / declared()[n]["contract"], folder=tmp_path) for n in names}
    files = sorted([*(tmp_path / "magda").glob("*.wsdl"), *(tmp_path / "magda").rglob("*.xsd")])
    until, seed, good = time.monotonic() + SECONDS, 0, 0
    while time.monotonic() < until:
        seed += 1
        random = Random(seed)
        file, name = random.choice(files), random.choice(names)
        whole = file.read_bytes()
        began = time.monotonic()
        try:
            file.write_bytes(random.choice([spoilt_bytes, spoilt_xml, spoilt_xml])(whole, random))
            found = read(tmp_path / declared()[name]["contract"], tmp_path)
            if found is not None:
                good += 1
                render_drift(compare(declared()[name], stored[name], found))
            check_against_contract(read_declaration(name, declared()[name], folder=tmp_path))
        except Exception as error:
            raise AssertionError(f"seed {seed}: {file.name}") from error
        finally:
            file.write_bytes(whole)
        assert time.monotonic() - began < LONGEST, f"seed {seed}"
    assert good > seed / 10
    print(f"{seed} contracts, {good} of them readable")


@pytest.mark.soak
def test_any_real_openapi_is_read_or_refused(realworld: Path, tmp_path: Path) -> None:
    wholes = {name: parse_data((realworld / "contracts" / name).read_bytes()) for name in OPENAPIS}
    stored = inspect_contract(realworld / "contracts" / OPENAPIS[0], folder=realworld)
    until, seed, good = time.monotonic() + SECONDS, 0, 0
    while time.monotonic() < until:
        seed += 1
        random = Random(seed)
        name = random.choice(OPENAPIS)
        content = spoilt_json(wholes[name], random)
        began = time.monotonic()
        try:
            (tmp_path / "a.json").write_bytes(content)
            found = read(tmp_path / "a.json", tmp_path)
            if found is not None:
                good += 1
                render_drift(compare(REST, stored, found))
        except Exception as error:
            raise AssertionError(f"seed {seed}: {name}") from error
        assert time.monotonic() - began < LONGEST, f"seed {seed}"
    assert good > seed / 10
    print(f"{seed} contracts, {good} of them readable")
