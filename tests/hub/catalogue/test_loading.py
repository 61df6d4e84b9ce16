"""A sound catalogue is read whole; its revision and its forms' versions follow its content."""

import time
from pathlib import Path

import pytest

from hub.catalogue import CatalogueInvalid, IdentifierInvalid, load
from tests.hub.catalogue.small import FOUR, SOUND, changed, loaded, write


def test_a_sound_catalogue_is_read_whole(tmp_path: Path) -> None:
    catalogue = loaded(tmp_path)
    assert set(catalogue.controllers) == {"grants", "town"}
    assert set(catalogue.sources) == {"register", "companies"}
    assert catalogue.sources["register"].controller == "grants"
    assert catalogue.controllers["town"].enterprise_number == "0000100166"
    assert catalogue.forms["grant"].fields == {"lastName": "person.familyName", "health": "person.health"}
    assert catalogue.clients["counter"].forms == {"sports"}
    assert catalogue.clients["portal"].jwks is not None
    assert catalogue.attributes["person.health"].sensitivity == "special"
    assert catalogue.folder == tmp_path


def test_an_activity_says_its_basis_retention_and_notice(tmp_path: Path) -> None:
    activities = loaded(tmp_path).activities
    decision, discount = activities["decision"], activities["discount"]
    assert decision.legal_basis.article == "6(1)(e)"
    assert decision.special_basis is not None
    assert decision.criminal_basis is not None
    assert (decision.notice, decision.consent_validity, decision.actor_proof, decision.dpia) == (
        None,
        None,
        "token",
        False,
    )
    assert discount.notice == {"fr": "un", "nl": "een", "de": "eins", "en": "one"}
    assert (discount.consent_validity, discount.actor_proof, discount.dpia) == ("P1Y", "asserted", True)
    assert discount.retention == "P1Y"
    assert discount.channels == {"web"}


def test_the_source_of_an_attribute_is_the_one_that_serves_it(tmp_path: Path) -> None:
    catalogue = loaded(tmp_path)
    assert catalogue.source_of("person.familyName") == "register"
    assert catalogue.source_of("organisation.legalName") == "companies"


def test_an_attribute_of_two_sources_is_served_by_the_one_it_names(tmp_path: Path) -> None:
    second = SOUND[SOUND.index("  register:") : SOUND.index("  companies:")].replace(
        "  register:", "  mirror:"
    )
    text = changed("  companies:", second + "  companies:")
    for name in ("familyName", "health", "convictions"):
        text = changed(f"  person.{name}: {{name:", f"  person.{name}: {{source: mirror, name:", text)
    assert loaded(tmp_path, text).source_of("person.familyName") == "mirror"


def test_records_may_be_spread_over_files_and_folders(tmp_path: Path) -> None:
    cut = SOUND.index("activities:")
    write(tmp_path, SOUND[:cut], "a/sources.yaml")
    write(tmp_path, SOUND[cut:], "b.yaml")
    assert set(load(tmp_path).forms) == {"grant", "subsidy", "sports"}


def test_a_catalogue_cannot_be_changed_once_read(tmp_path: Path) -> None:
    catalogue = loaded(tmp_path)
    with pytest.raises(TypeError):
        catalogue.forms["grant"].fields["x"] = "y"  # type: ignore[index]
    with pytest.raises(TypeError):
        catalogue.forms["x"] = catalogue.forms["grant"]  # type: ignore[index]


def test_the_revision_follows_every_byte_name_and_contract(tmp_path: Path) -> None:
    revisions = {loaded(tmp_path).revision}
    assert load(tmp_path).revision in revisions
    revisions.add(loaded(tmp_path, SOUND + "# a remark\n").revision)
    write(tmp_path, b"<a/>", "contracts/a.wsdl")
    revisions.add(load(tmp_path).revision)
    write(tmp_path, b"<b/>", "contracts/a.wsdl")
    revisions.add(load(tmp_path).revision)
    (tmp_path / "contracts/a.wsdl").rename(tmp_path / "contracts/b.wsdl")
    revisions.add(load(tmp_path).revision)
    (tmp_path / "all.yaml").rename(tmp_path / "other.yaml")
    revisions.add(load(tmp_path).revision)
    assert len(revisions) == 6
    assert all(len(revision) == 64 for revision in revisions)


def test_bytes_that_move_from_one_file_to_the_next_change_the_revision(tmp_path: Path) -> None:
    write(tmp_path / "one", SOUND)
    write(tmp_path / "one", b"12", "contracts/a")
    write(tmp_path / "one", b"3", "contracts/b")
    write(tmp_path / "two", SOUND)
    write(tmp_path / "two", b"1", "contracts/a")
    write(tmp_path / "two", b"23", "contracts/b")
    assert load(tmp_path / "one").revision != load(tmp_path / "two").revision


def test_a_forms_version_follows_its_record_and_its_activity_alone(tmp_path: Path) -> None:
    before = loaded(tmp_path).forms
    other_field = loaded(tmp_path, changed("      health: person.health\n", "")).forms
    assert other_field["grant"].version != before["grant"].version
    assert other_field["sports"].version == before["sports"].version
    other_retention = loaded(tmp_path, changed("retention: P10Y", "retention: P9Y")).forms
    assert other_retention["grant"].version != before["grant"].version
    assert other_retention["subsidy"].version != before["subsidy"].version
    assert other_retention["sports"].version == before["sports"].version
    remark = loaded(tmp_path, changed("forms:\n", "# a remark\nforms:\n")).forms
    assert remark["grant"].version == before["grant"].version


def test_yaml_under_contracts_is_not_read_and_hidden_files_are_no_part(tmp_path: Path) -> None:
    write(tmp_path, b"nonsense: [", "contracts/openapi.yaml")
    write(tmp_path, b"nonsense: [", ".cache/a.yaml")
    write(tmp_path, b"nonsense: [", ".draft.yaml")
    revision = loaded(tmp_path).revision
    write(tmp_path, b"other", ".draft.yaml")
    assert load(tmp_path).revision == revision


def test_test_numbers_are_admitted_only_where_the_setting_says_so(tmp_path: Path) -> None:
    strict, lenient = loaded(tmp_path), load(tmp_path, admit_test_numbers=True)
    number = "90610100179"
    number = number[:9] + f"{97 - int(number[:9]) % 97:02d}"
    with pytest.raises(IdentifierInvalid):
        strict.check_identifier("ssin", number)
    lenient.check_identifier("ssin", number)


def test_ten_thousand_forms_load_in_reasonable_time(tmp_path: Path) -> None:
    form = f"    name: {FOUR}\n    subjectKind: person\n    activity: decision\n    fields:\n      lastName: person.familyName\n"
    many = "forms:\n" + "".join(f"  form-{n}:\n{form}" for n in range(10_000))
    write(tmp_path, many, "many.yaml")
    started = time.process_time()
    catalogue = loaded(tmp_path)
    assert time.process_time() - started < 30
    assert len(catalogue.forms) == 10_003


def test_many_faults_take_no_longer_than_the_reading(tmp_path: Path) -> None:
    form = f"    name: {FOUR}\n    subjectKind: person\n    activity: decision\n    fields:\n      lastName: person.familyNames\n"
    write(tmp_path, "forms:\n" + "".join(f"  form-{n}:\n{form}" for n in range(3_000)), "many.yaml")
    started = time.process_time()
    with pytest.raises(CatalogueInvalid) as refused:
        loaded(tmp_path)
    assert time.process_time() - started < 30
    assert len(refused.value.offenders) == 3_000
