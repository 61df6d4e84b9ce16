"""What is not right is refused as the Belgif guide has it: a problem, never a 500, never with the number that was sent."""

import asyncio
import base64
import json
import time
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey

from tests.end_to_end.house import PREFILLS, House, Reply, ssin

pytestmark = pytest.mark.asyncio(loop_scope="session")

SOMEBODY = 0
NUMBER = ssin(SOMEBODY)
WRONG = NUMBER[:9] + f"{(int(NUMBER[9:]) + 1) % 100:02d}"
USAGE = "/api/citizen/v1/usage"
CONSENTS = "/api/citizen/v1/consents"
HASH = "0" * 64
NOT_ALLOWED = "urn:problem-type:onlyonce:methodNotAllowed"
ISSUE = "urn:problem-type:belgif:input-validation:"


def prefill_body(**instead: Any) -> dict[str, Any]:
    """A body that would be answered, but for what stands in `instead`; a value of ... takes the member away."""
    body = {
        "formId": "study-grant",
        "subject": {"ssin": NUMBER},
        "fields": ["lastName"],
        "channel": "web",
        **instead,
    }
    return {name: value for name, value in body.items() if value is not ...}


def check(reply: Reply, status: int, kind: str) -> None:
    """A problem as the guide has it, which does not repeat what was sent."""
    assert (reply.status, reply.problem) == (status, kind), reply.body[:500]
    body = reply.json
    assert body["status"] == status
    assert body["title"]
    uuid.UUID(body["instance"].removeprefix("urn:uuid:"))
    assert body["instance"].startswith("urn:uuid:")
    assert None not in body.values()
    if status == 400:
        assert body["issues"], body
        for issue in body["issues"]:
            assert issue["type"].removeprefix(ISSUE) in {
                "schemaViolation", "invalidInput", "unknownInput", "referencedResourceNotFound",
            }  # fmt: skip
            assert issue["in"] in {"body", "header", "path", "query"}
            assert issue["title"]
            assert issue["detail"]
            assert isinstance(issue["name"], str)
    for number in (NUMBER, WRONG):
        assert number.encode() not in reply.raw
        assert number[:9].encode() not in reply.raw
    assert b"Traceback" not in reply.raw
    names = {name.lower() for name, _ in reply.headers}
    assert "belgov-trace-id" in names
    assert "server" not in names


@dataclass(frozen=True)
class Bad:
    """A bad body for the prefill door, and what the answer names."""

    name: str
    body: Any = None
    data: bytes | None = None
    headers: dict[str, str] = field(default_factory=dict)
    path: str = PREFILLS
    issue: tuple[str, str] | None = None
    where: str = "body"
    status: int = 400
    kind: str = "badRequest"


def deep(levels: int) -> bytes:
    return b'{"formId":' + b"[" * levels + b"]" * levels + b"}"


def raw(text: str) -> bytes:
    return text.replace("NUMBER", NUMBER).encode("utf-8", "surrogatepass")


