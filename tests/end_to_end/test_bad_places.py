"""What is at another place, or is no request at all, is a problem too; the token endpoint answers as RFC 6749 says."""

import asyncio
import base64
import time

import pytest
from joserfc import jwt

from hub.demo.processes import DemoFailed
from tests.end_to_end.house import PREFILLS, House
from tests.end_to_end.refusals import (
    NOT_ALLOWED,
    NUMBER,
    SOMEBODY,
    USAGE,
    check,
    prefill_body,
)
from tests.end_to_end.replies import Reply

pytestmark = pytest.mark.asyncio(loop_scope="session")


PLACES = {
    "nowhere": ("GET", "/nowhere", 404, "resourceNotFound"),
    "the root": ("GET", "/", 404, "resourceNotFound"),
    "a number": ("GET", f"/api/citizen/v1/{NUMBER}", 400, "badRequest"),
    "a number as activity": ("GET", f"/api/citizen/v1/notices/{NUMBER}", 400, "badRequest"),
    "a number as consent": ("POST", f"/api/citizen/v1/consents/{NUMBER}/withdraw", 400, "badRequest"),
    "a number in digits of a URL": ("GET", f"/x/{''.join(f'%3{digit}' for digit in NUMBER)}", 400, "badRequest"),
    "a consent that is none": ("POST", f"/api/citizen/v1/consents/{'0' * 32}/withdraw", 404, "resourceNotFound"),
    "a consent of another form": ("POST", "/api/citizen/v1/consents/x/withdraw", 400, "badRequest"),
    "a path without end": ("GET", "/" + "x" * 30_000, 404, "resourceNotFound"),
    "a path upwards": ("GET", "/api/../../etc/passwd", 404, "resourceNotFound"),
    "a trailing slash": ("GET", USAGE + "/", 404, "resourceNotFound"),
    "another version": ("GET", "/api/citizen/v2/usage", 404, "resourceNotFound"),
    "other letters": ("GET", "/API/citizen/v1/usage", 404, "resourceNotFound"),
    "bytes that are no text": ("GET", "/%ff%fe", 404, "resourceNotFound"),
    "a NUL": ("GET", "/%00", 404, "resourceNotFound"),
    "FastAPI's own document": ("GET", "/openapi.json", 404, "resourceNotFound"),
    "FastAPI's own pages": ("GET", "/docs", 404, "resourceNotFound"),
    "reading prefills": ("GET", PREFILLS, 405, NOT_ALLOWED),
    "deleting the log": ("DELETE", USAGE, 405, NOT_ALLOWED),
    "writing the log": ("PUT", USAGE, 405, NOT_ALLOWED),
    "changing a prefill": ("PATCH", PREFILLS, 405, NOT_ALLOWED),
    "asking what is allowed": ("OPTIONS", PREFILLS, 405, NOT_ALLOWED),
    "a query for health": ("GET", "/health?verbose=1", 400, "badRequest"),
}  # fmt: skip


@pytest.mark.parametrize("name", PLACES)
async def test_there_is_nothing_at(small: House, name: str) -> None:
    method, path, status, kind = PLACES[name]
    data = b"{}" if method in {"PUT", "PATCH"} else None
    reply = await small.call(method, path, token=await small.login(SOMEBODY), data=data)
    check(reply, status, kind)
    if status == 405:
        assert dict(reply.headers)["allow"] in {"POST", "GET"}


async def test_head_has_no_body(small: House) -> None:
    for path, status in ((USAGE, 405), ("/nowhere", 404), ("/health", 405)):
        reply = await small.call("HEAD", path)
        assert (reply.status, reply.body) == (status, b"")


async def test_long_and_odd_headers_are_no_concern_of_the_hub(small: House) -> None:
    odd = {
        "X-Long": "x" * 30_000, "Accept-Language": "fr;q=nan, " * 1_000, "X-Number": NUMBER, "User-Agent": NUMBER,
        "Accept": NUMBER, "X-Forwarded-For": NUMBER, "X-Forwarded-Proto": NUMBER, "Traceparent": f"00-{NUMBER}-1-01",
        "Cookie": NUMBER, "BelGov-Related-Trace-Id": NUMBER,
    }  # fmt: skip
    reply = await small.call("GET", "/health", headers=odd)
    assert (reply.status, reply.json) == (200, {"status": "UP"})
    assert NUMBER.encode() not in reply.raw


async def test_the_language_of_a_reason_is_the_callers(small: House) -> None:
    texts = set()
    for language in ("fr", "nl", "de", "en"):
        headers = {"Accept-Language": f"xx, {language};q=0.9, fr;q=0.1", "Content-Type": "application/json"}
        token = await small.client_token()
        reply = await small.call("POST", PREFILLS, token=token, body=prefill_body(), headers=headers)
        texts.add(reply.json["fields"]["lastName"]["reason"]["text"])
    assert len(texts) == 4


