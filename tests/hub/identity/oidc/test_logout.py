"""A provider's word that somebody logged out, and the way back to it."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from hub.identity import LoginUnavailable, TokenExpired, TokenInvalid
from tests.hub.identity.conftest import GARBAGE, Time, ec_key, signed, unsigned
from tests.hub.identity.oidc.conftest import BACK, CLIENT, At, Liar

EVENT: dict[str, Any] = {"http://schemas.openid.net/event/backchannel-logout": {}}


def logout(liar: Liar, **other: Any) -> dict[str, Any]:
    claims = {
        "iss": liar.url, "aud": CLIENT, "iat": liar.time.seconds(), "exp": liar.time.seconds(120), "jti": "j-1", "sub": "s-1", "sid": "p-1",
        "events": EVENT,
    } | other  # fmt: skip
    return {name: value for name, value in claims.items() if value is not None}


@pytest.mark.parametrize("typ", ["logout+jwt", "JWT", None])
async def test_a_logout_token_says_who_logged_out(at: At, liar: Liar, typ: str | None) -> None:
    login = at().login
    await login.start()
    said = await login.logout_token(signed(logout(liar), liar.keys[0], typ=typ))
    assert (said.sub, said.sid, said.jti, said.until) == ("s-1", "p-1", "j-1", liar.time.seconds(120))
    alone = await login.logout_token(signed(logout(liar, sub=None, exp=None), liar.keys[0]))
    assert (alone.sub, alone.sid, alone.until) == (None, "p-1", liar.time.seconds(600))


LIES: dict[str, dict[str, Any]] = {
    "an ID token": {"nonce": "n"}, "no events": {"events": None}, "another event": {"events": {"x": {}}}, "events that are a list": {"events": list(EVENT)},
    "nobody": {"sub": None, "sid": None}, "no name of its own": {"jti": None}, "a name that is none": {"jti": 7}, "another audience": {"aud": "another"},
    "another issuer": {"iss": "https://evil.example"}, "no time": {"iat": None}, "of the future": {"iat": 4_000_000_000}, "a sub that is none": {"sub": 7},
    "an endless sid": {"sid": "s" * 256},
}  # fmt: skip


@pytest.mark.parametrize("lie", LIES)
async def test_a_logout_token_that_is_none_is_refused(at: At, liar: Liar, lie: str) -> None:
    login = at().login
    await login.start()
    with pytest.raises(TokenInvalid):
        await login.logout_token(signed(logout(liar, **LIES[lie]), liar.keys[0], typ="logout+jwt"))


async def test_a_logout_token_that_comes_late_or_that_nobody_signed_is_refused(
    at: At, liar: Liar, time: Time
) -> None:
    login = at().login
    await login.start()
    late = [signed(logout(liar), liar.keys[0]), signed(logout(liar, exp=None), liar.keys[0])]
    for forged in (unsigned(logout(liar), typ="logout+jwt"), signed(logout(liar), ec_key("first")), *GARBAGE):
        with pytest.raises(TokenInvalid):
            await login.logout_token(forged)
    time.pass_by(minutes=10)
    for token in late:
        with pytest.raises((TokenExpired, LoginUnavailable)):
            await login.logout_token(token)


async def test_people_log_out_at_the_provider_too_unless_it_is_declared_otherwise(at: At, liar: Liar) -> None:
    address = await at().login.farewell(None, BACK)
    assert address is not None
    assert address.startswith(f"{liar.url}/end?")
    assert parse_qs(urlsplit(address).query) == {"client_id": [CLIENT], "post_logout_redirect_uri": [BACK]}
    assert await at(logout=False).login.farewell(None, BACK) is None
    liar.metadata = {"end_session_endpoint": None}
    assert await at().login.farewell(None, BACK) is None
    liar.metadata = {"issuer": "https://evil.example"}
    assert await at().login.farewell(None, BACK) is None, "the session is over all the same"