BAD = [
    Bad("an unknown form", prefill_body(formId="no-such-form"), issue=("referencedResourceNotFound", "formId")),
    Bad("a number for a form", prefill_body(formId=NUMBER), issue=("schemaViolation", "formId")),
    Bad("an unknown field", prefill_body(fields=["lastName", "shoeSize"]), issue=("invalidInput", "fields[1]")),
    Bad("a field that holds a number", prefill_body(fields=[f"n{NUMBER}"]), issue=("invalidInput", "fields.0")),
    Bad("no field at all", prefill_body(fields=[]), issue=("schemaViolation", "fields")),
    Bad("too many fields", prefill_body(fields=["lastName"] * 201), issue=("schemaViolation", "fields")),
    Bad("wrong check digits", prefill_body(subject={"ssin": WRONG}), issue=("invalidInput", "subject.ssin")),
    Bad("a number that is too long", prefill_body(subject={"ssin": NUMBER + "0"}), issue=("schemaViolation", "subject.ssin")),
    Bad("a number with signs", prefill_body(subject={"ssin": f"{NUMBER[:2]}.{NUMBER[2:]}"}), issue=("schemaViolation", "subject.ssin")),
    Bad("a number with other digits", prefill_body(subject={"ssin": "\u0660" * 11}), issue=("schemaViolation", "subject.ssin")),
    Bad("a number with a newline", prefill_body(subject={"ssin": NUMBER + "\n"}), issue=("schemaViolation", "subject.ssin")),
    Bad("a number that is a number", prefill_body(subject={"ssin": int(NUMBER)}), issue=("schemaViolation", "subject.ssin")),
    Bad("a wrong enterprise number", prefill_body(formId="company-subsidy", subject={"enterpriseNumber": "0000010001"})),
    Bad("a person for an enterprise's form", prefill_body(formId="company-subsidy", fields=...), issue=("invalidInput", "subject")),
    Bad("two subjects", prefill_body(subject={"ssin": NUMBER, "enterpriseNumber": "0123456749"}), issue=("schemaViolation", "subject")),
    Bad("no subject", prefill_body(subject=...), issue=("schemaViolation", "subject")),
    Bad("an empty subject", prefill_body(subject={}), issue=("schemaViolation", "subject")),
    Bad("a subject that is a number", prefill_body(subject=NUMBER), issue=("schemaViolation", "subject")),
    Bad("an unknown key", prefill_body(colour="red"), issue=("unknownInput", "colour")),
    Bad("a number as a key", prefill_body(**{NUMBER: "x"}), issue=("unknownInput", "(a member)")),
    Bad("a number in a key", prefill_body(**{f"n{NUMBER}": NUMBER}), issue=("unknownInput", "(a member)")),
    Bad("an unknown key inside", prefill_body(subject={"ssin": NUMBER, "name": "x"}), issue=("unknownInput", "subject.name")),
    Bad("a number as a key inside", prefill_body(actor={"role": "citizen", NUMBER: 1}), issue=("unknownInput", "actor.(a member)")),
    Bad("a null", prefill_body(caseId=None), issue=("schemaViolation", "caseId")),
    Bad("a null inside", prefill_body(subject={"ssin": None}), issue=("schemaViolation", "subject.ssin")),
    Bad("a null actor", prefill_body(actor=None), issue=("schemaViolation", "actor")),
    Bad("an unknown role", prefill_body(actor={"role": "king"}), issue=("schemaViolation", "actor.role")),
    Bad("a number as role", prefill_body(actor={"role": NUMBER}), issue=("schemaViolation", "actor.role")),
    Bad("a number as token", prefill_body(actor={"role": "citizen", "token": NUMBER}), issue=("invalidInput", "actor.token")),
    Bad("a number as basis", prefill_body(representation={"basis": NUMBER}), issue=("schemaViolation", "representation.basis")),
    Bad("a number as mandate", prefill_body(representation={"basis": "mandate", "reference": NUMBER}), issue=("invalidInput", "representation.reference")),
    Bad("a number as case", prefill_body(caseId=NUMBER), issue=("invalidInput", "caseId")),
    Bad("a number in a case", prefill_body(caseId=f"case/{NUMBER}/1"), issue=("invalidInput", "caseId")),
    Bad("a number in a case, as people write it", prefill_body(
        caseId=f"{NUMBER[:2]}.{NUMBER[2:4]}.{NUMBER[4:6]}-{NUMBER[6:9]}.{NUMBER[9:]}"), issue=("invalidInput", "caseId")),
    Bad("a number in a reason", prefill_body(reason=f"for {NUMBER}, as asked"), issue=("invalidInput", "reason")),
    Bad("a number in a channel", prefill_body(channel=f"n.{NUMBER}"), issue=("invalidInput", "channel")),
    Bad("a reason without end", prefill_body(reason="x" * 501), issue=("schemaViolation", "reason")),
    Bad("a NUL in a reason", prefill_body(reason="a\x00b"), issue=("schemaViolation", "reason")),
    Bad("half a character in a reason", data=raw('{"formId":"study-grant","subject":{"ssin":"NUMBER"},"reason":"\\ud800"}')),
    Bad("half a character in a key", data=raw('{"formId":"study-grant","subject":{"ssin":"NUMBER"},"\\udfff":1}')),
    Bad("bytes that are no text", data=b'{"formId":"\xff\xfe"}'),
    Bad("half a character, raw", data=raw('{"formId":"\ud800"}')),
    Bad("NaN", data=raw('{"formId":"study-grant","subject":{"ssin":NaN}}')),
    Bad("a huge number", data=b'{"formId":' + b"9" * 5000 + b"}"),
    Bad("a huge exponent", data=b'{"formId":1e999999}'),
    Bad("a key given twice", data=raw('{"formId":"study-grant","subject":{"ssin":"NUMBER"},"formId":"x"}')),
    Bad("broken JSON", data=raw('{"formId":"study-grant","subject":{"ssin":"NUMBER"}'), issue=("schemaViolation", "")),
    Bad("two documents", data=b"{}{}"),
    Bad("deep JSON", data=deep(30_000)),
    Bad("rather deep JSON", data=deep(900)),
    Bad("a list", data=b"[]"),
    Bad("a string", data=raw('"NUMBER"')),
    Bad("null", data=b"null"),
    Bad("no body"),
    Bad("an empty body", data=b""),
    Bad("blanks", data=b"   "),
    Bad("a byte order mark", data=b"\xef\xbb\xbf{}"),
    Bad("UTF-16", data="{}".encode("utf-16")),
    Bad("an empty object", body={}, issue=("schemaViolation", "formId")),
    Bad("another content type", data=raw('{"x":"NUMBER"}'), headers={"Content-Type": "text/plain"},
        issue=("invalidInput", "Content-Type"), where="header"),
    Bad("a form", data=raw("ssin=NUMBER"), headers={"Content-Type": "application/x-www-form-urlencoded"}, where="header"),
    Bad("a number as content type", data=b"{}", headers={"Content-Type": f"application/{NUMBER}"}, where="header"),
    Bad("a multipart body", data=b"--x--", headers={"Content-Type": "multipart/form-data; boundary=x"}, where="header"),
    Bad("1 MiB", data=b'{"reason":"' + b"x" * 2**20 + b'"}', status=413, kind="payloadTooLarge"),
    Bad("1 MiB of numbers", data=raw("NUMBER" * 95_326), status=413, kind="payloadTooLarge"),
    Bad("a query", prefill_body(), path=PREFILLS + "?x=1", where="query", issue=("unknownInput", "(query)")),
    Bad("a number in the query", prefill_body(), path=f"{PREFILLS}?ssin={NUMBER}", where="query"),
]  # fmt: skip