GRANT = "grant_type=client_credentials"
FORMS = {
    "no body": (b"", None, 400, "invalid_request"),
    "no grant type": (b"scope=prefill", None, 400, "invalid_request"),
    "another grant type": (b"grant_type=password&username=x&password=y", None, 400, "unsupported_grant_type"),
    "a number as grant type": (f"grant_type={NUMBER}".encode(), None, 400, "unsupported_grant_type"),
    "a parameter twice": (f"{GRANT}&scope=prefill&scope=prefill".encode(), None, 400, "invalid_request"),
    "no proof": (GRANT.encode(), None, 401, "invalid_client"),
    "an unknown client": (f"{GRANT}&client_id={NUMBER}&client_secret={NUMBER}".encode(), None, 401, "invalid_client"),
    "a wrong secret": (GRANT.encode(), b"municipal-forms:" + NUMBER.encode(), 401, "invalid_client"),
    "a broken header": (GRANT.encode(), b"", 401, "invalid_client"),
    "two proofs": (f"{GRANT}&client_id=municipal-forms&client_secret=x".encode(), b"municipal-forms:x", 401, "invalid_client"),
    "a number as assertion": (
        f"{GRANT}&client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer&client_assertion={NUMBER}".encode(),
        None, 401, "invalid_client"),
    "bytes that are no text": (b"grant_type=\xff", None, 400, "invalid_request"),
}  # fmt: skip


@pytest.mark.parametrize("name", FORMS)
async def test_the_token_endpoint_answers_as_rfc_6749_says_to(small: House, name: str) -> None:
    data, basic, status, error = FORMS[name]
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    if basic is not None:
        headers["Authorization"] = "Basic " + base64.b64encode(basic).decode()
    reply = await small.call("POST", "/oauth2/token", data=data, headers=headers)
    assert (reply.status, reply.json["error"]) == (status, error)
    assert reply.type == "application/json"
    assert set(reply.json) == {"error", "error_description"}
    assert dict(reply.headers)["cache-control"] == "no-store"
    assert ("www-authenticate" in dict(reply.headers)) == (status == 401)
    assert NUMBER.encode() not in reply.raw


async def test_a_scope_that_is_not_offered_gives_no_token(small: House) -> None:
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "Authorization": "Basic "
        + base64.b64encode(f"municipal-forms:{small.at.client_secret}".encode()).decode(),
    }
    for scope in ("audit", NUMBER, "prefill+audit"):
        reply = await small.call(
            "POST", "/oauth2/token", data=f"{GRANT}&scope={scope}".encode(), headers=headers
        )
        assert (reply.status, reply.json["error"]) == (400, "invalid_scope")
        assert NUMBER.encode() not in reply.raw
    good = await small.call("POST", "/oauth2/token", data=f"{GRANT}&scope=prefill".encode(), headers=headers)
    assert (good.status, good.json["token_type"], good.json["scope"]) == (200, "Bearer", "prefill")


async def test_a_token_is_for_one_resource_and_opens_no_other(small: House) -> None:
    """RFC 8707: who asks what the rules say needs no token that could prefill."""
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "Authorization": "Basic "
        + base64.b64encode(f"municipal-forms:{small.at.client_secret}".encode()).decode(),
    }

    async def ask(more: str) -> Reply:
        return await small.call("POST", "/oauth2/token", data=f"{GRANT}&{more}".encode(), headers=headers)

    for wrong in ("https://elsewhere.example", f"{small.hub}/api/citizen", "", NUMBER):
        reply = await ask(f"resource={wrong}")
        assert (reply.status, reply.json["error"]) == (400, "invalid_target")
        assert NUMBER.encode() not in reply.raw
    assert (await ask(f"resource={small.hub}/access&scope=prefill")).json["error"] == "invalid_scope"
    # The catalogue lets that client ask for no consents.
    with pytest.raises(DemoFailed, match="invalid_scope"):
        await small.client_token("grants", "prefill consents")
    assert (await ask("scope=")).json["error"] == "invalid_scope"
    asked = await ask(f"resource={small.hub}/access")
    assert asked.json["scope"] == "evaluate"
    token = asked.json["access_token"]
    question = {name: {"type": "x", "id": "x", "name": "x"} for name in ("subject", "action", "resource")}
    assert (await small.call("POST", "/access/v1/evaluation", token=token, body=question)).status == 200
    refused = await small.call("POST", "/api/prefill/v1/prefills", token=token, body={})
    assert (refused.status, refused.problem) == (401, "invalidAccessToken")


async def test_an_assertion_is_good_once(small: House) -> None:
    key, now = small.at.client_key, int(time.time())
    claims = {
        "iss": "grants-portal", "sub": "grants-portal", "aud": f"{small.hub}/oauth2/token", "iat": now, "exp": now + 60,
        "jti": NUMBER,
    }  # fmt: skip
    assertion = jwt.encode({"alg": "ES256"}, claims, key, algorithms=["ES256"])
    data = f"{GRANT}&client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer&client_assertion={assertion}"
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    answers = [
        (await small.call("POST", "/oauth2/token", data=data.encode(), headers=headers)).status
        for _ in range(2)
    ]
    assert answers == [200, 401]


async def test_what_is_no_token_request_at_all_is_a_problem(small: House) -> None:
    check(await small.call("GET", "/oauth2/token"), 405, NOT_ALLOWED)
    check(await small.call("POST", "/oauth2/token", data=b"{}"), 400, "badRequest")
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    large = await small.call("POST", "/oauth2/token", data=b"x=" + b"y" * 2**20, headers=headers)
    check(large, 413, "payloadTooLarge")


async def test_what_is_no_http_is_not_repeated_either(small: House) -> None:
    host, port = small.hub.removeprefix("http://").split(":")
    for line in (f"FROB /{NUMBER} HTTP/1.1\r\n\r\n", f"{NUMBER}\r\n\r\n", f"GET /{NUMBER} HTTP/9\r\n\r\n"):
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(line.encode())
        answer = await asyncio.wait_for(reader.read(), 30)
        writer.close()
        await writer.wait_closed()
        assert answer.startswith(b"HTTP/1.1 400")
        assert NUMBER.encode() not in answer
