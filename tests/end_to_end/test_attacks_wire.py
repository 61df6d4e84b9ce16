"""Requests that two servers might read differently: the hub reads them in one way or not at all, and never takes a body for a request."""

import re

import pytest

from tests.end_to_end.attacks import raw, statuses_of
from tests.end_to_end.house import House
from tests.end_to_end.refusals import SOMEBODY, USAGE, check

pytestmark = pytest.mark.asyncio(loop_scope="session")

TOKEN = "/oauth2/token"
HIDDEN = "GET /api/log/v1/keys HTTP/1.1\r\nHost: HOST\r\nConnection: close\r\n\r\n"
"""What would be smuggled: it would be answered 200."""
LENGTH = str(len(HIDDEN))
FRAMINGS = {
    "two lengths": f"Content-Length: 0\r\nContent-Length: {LENGTH}\r\n\r\n",
    "lengths in a list": f"Content-Length: 0, {LENGTH}\r\n\r\n",
    "a length and chunks": f"Content-Length: {int(LENGTH) + 5}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "chunks and a length": "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n",
    "another encoding": "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "two encodings": "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n",
    "no encoding": f"Transfer-Encoding: identity\r\nContent-Length: {LENGTH}\r\n\r\n",
    "a space before the colon": "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
    "a tab": "Transfer-Encoding:\tchunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
    "a length with a sign": f"Content-Length: +{LENGTH}\r\n\r\n",
    "a negative length": "Content-Length: -1\r\n\r\n",
    "a length in hexadecimal": f"Content-Length: 0x{int(LENGTH):x}\r\n\r\n",
    "a length beyond all memory": "Content-Length: 99999999999999999999999\r\n\r\n",
    "a folded header": "X: y\r\n Transfer-Encoding: chunked\r\nContent-Length: 0\r\n\r\n",
    "a carriage return in a header": "X: a\rTransfer-Encoding: chunked\r\n\r\n",
    "a NUL in a header": "X: a\0b\r\nContent-Length: 0\r\n\r\n",
    "a chunk with a bare line end": "Transfer-Encoding: chunked\r\n\r\n2\nab\n0\n\n",
    "a chunk extension with a bare line end": "Transfer-Encoding: chunked\r\n\r\n0;\n\r\n\r\n",
    "a negative chunk": "Transfer-Encoding: chunked\r\n\r\n-1\r\n\r\n",
    "line ends without carriage returns": "Content-Length: 0\n\n",
}


@pytest.mark.parametrize("name", FRAMINGS)
async def test_no_request_hides_behind(small: House, name: str) -> None:
    host = small.hub.removeprefix("http://")
    sent = f"POST {TOKEN} HTTP/1.1\r\nHost: HOST\r\n{FRAMINGS[name]}{HIDDEN}".replace("HOST", host)
    answer = await raw(small, sent.encode("latin-1"))
    assert statuses_of(answer) == [400]
    assert b"onlyonce" not in answer, "the hub itself has answered"


async def test_what_follows_the_body_of_a_get_is_no_request_of_its_own(small: House) -> None:
    host = small.hub.removeprefix("http://")
    hidden = HIDDEN.replace("HOST", host)
    outer = f"GET /health HTTP/1.1\r\nHost: {host}\r\nContent-Length: {len(hidden)}\r\n\r\n{hidden}"
    last = f"GET /nowhere HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
    assert statuses_of(await raw(small, (outer + last).encode())) == [200, 404]


@pytest.mark.parametrize("order", [(0, 1), (1, 0), (0, 0)])
async def test_two_tokens_are_none(small: House, order: tuple[int, int]) -> None:
    tokens = [await small.login(SOMEBODY), await small.login(1)]
    shown = "".join(f"Authorization: Bearer {tokens[one]}\r\n" for one in order)
    host = small.hub.removeprefix("http://")
    sent = f"GET {USAGE} HTTP/1.1\r\nHost: {host}\r\n{shown}Connection: close\r\n\r\n"
    answer = await raw(small, sent.encode())
    assert statuses_of(answer) == [401]
    assert b"invalidAccessToken" in answer
    joined = await small.call(
        "GET", USAGE, headers={"Authorization": f"Bearer {tokens[0]}, Bearer {tokens[1]}"}
    )
    check(joined, 401, "invalidAccessToken")


async def test_two_proofs_of_a_client_are_none(small: House) -> None:
    host, form = small.hub.removeprefix("http://"), "grant_type=client_credentials"
    basic = "Authorization: Basic bXVuaWNpcGFsLWZvcm1zOng=\r\n"
    head = f"POST {TOKEN} HTTP/1.1\r\nHost: {host}\r\n{basic}{basic}Content-Type: application/x-www-form-urlencoded\r\n"
    answer = await raw(
        small, f"{head}Content-Length: {len(form)}\r\nConnection: close\r\n\r\n{form}".encode()
    )
    assert statuses_of(answer) == [400]
    assert b'"invalid_request"' in answer


