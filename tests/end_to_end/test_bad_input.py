"""What is not right is refused as the Belgif guide has it: a problem, never a 500, never with the number that was sent."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.end_to_end.house import PREFILLS, House
from tests.end_to_end.refusals import (
    CONSENTS,
    HASH,
    ISSUE,
    NUMBER,
    SOMEBODY,
    USAGE,
    WRONG,
    check,
    prefill_body,
)

pytestmark = pytest.mark.asyncio(loop_scope="session")


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
    Bad("a reason of blanks", prefill_body(reason=" \n\u00a0"), issue=("schemaViolation", "reason")),
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
