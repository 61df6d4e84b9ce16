"""The keys of the login's issuer, who is honest, slow, down or hostile."""

import asyncio
from collections.abc import Awaitable, Callable
from time import perf_counter

import pytest
from aiohttp import web
from joserfc.jwk import OctKey

from hub.identity import LoginTokens, LoginUnavailable, TokenInvalid
from tests.hub.identity.conftest import (
    DOOR,
    Issuer,
    Time,
    ec_key,
    jwks,
    logins_of,
)  # fmt: skip


async def _until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not true():  # noqa: ASYNC110 - what happens, happens in the issuer
            await asyncio.sleep(0.01)


async def test_a_symmetric_or_weak_key_of_the_issuer_is_not_used(issuer: Issuer, logins: LoginTokens) -> None:
    secret = OctKey.import_key(b"s" * 32, {"kid": "s"})
    found = jwks(*issuer.keys)
    found["keys"].append(dict(secret.as_dict(private=True)))

    async def answer(_request: web.Request) -> web.StreamResponse:
        return web.json_response(found)

    issuer.answer = answer
    with pytest.raises(TokenInvalid):
        await logins.verify(issuer.token(secret, "HS256"), audience=DOOR)
    await logins.verify(issuer.token(), audience=DOOR)


async def test_keys_are_found_by_discovery(issuer: Issuer, time: Time) -> None:
    logins = logins_of(issuer, time, jwks_uri=None)
    await logins.start()
    for number in range(3):
        await logins.verify(issuer.token(jti=str(number)), audience=DOOR)
    assert (issuer.discovered, issuer.fetched) == (1, 1)
    await logins.close()


async def test_a_discovery_document_of_another_issuer_is_not_believed(issuer: Issuer, time: Time) -> None:
    alias = issuer.url.replace("127.0.0.1", "localhost")
    logins = LoginTokens(issuer=alias, jwks_uri=None, audiences={DOOR}, clock=time)
    await logins.start()
    with pytest.raises(LoginUnavailable):
        await logins.verify(issuer.token(iss=alias), audience=DOOR)
    assert issuer.fetched == 0
    await logins.close()


async def test_a_new_key_is_fetched_once_for_all_who_wait(
    logins: LoginTokens, issuer: Issuer, time: Time
) -> None:
    await logins.verify(issuer.token(), audience=DOOR)
    issuer.keys.append(ec_key("second"))
    time.pass_by(seconds=10)
    tokens = [issuer.token(jti=str(number)) for number in range(20)]
    people = await asyncio.gather(*(logins.verify(token, audience=DOOR) for token in tokens))
    assert len(people) == 20
    assert issuer.fetched == 2


async def test_tokens_of_unknown_keys_do_not_make_the_hub_ask_again_and_again(
    logins: LoginTokens, issuer: Issuer, time: Time
) -> None:
    await logins.verify(issuer.token(), audience=DOOR)
    for number in range(50):
        with pytest.raises(TokenInvalid):
            await logins.verify(issuer.token(ec_key(f"made-up-{number}")), audience=DOOR)
        time.pass_by(seconds=0.5)
    assert issuer.fetched <= 4
    await logins.verify(issuer.token(), audience=DOOR)


async def test_a_withdrawn_key_is_not_believed_even_for_a_known_token(
    logins: LoginTokens, issuer: Issuer, time: Time
) -> None:
    token = issuer.token(exp=time.seconds(36_000))
    await logins.verify(token, audience=DOOR)
    issuer.keys = [ec_key("second")]
    time.pass_by(seconds=10)
    await logins.verify(issuer.token(), audience=DOOR)
    with pytest.raises(TokenInvalid):
        await logins.verify(token, audience=DOOR)


async def test_keys_are_renewed_while_the_known_ones_serve(
    logins: LoginTokens, issuer: Issuer, time: Time
) -> None:
    await logins.verify(issuer.token(), audience=DOOR)
    release = asyncio.Event()

    async def answer(_request: web.Request) -> web.StreamResponse:
        await release.wait()
        return web.json_response(jwks(*issuer.keys))

    issuer.answer = answer
    time.pass_by(minutes=11)
    await logins.verify(issuer.token(), audience=DOOR)
    await _until(lambda: issuer.fetched == 2)
    release.set()


async def test_an_issuer_that_is_down_is_borne_for_an_hour(
    logins: LoginTokens, issuer: Issuer, time: Time
) -> None:
    await logins.verify(issuer.token(), audience=DOOR)

    async def answer(_request: web.Request) -> web.StreamResponse:
        return web.Response(status=503)

    issuer.answer = answer
    for _ in range(5):
        time.pass_by(minutes=11)
        await logins.verify(issuer.token(), audience=DOOR)
        await asyncio.sleep(0.02)
    time.pass_by(minutes=11)
    with pytest.raises(LoginUnavailable):
        await logins.verify(issuer.token(), audience=DOOR)
    issuer.answer = None
    time.pass_by(seconds=10)
    await logins.verify(issuer.token(), audience=DOOR)


Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


async def _redirect(request: web.Request) -> web.StreamResponse:
    if request.query:
        return web.json_response({"keys": []})
    raise web.HTTPFound("/keys?elsewhere=1")


async def _flood(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse()
    await response.prepare(request)
    try:
        while True:
            await response.write(b'{"keys":[' + b" " * 65_536)
    except ConnectionError:
        return response


async def _drip(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse()
    await response.prepare(request)
    for _ in range(100):
        await response.write(b" ")
        await asyncio.sleep(0.05)
    return response


async def _text(text: str) -> web.StreamResponse:
    return web.Response(text=text, content_type="application/json")


HOSTILE: dict[str, Answer] = {
    "redirects": _redirect,
    "floods": _flood,
    "drips": _drip,
    "answers HTML": lambda _request: _text("<html>"),
    "answers a list": lambda _request: _text("[]"),
    "answers no keys": lambda _request: _text('{"keys": []}'),
    "answers nonsense keys": lambda _request: _text('{"keys": [1, null, {"kty": "EC"}, {"kty": "RSA", "n": 5}, {"kty": []}]}'),
    "answers nested": lambda _request: _text("[" * 100_000),
    "answers no UTF-8": lambda _request: _raw(b"\xff\xfe"),
    "fails": lambda _request: _status(500),
}  # fmt: skip


async def _raw(body: bytes) -> web.StreamResponse:
    return web.Response(body=body, content_type="application/json")


async def _status(status: int) -> web.StreamResponse:
    return web.Response(status=status)


@pytest.mark.parametrize("answer", HOSTILE.values(), ids=HOSTILE.keys())
async def test_without_the_issuers_keys_nobody_is_let_in_and_the_wait_is_bounded(
    logins: LoginTokens, issuer: Issuer, answer: Answer
) -> None:
    issuer.answer = answer
    began = perf_counter()
    with pytest.raises(LoginUnavailable):
        await logins.verify(issuer.token(), audience=DOOR)
    assert perf_counter() - began < 20
    with pytest.raises(LoginUnavailable):
        await logins.verify(issuer.token(), audience=DOOR)
    assert issuer.fetched == 1  # the second waited for nothing


async def test_an_issuer_that_is_not_there_makes_login_unavailable(issuer: Issuer, time: Time) -> None:
    logins = LoginTokens(issuer=issuer.url, jwks_uri="http://127.0.0.1:9/keys", audiences={DOOR}, clock=time)
    await logins.start()
    with pytest.raises(LoginUnavailable):
        await logins.verify(issuer.token(), audience=DOOR)
    await logins.close()
    with pytest.raises(LoginUnavailable):
        await logins.verify(issuer.token(), audience=DOOR)
