"""Where people log in, as the catalogue declares it, and every fault named with its line."""

from pathlib import Path

import pytest

from hub.catalogue import CatalogueInvalid, Login, load
from tests.hub.catalogue.small import FOUR, SOUND

LOGINS = f"""\
logins:
  csam:
    name: {FOUR}
    issuer: https://idp.example/fas/oauth2
    clientId: onlyonce
    method: client_secret_basic
    secret: csam.secret
    scopes: [openid, profile, egovnrn]
    userinfo: true
    claims: {{subject: egovNRN, enterprises: enterpriseNumbers, dpoOf: dpoOf, name: [givenName, surname]}}
    levels:
      urn:be:fedict:iam:fas:Level200: 200
      urn:be:fedict:iam:fas:Level450: 450
      urn:be:fedict:iam:fas:Level400: 400
    prompt: login
    parameters: {{claims: '{{"userinfo": {{}}}}'}}
"""


def written(folder: Path, logins: str) -> Path:
    (folder / "catalogue.yaml").write_text(SOUND, "utf-8")
    (folder / "logins.yaml").write_text(logins, "utf-8")
    return folder


def loaded(folder: Path, logins: str = LOGINS) -> Login:
    return load(written(folder, logins)).logins["csam"]


def test_a_provider_is_read_whole(tmp_path: Path) -> None:
    login = loaded(tmp_path)
    assert (login.issuer, login.client_id, login.method, login.secret) == (
        "https://idp.example/fas/oauth2", "onlyonce", "client_secret_basic", "csam.secret",
    )  # fmt: skip
    assert (login.scopes, login.userinfo, login.prompt, login.logout) == (
        ("openid", "profile", "egovnrn"),
        True,
        "login",
        True,
    )
    assert (login.claims.subject, login.claims.assurance, login.claims.agent_of) == ("egovNRN", "acr", None)
    assert login.claims.name == ("givenName", "surname")


def test_what_is_asked_for_is_as_strong_as_needed_the_weakest_first(tmp_path: Path) -> None:
    login = loaded(tmp_path)
    level = "urn:be:fedict:iam:fas:Level"
    assert login.acr_values(None) is None
    assert login.acr_values(300) == f"{level}400 {level}450"
    assert login.acr_values(450) == f"{level}450"
    assert (login.acr_values(500), login.reaches(500), login.reaches(450)) == (None, False, True)


def test_what_to_ask_for_may_be_said_for_each_level(tmp_path: Path) -> None:
    login = loaded(tmp_path, LOGINS + "    ask: {200: weak, 400: 'strong stronger'}\n")
    assert [login.acr_values(level) for level in (100, 200, 201, 400, 450)] == [
        "weak",
        "weak",
        "strong stronger",
        "strong stronger",
        None,
    ]


FAULTS = {
    "issuer without TLS": ("https://idp.example/fas", "http://idp.example/fas", "issuer", "must be an https:// address"),
    "issuer with a query": ("oauth2", "oauth2?x=1", "issuer", "must be an https:// address"),
    "issuer that is no address": ("https://idp.example/fas/oauth2", "'https://['", "issuer", "must be an https:// address"),
    "no secret": ("    secret: csam.secret\n", "", "csam:", "'secret' is missing"),
    "a secret that is a path": ("csam.secret", "../keys/x", "secret: ", "the name of a file in ONLYONCE_SECRETS"),
    "a secret beside a key": ("client_secret_basic", "private_key_jwt", "secret: ", "only for the methods of a secret"),
    "unknown method": ("client_secret_basic", "none", "method", "unknown value of 'method' 'none'"),
    "unknown key": ("clientId", "clientid", "clientid", "did you mean 'clientId'?"),
    "scopes without openid": ("[openid, ", "[", "scopes", "must name openid"),
    "scope of two words": ("egovnrn]", '"egov nrn"]', "scopes", "a scope is one word"),
    "no claim of the number": ("subject: egovNRN, ", "", "claims", "'subject' is missing"),
    "unknown claim": ("dpoOf: dpoOf", "dpo: dpoOf", "dpo: ", "unknown key 'dpo'"),
    "a level that is none": ("Level200: 200", "Level200: 700", "Level200", "a whole number from 1 to 500"),
    "no levels": ("    levels:\n", "    levels: {}\n    ask:\n", "levels", "there is no level"),
    "a parameter that is the hub's": ("{claims: ", "{redirect_uri: ", "parameters", "the hub itself says this"),
    "a parameter that is no text": ("""{claims: '{"userinfo": {}}'}""", "{claims: {userinfo: x}}", "parameters", "must be text"),
    "a prompt that is none": ("prompt: login", "prompt: none", "prompt", "unknown value of 'prompt'"),
    "a name in one language": (FOUR, "{fr: un}", "name", "'nl' is missing"),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_is_named_with_its_line(tmp_path: Path, fault: str) -> None:
    old, new, where, said = FAULTS[fault]
    assert old in LOGINS
    logins = LOGINS.replace(old, new, 1)
    with pytest.raises(CatalogueInvalid) as caught:
        load(written(tmp_path, logins))
    lines = logins.splitlines()
    found = [one for one in caught.value.offenders if said in one.message]
    assert found, caught.value
    assert found[0].file == "logins.yaml"
    assert where in lines[found[0].line - 1]
