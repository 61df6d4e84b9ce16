"""Declarations over real contracts: all that they use is found there, and what changes there is told with what it breaks."""

import shutil
from pathlib import Path

import pytest

from connectors.onboarding import inspect_contract
from connectors.onboarding.drift import compare, find_operation
from connectors.onboarding.uses import received, sent
from tests.realworld.conftest import declared

OVER_CONTRACTS = ["magda-person", "magda-tax", "magda-social-status", "magda-enterprise"]
SCHEMA = "xsd/Persoon/Persoon-v3.xsd"


@pytest.mark.parametrize("source_id", OVER_CONTRACTS)
def test_all_that_a_declaration_uses_is_found_in_its_contract(realworld: Path, source_id: str) -> None:
    declaration = declared()[source_id]
    contract = inspect_contract(realworld / declaration["contract"], folder=realworld)
    operation = find_operation(declaration, contract)
    assert operation is not None
    assert operation.reply is not None
    assert operation.request is not None
    replies = [tuple(name for name in path[1:]) for path, _ in operation.reply.walk()]
    for use in received(declaration):
        ends = [
            p for p in replies if use.steps.meets(p) and (use.steps.loose or len(p) == len(use.steps.names))
        ]
        assert ends, use.key
    requests = {path[1:] for path, _ in operation.request.walk()}
    assert {use.steps.names for side, use in sent(declaration) if side == "request"} <= requests
    assert compare(declaration, contract, contract).changes == ()


def test_an_element_that_a_real_contract_renames_breaks_what_reads_it(
    realworld: Path, tmp_path: Path
) -> None:
    declaration = declared()["magda-person"]
    shutil.copytree(realworld / "magda", tmp_path / "magda")
    schema = tmp_path / "magda" / SCHEMA
    schema.write_text(schema.read_text("utf8").replace('name="Geboorte"', 'name="Birth"'), "utf8")
    stored = inspect_contract(realworld / declaration["contract"], folder=realworld)
    drift = compare(
        declaration, stored, inspect_contract(tmp_path / declaration["contract"], folder=tmp_path)
    )
    broken = {key for change in drift.changes for key in change.breaks}
    assert "attributes.person.birthDate" in broken
    assert {key for key in broken if key.startswith("attributes.")} == {
        key
        for key in broken
        if key.startswith(("attributes.person.birthDate", "attributes.person.placeOfBirth"))
    }