@pytest.mark.parametrize("bad", BAD, ids=[bad.name for bad in BAD])
async def test_the_prefill_door_refuses(small: House, bad: Bad) -> None:
    token = await small.client_token()
    reply = await small.call("POST", bad.path, token=token, body=bad.body, data=bad.data, headers=bad.headers)
    check(reply, bad.status, bad.kind)
    if bad.status == 400:
        assert {issue["in"] for issue in reply.json["issues"]} == {bad.where}, reply.json
    if bad.issue is not None:
        found = [(issue["type"].removeprefix(ISSUE), issue["name"]) for issue in reply.json["issues"]]
        assert bad.issue in found


async def test_several_wrong_parts_are_all_named(small: House) -> None:
    body = prefill_body(subject={"ssin": WRONG}, fields=["x", "lastName", "y"])
    reply = await small.call("POST", PREFILLS, token=await small.client_token(), body=body)
    check(reply, 400, "badRequest")
    assert [issue["name"] for issue in reply.json["issues"]] == ["subject.ssin", "fields[0]", "fields[2]"]


QUERIES = {
    "an unknown parameter": "?colour=red",
    "a number as parameter": f"?{NUMBER}=1",
    "a number as value": f"?ssin={NUMBER}",
    "a number in digits of a URL": f"?kind=%3{NUMBER[0]}{NUMBER[1:]}",
    "a parameter given twice": "?pageSize=2&pageSize=3",
    "a size of nothing": "?pageSize=0",
    "a size without end": "?pageSize=101",
    "a size that is no number": "?pageSize=many",
    "a cursor below": "?before=-1",
    "a cursor above": "?before=99999999999999999999999",
    "a kind that is none": "?kind=" + "x" * 101,
    "an empty kind": "?kind=",
    "an enterprise that is none": "?representing=123",
    "broken bytes": "?kind=%ff%fe",
    "a name in snake case": "?page_size=2",
}


