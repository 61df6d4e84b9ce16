"""A contract that is made to harm is refused, or read within bounds; nothing outside is read, no connection opened."""

import resource
import subprocess
import sys
import time
from pathlib import Path

import pytest

from connectors import check_against_contract
from connectors.onboarding import ContractUnreadable, as_json, inspect_contract, render
from tests.connectors.conftest import soap_declaration
from tests.connectors.hostile_contracts import BOUNDED, REFUSED

SECONDS = 40.0
MEMORY = 1 << 30


@pytest.fixture
def no_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    """Opening a connection fails the test."""

    def connect(*_: object, **__: object) -> None:
        pytest.fail("a connection is opened")

    monkeypatch.setattr("socket.socket.connect", connect)
    monkeypatch.setattr("socket.getaddrinfo", connect)


@pytest.mark.usefixtures("no_connection")
@pytest.mark.parametrize("name", REFUSED)
def test_a_hostile_contract_is_refused(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "inside"
    folder.mkdir()
    (tmp_path / "outside.yaml").write_text("x: {type: string}")
    contract = folder / REFUSED[name](folder)
    began = time.process_time()
    with pytest.raises(ContractUnreadable) as caught:
        inspect_contract(contract, folder=folder)
    assert time.process_time() - began < SECONDS
    assert "root:" not in str(caught.value)
    assert len(str(caught.value)) < 1000


@pytest.mark.usefixtures("no_connection")
@pytest.mark.parametrize("name", BOUNDED)
def test_a_contract_beyond_measure_is_read_within_bounds(tmp_path: Path, name: str) -> None:
    contract = tmp_path / BOUNDED[name](tmp_path)
    began = time.process_time()
    found = inspect_contract(contract, folder=tmp_path)
    nodes = [
        node for o in found.operations for tree in (o.request, o.reply) if tree for _, node in tree.walk()
    ]
    assert len(nodes) < 450_000
    assert max((len(node.values) for node in nodes), default=0) <= 5000
    as_json(found)
    render(found)
    assert time.process_time() - began < SECONDS


BIG = ("50 MiB schema", "a million empty tags", "12 million zeros", "thousands of operations", "types that double at each level",
       "alias bomb", "a huge enumeration")  # fmt: skip


@pytest.mark.parametrize("name", BIG)
def test_the_memory_that_a_contract_takes_is_bounded(tmp_path: Path, name: str) -> None:
    contract = ({**REFUSED, **BOUNDED})[name](tmp_path)
    program = f"""
import resource
from pathlib import Path
from connectors.onboarding import ContractUnreadable, inspect_contract
resource.setrlimit(resource.RLIMIT_AS, ({MEMORY}, {MEMORY}))
try:
    inspect_contract(Path({str(tmp_path / contract)!r}), folder=Path({str(tmp_path)!r}))
except ContractUnreadable:
    pass
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=2 * SECONDS, check=False
    )
    assert done.returncode == 0, done.stderr[-500:]
    assert resource.getrlimit(resource.RLIMIT_AS)[0] != MEMORY


WSDLS = [name for name, make in {**REFUSED, **BOUNDED}.items() if make.__name__ == "make_wsdl"]


@pytest.mark.usefixtures("no_connection")
@pytest.mark.parametrize("name", WSDLS)
def test_a_declaration_over_a_hostile_contract_has_problems_and_does_no_harm(
    tmp_path: Path, name: str
) -> None:
    contract = {**REFUSED, **BOUNDED}[name](tmp_path)
    declaration = soap_declaration(folder=tmp_path, contract=contract, operation="Ask")
    began = time.process_time()
    assert check_against_contract(declaration)
    assert time.process_time() - began < SECONDS
