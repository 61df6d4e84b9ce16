from pathlib import Path

import pytest

from hub.assembly import _decision_point
from hub.settings import PREFIX, Settings, SettingsInvalid, read_settings, variable_part
from policies import load_policies
from policies.opa import OpaDecisionPoint
from tests.support.machine import ROOT


def test_every_setting_is_documented_with_its_description() -> None:
    documented = (ROOT / "docs" / "settings.md").read_text("utf-8")
    for name, field in Settings.model_fields.items():
        if name == "source_urls":
            assert "ONLYONCE_SOURCE_<ID>_URL" in documented
            continue
        assert f"`{PREFIX}{name.upper()}`" in documented
        assert field.description
        assert field.description in documented


def test_no_setting_is_documented_that_does_not_exist() -> None:
    documented = (ROOT / "docs" / "settings.md").read_text("utf-8")
    named = {part.split("`")[0] for part in documented.split(f"`{PREFIX}")[1:]}
    known = {name.upper() for name in Settings.model_fields} | {
        "",
        "SOURCE_<ID>_URL",
        "SOURCE_TAX_OFFICE_URL",
        "SOURCE_TAX_OFFICE_TOKEN_URL",
    }
    assert named <= known


def test_all_offending_settings_are_named_at_once() -> None:
    with pytest.raises(SettingsInvalid) as caught:
        read_settings(
            {
                "ONLYONCE_PORT": "eighty",
                "ONLYONCE_CATALOG": "typo",
                "ONLYONCE_CATALOGUE": "/there/is/no/such/folder",
                "ONLYONCE_SOURCE_TAX_OFFICE_URL": "ftp://files.example",
                "ONLYONCE_DATABASE_URL": "mysql://root:hunter2@db/x",
            }
        )
    assert set(caught.value.offenders) == {
        "ONLYONCE_PORT",
        "ONLYONCE_CATALOG",
        "ONLYONCE_CATALOGUE",
        "ONLYONCE_SOURCE_TAX_OFFICE_URL",
        "ONLYONCE_DATABASE_URL",
    }


def test_the_value_of_a_bad_setting_is_never_repeated(tmp_path: Path) -> None:
    with pytest.raises(SettingsInvalid) as caught:
        read_settings(
            {"ONLYONCE_CATALOGUE": str(tmp_path), "ONLYONCE_DATABASE_URL": "mysql://root:hunter2@db/x"}
        )
    assert "hunter2" not in str(caught.value)


def test_an_empty_variable_counts_as_not_set(tmp_path: Path) -> None:
    settings = read_settings({"ONLYONCE_CATALOGUE": str(tmp_path), "ONLYONCE_OPA_URL": ""})
    assert settings.opa_url is None


def test_a_sources_own_address_is_found_by_its_id(tmp_path: Path) -> None:
    settings = read_settings(
        {"ONLYONCE_CATALOGUE": str(tmp_path), "ONLYONCE_SOURCE_TAX_OFFICE_URL": "https://tax.example/soap"}
    )
    assert settings.address_of("tax-office") == "https://tax.example/soap"
    assert settings.address_of("another") is None
    assert variable_part("tax-office") == "TAX_OFFICE"


def test_the_password_in_the_database_url_is_not_in_the_settings_repr(tmp_path: Path) -> None:
    url = "postgresql+psycopg://hub:hunter2@db/onlyonce"
    settings = read_settings({"ONLYONCE_CATALOGUE": str(tmp_path), "ONLYONCE_DATABASE_URL": url})
    assert "hunter2" not in repr(settings)


def test_a_login_key_address_without_an_issuer_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsInvalid, match="OIDC_ISSUER"):
        read_settings(
            {"ONLYONCE_CATALOGUE": str(tmp_path), "ONLYONCE_OIDC_JWKS_URI": "https://login.example/jwks"}
        )


def test_audiences_follow_from_the_public_address(tmp_path: Path) -> None:
    settings = read_settings(
        {"ONLYONCE_CATALOGUE": str(tmp_path), "ONLYONCE_PUBLIC_URL": "https://hub.example/"}
    )
    assert settings.prefill_audience == settings.actor_audience == "https://hub.example/api/prefill"
    assert settings.citizen_audience == "https://hub.example/api/citizen"


def test_the_token_of_a_form_may_not_open_a_citizens_log(tmp_path: Path) -> None:
    same = dict.fromkeys(
        ("ONLYONCE_OIDC_ACTOR_AUDIENCE", "ONLYONCE_OIDC_CITIZEN_AUDIENCE"), "https://hub.example"
    )
    with pytest.raises(SettingsInvalid, match="must differ"):
        read_settings({"ONLYONCE_CATALOGUE": str(tmp_path), **same})


def test_how_long_the_opa_server_may_take_is_set(tmp_path: Path) -> None:
    given = {
        "ONLYONCE_CATALOGUE": str(tmp_path),
        "ONLYONCE_OPA_URL": "http://opa:8181",
        "ONLYONCE_OPA_DEADLINE_S": "2.5",
    }
    point = _decision_point(read_settings(given), load_policies())
    assert isinstance(point, OpaDecisionPoint)
    assert point._deadline == 2.5
    with pytest.raises(SettingsInvalid, match="OPA_DEADLINE_S"):
        read_settings(given | {"ONLYONCE_OPA_DEADLINE_S": "0"})