@pytest.mark.parametrize("query", QUERIES.values(), ids=QUERIES.keys())
async def test_the_citizens_door_refuses_a_query_with(small: House, query: str) -> None:
    reply = await small.call("GET", USAGE + query, token=await small.login(SOMEBODY))
    check(reply, 400, "badRequest")
    assert {issue["in"] for issue in reply.json["issues"]} == {"query"}


@pytest.mark.parametrize(
    ("body", "name"),
    [
        ({"activityId": "sports-discount", "language": "fr"}, "noticeHash"),
        ({"activityId": "sports-discount", "language": "xx", "noticeHash": HASH}, "language"),
        ({"activityId": "sports-discount", "language": "fr", "noticeHash": HASH}, "noticeHash"),
        ({"activityId": "sports-discount", "language": "fr", "noticeHash": NUMBER}, "noticeHash"),
        ({"activityId": NUMBER, "language": "fr", "noticeHash": HASH}, "activityId"),
        (
            {"activityId": "sports-discount", "language": "fr", "noticeHash": HASH, "subject": NUMBER},
            "subject",
        ),
    ],
    ids=[
        "no hash",
        "another language",
        "another text",
        "a number as hash",
        "a number as activity",
        "somebody else",
    ],
)
async def test_a_consent_is_refused_with(small: House, body: Any, name: str) -> None:
    reply = await small.call("POST", CONSENTS, token=await small.login(SOMEBODY), body=body)
    check(reply, 400, "badRequest")
    assert [issue["name"] for issue in reply.json["issues"]] == [name]


@pytest.mark.parametrize("activity", ["no-such-activity", "study-grant-decision"])
async def test_no_consent_is_asked_where_there_is_none_to_give(small: House, activity: str) -> None:
    token = await small.login(SOMEBODY)
    notice = await small.call("GET", f"/api/citizen/v1/notices/{activity}", token=token)
    check(notice, 404, "resourceNotFound")
    body = {"activityId": activity, "language": "fr", "noticeHash": HASH}
    check(await small.call("POST", CONSENTS, token=token, body=body), 404, "resourceNotFound")


async def test_a_consent_given_twice_is_refused_and_so_is_a_second_withdrawal(small: House) -> None:
    place = small.fresh()
    token, consent = await small.login(place), await small.consent(place)
    agreed = {"activityId": "sports-discount", "language": "fr", "noticeHash": consent["noticeHash"]}
    check(await small.call("POST", CONSENTS, token=token, body=agreed), 400, "badRequest")
    path = f"{CONSENTS}/{consent['consentId']}/withdraw"
    assert (await small.call("POST", path, token=token)).status == 200
    check(await small.call("POST", path, token=token), 400, "badRequest")


# Tokens


def tampered(token: str) -> str:
    head, claims, signature = token.split(".")
    return f"{head}.{claims}.{signature[:-4]}{'AAAA' if signature[-4:] != 'AAAA' else 'BBBB'}"


def unsigned(audience: str) -> str:
    def part(value: Any) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()

    claims = {"aud": audience, "egovNRN": NUMBER, "exp": int(time.time()) + 60}
    return f"{part({'alg': 'none', 'typ': 'at+jwt'})}.{part(claims)}."


Token = Callable[[House], Awaitable[str]]


async def _other_key(house: House) -> str:
    claims = {
        "iss": house.hub,
        "aud": f"{house.hub}/api/prefill",
        "client_id": "grants-portal",
        "sub": "grants-portal",
    }
    times = {"iat": int(time.time()), "exp": int(time.time()) + 60, "jti": "x", "scope": "prefill"}
    key = ECKey.generate_key("P-256", auto_kid=True)
    return jwt.encode({"alg": "ES256", "typ": "at+jwt"}, {**claims, **times}, key, algorithms=["ES256"])


async def _said(house: House, text: str) -> str:
    return text