async def test_a_request_is_for_one_host(small: House) -> None:
    host = small.hub.removeprefix("http://")
    sent = f"GET /health HTTP/1.1\r\nHost: {host}\r\nHost: other.example\r\nConnection: close\r\n\r\n"
    answer = await raw(small, sent.encode())
    assert statuses_of(answer) == [400]
    assert b'"Host"' in answer


async def test_nothing_that_a_proxy_may_say_changes_where_answers_point(small: House) -> None:
    for _ in range(25):
        await small.usage(SOMEBODY)
    other = "other.example"
    said = {
        "Host": other, "X-Forwarded-Host": other, "X-Forwarded-Proto": "gopher", "X-Forwarded-For": "127.0.0.1", "Forwarded": f"host={other}",
        "X-Original-URL": "/health", "X-Rewrite-URL": "/health", "X-HTTP-Method-Override": "DELETE", "X-Forwarded-Prefix": "/x",
    }  # fmt: skip
    reply = await small.call("GET", f"{USAGE}?pageSize=1", token=await small.login(SOMEBODY), headers=said)
    assert reply.status == 200
    assert reply.json["next"].startswith(f"{small.hub}{USAGE}?")
    assert other.encode() not in reply.raw
    for path in ("/.well-known/oauth-authorization-server", "/.well-known/authzen-configuration"):
        metadata = await small.call("GET", path, headers=said)
        assert other.encode() not in metadata.raw
        assert small.hub.encode() in metadata.body


@pytest.mark.parametrize("method", ["CONNECT", "TRACE", "PRI", "get", "GET\t"])
async def test_another_method_is_no_way_round_a_guard(small: House, method: str) -> None:
    host = small.hub.removeprefix("http://")
    token = await small.login(SOMEBODY)
    sent = f"{method} {USAGE} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n\r\n"
    answer = await raw(small, sent.encode())
    assert set(statuses_of(answer)) <= {400, 405}
    assert token.encode() not in answer, "TRACE sends back what was sent"


async def test_no_header_of_an_answer_is_written_by_a_caller(small: House) -> None:
    host = small.hub.removeprefix("http://")
    for value in (
        "a\r\nX-Injected: 1",
        "a\rX-Injected: 1",
        "a\nX-Injected: 1",
        "a%0d%0aX-Injected: 1",
        "a\u2028X-Injected: 1",
    ):
        sent = f"GET /access/v1/doc/openapi.json HTTP/1.1\r\nHost: {host}\r\nX-Request-ID: {value}\r\nConnection: close\r\n\r\n"
        head = (await raw(small, sent.encode())).partition(b"\r\n\r\n")[0]
        assert not re.search(rb"(?im)^x-injected:", head.replace(b"\r", b"\n"))


ODD = {
    "digits of another script": "%EF%BC%91", "digits of a third script": "%D9%A1", "an underscore": "1_0", "a sign": "+1", "a blank": "%201",
    "a line end": "1%0A", "a NUL": "1%00", "a fraction": "1.0", "an exponent": "1e1", "hexadecimal": "0x1", "an overlong digit": "%C0%B1",
    "a joiner": "1%E2%80%8D", "a minus": "-1", "too many digits": "9" * 400, "a path within": "1%2F..%2F2", "a list": "1,2",
}  # fmt: skip


@pytest.mark.parametrize("name", ODD)
async def test_an_index_is_written_in_one_way(small: House, name: str) -> None:
    for what in ("explanation", "proof"):
        reply = await small.call("GET", f"{USAGE}/{ODD[name]}/{what}", token=await small.login(SOMEBODY))
        assert (reply.status, reply.problem) in {(400, "badRequest"), (404, "resourceNotFound")}


async def test_the_id_of_a_consent_is_written_in_one_way(small: House) -> None:
    place = small.fresh()
    consent = (await small.consent(place))["consentId"]
    token = await small.login(place)
    for odd in (
        consent.upper(),
        f"{consent}%0A",
        f"%20{consent}",
        f"{consent}%00",
        f"{consent}/.",
        f"x/../{consent}",
        f"{consent};x",
    ):
        if odd == consent:
            continue
        reply = await small.call("POST", f"/api/citizen/v1/consents/{odd}/withdraw", token=token)
        assert (reply.status, reply.problem) in {(400, "badRequest"), (404, "resourceNotFound")}, odd
    kept = await small.call("GET", "/api/citizen/v1/consents", token=token)
    assert [one["status"] for one in kept.json["items"]] == ["given"]
