"""Whatever a contract is, it is read or refused with a clear error: nothing else, within bounds, and without a connection."""

import json
import os
import shutil
import time
from pathlib import Path
from random import Random

import pytest

from connectors import check_against_contract
from connectors.onboarding import Contract, ContractUnreadable, as_json, inspect_contract, render
from connectors.onboarding.data import parse_data
from connectors.onboarding.drift import compare, render_drift
from connectors.onboarding.references import Unusable, read_document
from tests.connectors.conftest import CONTRACTS, REST, SOAP, soap_declaration
from tests.connectors.mutation import spoilt_bytes, spoilt_json, spoilt_xml
from tests.connectors.test_inspect_openapi import CONTRACT as OPENAPI

SECONDS = 300.0 if os.environ.get("ONLYONCE_SOAK") else 6.0
LONGEST = 10.0
"""Seconds that one contract may take, on a busy machine."""


@pytest.fixture(autouse=True)
def no_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    def connect(*_: object, **__: object) -> None:
        pytest.fail("a connection is opened")

    monkeypatch.setattr("socket.socket.connect", connect)
    monkeypatch.setattr("socket.getaddrinfo", connect)


def read(contract: Path, folder: Path) -> Contract | None:
    """The contract, shown in every way; or nothing, if it is refused."""
    try:
        found = inspect_contract(contract, folder=folder)
    except ContractUnreadable as error:
        if not error.problems or "root:" in str(error):
            pytest.fail(f"not a clear error: {error}")
        return None
    json.dumps(as_json(found)).encode("utf8", "surrogatepass")
    render(found)
    return found


def store(content: bytes) -> None:
    """What `vendor` does with it."""
    try:
        document = read_document(content)
    except Unusable:
        return
    again = read_document(document.rewrite(dict.fromkeys(document.references, "other.xsd")))
    assert set(again.references) <= {"other.xsd"} | set(document.references)


@pytest.mark.soak
def test_any_wsdl_is_read_or_refused(tmp_path: Path) -> None:
    shutil.copytree(CONTRACTS, tmp_path / "in")
    folder, stored = tmp_path / "in", inspect_contract(CONTRACTS / "persons.wsdl", folder=CONTRACTS)
    files = {name: (CONTRACTS / name).read_bytes() for name in ("persons.wsdl", "xsd/persons.xsd")}
    until, seed, good = time.monotonic() + SECONDS, 0, 0
    while time.monotonic() < until:
        seed += 1
        random = Random(seed)
        name = random.choice(list(files))
        content = random.choice([spoilt_bytes, spoilt_xml, spoilt_xml])(files[name], random)
        began = time.monotonic()
        try:
            for each, whole in files.items():
                (folder / each).write_bytes(content if each == name else whole)
            found = read(folder / "persons.wsdl", folder)
            if found is not None:
                good += 1
                render_drift(compare(SOAP, stored, found))
            store(content)
            check_against_contract(soap_declaration(folder=folder))
        except Exception as error:
            raise AssertionError(f"seed {seed}: {content!r}") from error
        assert time.monotonic() - began < LONGEST, f"seed {seed}"
    assert good > seed / 10
    print(f"{seed} contracts, {good} of them readable")


@pytest.mark.soak
def test_any_openapi_is_read_or_refused(tmp_path: Path) -> None:
    (tmp_path / "more.json").write_text('{"Purpose": {"type": "string", "description": "Why"}}')
    contract = tmp_path / "a.yaml"
    contract.write_text(OPENAPI)
    stored, whole = inspect_contract(contract, folder=tmp_path), parse_data(OPENAPI.encode())
    until, seed, good = time.monotonic() + SECONDS, 0, 0
    while time.monotonic() < until:
        seed += 1
        random = Random(seed)
        content = (
            spoilt_json(whole, random) if random.randrange(3) else spoilt_bytes(OPENAPI.encode(), random)
        )
        began = time.monotonic()
        try:
            contract.write_bytes(content)
            found = read(contract, tmp_path)
            if found is not None:
                good += 1
                render_drift(compare(REST, stored, found))
            store(content)
        except Exception as error:
            raise AssertionError(f"seed {seed}: {content!r}") from error
        assert time.monotonic() - began < LONGEST, f"seed {seed}"
    assert good > seed / 10
    print(f"{seed} contracts, {good} of them readable")
