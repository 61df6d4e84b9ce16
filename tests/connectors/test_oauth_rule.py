"""What a declaration may say of access tokens."""

from typing import Any

import pytest

from tests.connectors.conftest import REST
from tests.connectors.oauth_sources import OAUTH
from tests.connectors.test_declaration import problems


@pytest.mark.parametrize(
    ("changes", "at"),
    [
        ({"tokenUrl": "ftp://x"}, "tokenUrl"),
        ({"tokenUrl": None}, ""),
        ({"clientId": None}, ""),
        ({"method": "none"}, "method"),
        ({"secret": "s3cret&"}, "secret"),
        ({"tokenUrl": "http://login.example/token"}, "tokenUrl"),
        ({"tls": "yes"}, "tls"),
        ({"key": "a"}, "key"),
        ({"claims": {"a": "b"}}, "claims"),
        ({"form": {"grant_type": "password"}}, "form.grant_type"),
        ({"form": {"a": "{subject}"}}, "form.a"),
        ({"form": {"a": "{caseId}"}}, "form.a"),
        ({"scope": "{actor}"}, "scope"),
        ({"scope": "{"}, "scope"),
        ({"lifetime": 5}, "lifetime"),
    ],
)
def test_what_is_wrong_with_a_declaration_is_named_at_its_path(changes: dict[str, Any], at: str) -> None:
    given = {name: value for name, value in (OAUTH | changes).items() if value is not None}
    assert f"authentication.oauth2.{at}".rstrip(".") in problems(REST, authentication={"oauth2": given})


@pytest.mark.parametrize("name", ["actor", "caseId", "uuid", "now"])
def test_no_token_is_kept_for_what_tells_people_or_calls_apart(name: str) -> None:
    table = {"by": "purpose", "values": {"grant": f"{{{name}}}"}}
    given = OAUTH | {"form": {"why": "{told}"}}
    found = problems(REST, authentication={"oauth2": given}, parameters={"told": table})
    assert "{told} cannot stand here" in found["authentication.oauth2.form.why"]


def test_a_token_and_a_header_of_the_request_cannot_be_in_the_same_place() -> None:
    found = problems(
        REST, authentication={"oauth2": OAUTH}, request__headers={"authorization": "{secret:token}"}
    )
    assert "Authorization" in found["authentication"]
    both = {"oauth2": OAUTH, "basic": {"user": "u", "password": "p"}}
    assert "not both" in problems(REST, authentication=both)["authentication"]