WRONG_CLIENT_TOKENS: dict[str, tuple[Token, int, str]] = {
    "a citizen's token": (lambda house: house.login(SOMEBODY), 401, "invalidAccessToken"),
    "an actor's token": (lambda house: house.login(SOMEBODY, "prefill"), 401, "invalidAccessToken"),
    "another key's": (_other_key, 401, "invalidAccessToken"),
    "a number": (lambda house: _said(house, NUMBER), 401, "invalidAccessToken"),
    "nonsense": (lambda house: _said(house, "a.b.c"), 401, "invalidAccessToken"),
    "a very long one": (lambda house: _said(house, "a" * 60_000), 401, "invalidAccessToken"),
    "an unsigned one": (lambda house: _said(house, unsigned(f"{house.hub}/api/prefill")), 401, "invalidAccessToken"),
    "one of the hub for citizens": (
        lambda house: _said(house, house.forged_client_token(audience=f"{house.hub}/api/citizen")), 401, "invalidAccessToken"),
    "an expired one": (
        lambda house: _said(house, house.forged_client_token(age=timedelta(hours=1))), 401, "expiredAccessToken"),
    "one without the scope": (lambda house: _said(house, house.forged_client_token(scopes=())), 403, "missingScope"),
    "one of another scope": (
        lambda house: _said(house, house.forged_client_token(scopes=("audit",))), 403, "missingScope"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG_CLIENT_TOKENS)
async def test_the_prefill_door_stays_shut_for(small: House, name: str) -> None:
    make, status, kind = WRONG_CLIENT_TOKENS[name]
    token = await make(small)
    reply = await small.call("POST", PREFILLS, token=token, body=prefill_body())
    check(reply, status, kind)
    if status == 401:
        assert dict(reply.headers)["www-authenticate"].startswith("Bearer")
    if kind == "missingScope":
        assert reply.json["requiredScopes"] == ["prefill"]
    assert token.encode() not in reply.raw


async def test_a_tampered_token_opens_nothing(small: House) -> None:
    check(
        await small.call("POST", PREFILLS, token=tampered(await small.client_token()), body=prefill_body()),
        401,
        "invalidAccessToken",
    )
    check(
        await small.call("GET", USAGE, token=tampered(await small.login(SOMEBODY))), 401, "invalidAccessToken"
    )


WRONG_CITIZEN_TOKENS: dict[str, tuple[Token, str]] = {
    "a client's token": (lambda house: house.client_token(), "invalidAccessToken"),
    "an actor's token": (lambda house: house.login(SOMEBODY, "prefill"), "invalidAccessToken"),
    "a token for another service": (lambda house: house.login(SOMEBODY, "https://other.example"), "invalidAccessToken"),
    "a token of the hub itself": (
        lambda house: _said(house, house.forged_client_token(audience=f"{house.hub}/api/citizen")), "invalidAccessToken"),
    "an expired one": (lambda house: house.login(SOMEBODY, age=3600), "expiredAccessToken"),
    "an unsigned one": (lambda house: _said(house, unsigned(f"{house.hub}/api/citizen")), "invalidAccessToken"),
    "a number": (lambda house: _said(house, NUMBER), "invalidAccessToken"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG_CITIZEN_TOKENS)
async def test_the_citizens_door_stays_shut_for(small: House, name: str) -> None:
    make, kind = WRONG_CITIZEN_TOKENS[name]
    token = await make(small)
    for path in (USAGE, CONSENTS):
        reply = await small.call("GET", path, token=token)
        check(reply, 401, kind)
        assert token.encode() not in reply.raw


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer  ", f"Basic {NUMBER}", "bearer\tx", NUMBER])
async def test_a_header_without_a_bearer_token_is_no_token(small: House, header: str) -> None:
    reply = await small.call("POST", PREFILLS, headers={"Authorization": header}, body=prefill_body())
    check(reply, 401, "noAccessToken")


async def test_an_actors_token_for_another_audience_is_refused(small: House) -> None:
    actor = {"role": "citizen", "token": await small.login(SOMEBODY, "citizen")}
    reply = await small.call(
        "POST", PREFILLS, token=await small.client_token(), body=prefill_body(actor=actor)
    )
    check(reply, 400, "badRequest")
    assert reply.json["issues"][0]["name"] == "actor.token"


# Places and methods

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


# The token endpoint, by RFC 6749

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
        answer = await asyncio.wait_for(reader.read(), 5)
        writer.close()
        await writer.wait_closed()
        assert answer.startswith(b"HTTP/1.1 400")
        assert NUMBER.encode() not in answer
