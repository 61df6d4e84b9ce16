"""The demo's catalogue: whole, four-languaged, and with the keys that its clients were given."""

import tomllib
from collections.abc import Mapping
from pathlib import Path

import pytest
from joserfc.jwk import ECKey

from hub.catalogue import check_enterprise_number, load
from hub.catalogue.check import check
from hub.demo.catalogues import DEMO_CATALOGUE, KEY_CLIENT, SECRET_CLIENT, write_demo_catalogue
from tests.hub.catalogue.small import SECRET_HASH
from tests.support.machine import ROOT


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo") / "catalogue"
    key = ECKey.generate_key("P-256", {"kid": "portal"}, private=True)
    write_demo_catalogue(folder, key.as_dict(private=True), SECRET_HASH, "http://127.0.0.1:8705")
    return folder


def test_it_is_sound_with_its_contracts(written: Path) -> None:
    report = check(written)
    assert report.text.startswith(
        "The catalogue is sound: 6 controllers, 4 sources, 25 attributes, 5 activities, 5 forms, 2 clients, 1 logins, "
    )


def test_the_clients_hold_what_they_were_given_and_never_a_private_key(written: Path) -> None:
    clients = load(written).clients
    jwks = clients[KEY_CLIENT].jwks
    assert jwks is not None
    assert jwks["keys"][0]["kid"] == "portal"
    assert "d" not in jwks["keys"][0]
    assert clients[SECRET_CLIENT].secret_hash == SECRET_HASH


def test_writing_again_keeps_the_folder_and_takes_the_new_key(tmp_path: Path) -> None:
    for kid in ("first", "second"):
        write_demo_catalogue(
            tmp_path, ECKey.generate_key("P-256", {"kid": kid}).as_dict(private=False), SECRET_HASH
        )
    jwks = load(tmp_path).clients[KEY_CLIENT].jwks
    assert jwks is not None
    assert [key["kid"] for key in jwks["keys"]] == ["second"]


def test_it_has_what_the_main_job_needs(written: Path) -> None:
    demo = load(written)
    assert {demo.source_of(a) for a in demo.forms["study-grant"].fields.values()} == {
        "national-register",
        "tax-administration",
        "social-status",
    }
    assert {s.protocol for s in demo.sources.values()} == {"soap", "rest"}
    assert demo.forms["company-subsidy"].subject_kind == "organisation"
    assert demo.activities["sports-discount"].legal_basis.article == "6(1)(a)"
    assert any(activity.actor_proof == "asserted" for activity in demo.activities.values())
    assert any(attribute.sensitivity == "special" for attribute in demo.attributes.values())
    assert "sports-discount" not in demo.clients[KEY_CLIENT].forms


def test_its_controllers_have_numbers_that_are_given_to_nobody(written: Path) -> None:
    for controller in load(written).controllers.values():
        check_enterprise_number(controller.enterprise_number)
        assert controller.enterprise_number < "0200000000"


def test_its_texts_differ_between_languages(written: Path) -> None:
    demo = load(written)
    texts: list[Mapping[str, str]] = [activity.purpose for activity in demo.activities.values()]
    texts += [activity.notice for activity in demo.activities.values() if activity.notice]
    for text in texts:
        assert len(set(text.values())) == 4


def test_it_is_inside_a_package_that_the_wheel_takes_whole() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    assert (
        DEMO_CATALOGUE.relative_to(ROOT).parts[0]
        in project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    )
    assert "exclude" not in project["tool"]["hatch"]["build"]["targets"]["wheel"]
