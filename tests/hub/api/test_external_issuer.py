"""A hub that is a plain resource server for one of its clients: whose tokens another issuer makes."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI

from hub.main import create_app
from hub.settings import SettingsInvalid, read_settings
from tests.hub.api.test_client_cert import PROXY, ask, declaring, token
from tests.hub.identity.conftest import Issuer, Time
from tests.hub.identity.conftest import issuer as issuer  # noqa: PLC0414 - a fixture of theirs
from tests.hub.identity.test_elsewhere import token as issued

PROOF = {"method": "external_issuer"}


@pytest.fixture
def time() -> Time:
    made = Time()
    made.now = datetime.now(UTC)
    return made


async def test_a_client_comes_with_a_token_of_its_own_issuer_and_gets_none_here(
    tmp_path: Path, issuer: Issuer
) -> None:
    settings = {"CLIENT_ISSUER": issuer.url, "PUBLIC_URL": "https://hub.example", "CLIENT_CLAIM": "azp"}
    app: Any = create_app(read_settings(declaring(tmp_path, PROOF, **settings)))
    inner = app
    while not isinstance(inner, FastAPI):
        inner = inner._app
    callers = inner.state.parts.callers
    await callers.start()
    try:
        mine = issued(issuer, client_id=None, azp="municipal-forms", scope="evaluate")
        assert await ask(app, mine, [], PROXY) == 200
        others = issued(issuer, client_id=None, azp="grants-portal", scope="evaluate")
        assert await ask(app, others, [], PROXY) == 401
        assert (
            await ask(app, issued(issuer, client_id=None, azp="municipal-forms", scope="prefill"), []) == 403
        )
        assert (await token(app, []))[0] == 401
    finally:
        await callers.close()


def test_a_client_of_an_issuer_that_is_not_named_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(SettingsInvalid, match=r"ONLYONCE_CLIENT_ISSUER.*municipal-forms"):
        create_app(read_settings(declaring(tmp_path, PROOF)))


def test_a_persons_token_is_no_clients(tmp_path: Path) -> None:
    environment = declaring(tmp_path, PROOF, CLIENT_AUDIENCE="x", OIDC_DPO_AUDIENCE="x")
    with pytest.raises(SettingsInvalid, match="CLIENT_AUDIENCE must differ"):
        read_settings(environment)
