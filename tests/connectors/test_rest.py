"""One REST call over a real socket: what is sent, and what comes of each answer."""

import json

import pytest

from connectors import (
    ContractBroken,
    DeclarationInvalid,
    SourceBusy,
    SourceError,
    SourceRefused,
    SourceUnavailable,
    SubjectUnknown,
)
from connectors.rest import RestSource
from tests.connectors.conftest import SECRETS, Make, Peer, about, http, json_http, rest_declaration

GOOD = '{"reference": "R-1", "enterprise": {"name": "Bruni SA", "founded": "1999-12", "active": true}}'
NUMBER = "0202239951"


async def test_an_answer_becomes_a_reading(rest: Make, peer: Peer) -> None:
    peer.answer = json_http(GOOD)
    source = await rest()
    reading = await source.ask(about(source, NUMBER))
    assert reading.values == {
        "organisation.legalName": "Bruni SA",
        "organisation.foundingDate": "1999-12",
        "organisation.isActive": True,
    }
    assert reading.reference == "R-1"
    assert peer.head.startswith(f"GET /base/enterprises/{NUMBER} HTTP/1.1")
    assert "Accept: application/json" in peer.head
    assert "Cookie" not in peer.head


async def test_null_empty_and_absent_are_the_same(rest: Make, peer: Peer) -> None:
    source = await rest()
    for content in ('{"name": null}', '{"name": ""}', '{"name": "  "}', "{}", '{"name": []}'):
        peer.answer = json_http(f'{{"enterprise": {content}}}')
        reading = await source.ask(about(source, NUMBER))
        assert reading.values == {}
        assert reading.broken == {}


@pytest.mark.parametrize(
    ("content", "broken"),
    [
        ('{"name": {"a": 1}}', "organisation.legalName"),
        ('{"name": ["a", "b"]}', "organisation.legalName"),
        ('{"name": [["a"]]}', "organisation.legalName"),
        ('{"name": true}', "organisation.legalName"),
        ('{"name": 1.5}', "organisation.legalName"),
        ('{"name": "\\ud800"}', "organisation.legalName"),
        ('{"name": "a\\u0000b"}', "organisation.legalName"),
        ('{"founded": true}', "organisation.foundingDate"),
        ('{"founded": "yesterday"}', "organisation.foundingDate"),
        ('{"active": "perhaps"}', "organisation.isActive"),
        ('{"active": 2}', "organisation.isActive"),
    ],
)
async def test_a_value_that_does_not_fit_breaks_its_attribute_alone(
    rest: Make, peer: Peer, content: str, broken: str
) -> None:
    peer.answer = json_http(f'{{"enterprise": {content}}}')
    source = await rest()
    reading = await source.ask(about(source, NUMBER))
    assert reading.broken.keys() == {broken}


async def test_values_are_escaped_for_where_they_stand(rest: Make, peer: Peer) -> None:
    peer.answer = json_http(GOOD)
    source = await rest(
        request={
            "method": "POST",
            "path": "/a%20b/{caseId}",
            "query": {"p q": "{purpose}", "fixed": "1"},
            "headers": {"X-Case": "{caseId}"},
            "body": {"who": ["{subject}"], "n": 1, "why": "{purpose}", "token": "{secret:token}"},
        }
    )
    await source.ask(about(source, 'n"\\é', caseId="../x?y=1&z#%", purpose="a&b=c d\r\né"))
    assert peer.head.startswith(
        "POST /base/a%20b/..%2Fx%3Fy%3D1%26z%23%25?p%20q=a%26b%3Dc%20d%0D%0A%C3%A9&fixed=1 HTTP/1.1"
    )
    assert "X-Case: ../x?y=1&z#%" in peer.head
    assert "Content-Type: application/json" in peer.head
    assert json.loads(peer.body) == {
        "who": ['n"\\é'],
        "n": 1,
        "why": "a&b=c d\r\né",
        "token": "s3cret&<",
    }


@pytest.mark.parametrize("value", ["", ".", "..", "\ud800"])
async def test_a_value_that_cannot_stand_in_a_path_is_not_sent(rest: Make, peer: Peer, value: str) -> None:
    source = await rest()
    with pytest.raises(SourceRefused):
        await source.ask(about(source, value))
    assert peer.requests == []


@pytest.mark.parametrize("value", ["a\r\nX: y", "a\x00", "é", "a\x7f"])
async def test_a_value_that_cannot_stand_in_a_header_is_not_sent(rest: Make, peer: Peer, value: str) -> None:
    source = await rest(request__headers={"X-Case": "{caseId}"})
    with pytest.raises(SourceRefused):
        await source.ask(about(source, NUMBER, caseId=value))
    assert peer.requests == []


@pytest.mark.parametrize(
    ("answer", "becomes"),
    [
        (json_http('{"errors": [{"code": "E1"}]}', status=404), SubjectUnknown),
        (json_http('{"errors": [{"code": "E1"}]}', status=200), SubjectUnknown),
        (json_http('{"errors": [{"code": "E9"}]}', status=404), SourceRefused),
        (json_http('{"errors": [{"code": "E2"}]}', status=503, Retry_After="3"), SourceBusy),
        (json_http('{"errors": [{"code": {"a": 1}}]}', status=500), ContractBroken),
        (json_http("{}", status=404), SubjectUnknown),
        (http(b"", status=404, kind=None), SubjectUnknown),
        (http(b"<html>no such page</html>", status=404, kind="text/html"), SourceUnavailable),
        (json_http("not JSON", status=404), SourceUnavailable),
        (http(b"<html>down</html>", status=503, kind="text/html"), SourceUnavailable),
        (json_http("{}", status=500), SourceUnavailable),
        (json_http("{}", status=403), SourceRefused),
        (json_http("{}", status=429, Retry_After="3"), SourceBusy),
        (json_http("{}", status=204), ContractBroken),
        (json_http("{}"), ContractBroken),
        (json_http('{"enterprise": null}'), ContractBroken),
        (json_http('{"enterprise": [1, 2]}'), ContractBroken),
        (json_http('{"enterprise": "x"}'), ContractBroken),
        (json_http("[]"), ContractBroken),
        (json_http("null"), ContractBroken),
        (json_http(""), ContractBroken),
        (json_http(GOOD[:30]), ContractBroken),
        (json_http('{"enterprise": {"name": NaN}}'), ContractBroken),
        (json_http('{"enterprise": {"name": Infinity}}'), ContractBroken),
        (json_http(f'{{"enterprise": {{"name": {"9" * 6000}}}}}'), ContractBroken),
        (json_http("[" * 200_000), ContractBroken),
        (json_http('{"a":' * 200_000), ContractBroken),
        (json_http(b"\xff\xfe\x00"), ContractBroken),
        (json_http(GOOD.replace("Bruni", "é").encode("iso-8859-1")), ContractBroken),
        (http(GOOD.encode(), kind="text/html"), ContractBroken),
        (http(GOOD.encode(), kind=None), ContractBroken),
    ],
)
async def test_each_answer_has_its_meaning(
    rest: Make, peer: Peer, answer: bytes, becomes: type[SourceError]
) -> None:
    peer.answer = answer
    source = await rest()
    with pytest.raises(SourceError) as caught:
        await source.ask(about(source, NUMBER))
    assert type(caught.value) is becomes
    assert NUMBER not in str(caught.value)
    if isinstance(caught.value, SourceBusy):
        assert caught.value.retry_after == 3.0


async def test_a_json_suffix_and_a_byte_order_mark_are_json(rest: Make, peer: Peer) -> None:
    source = await rest()
    peer.answer = http(b"\xef\xbb\xbf" + GOOD.encode(), kind="application/vnd.office+json; charset=utf-8")
    assert (await source.ask(about(source, NUMBER))).values


async def test_a_list_of_answers_is_read_where_that_is_declared(rest: Make, peer: Peer) -> None:
    source = await rest(
        reply__answer="items",
        reply__many=True,
        attributes={"organisation.legalName": {"path": "name", "many": True}},
    )
    peer.answer = json_http('{"items": [{"name": "a"}, {"name": null}, {"name": "b"}]}')
    assert (await source.ask(about(source, NUMBER))).values == {"organisation.legalName": ["a", "b"]}
    peer.answer = json_http('{"items": []}')
    assert (await source.ask(about(source, NUMBER))).values == {}
    for wrong in ('{"items": [1, 2]}', '{"items": null}', "{}", '{"items": [{}, null]}'):
        peer.answer = json_http(wrong)
        with pytest.raises(ContractBroken):
            await source.ask(about(source, NUMBER))


async def test_an_answer_about_another_is_broken(rest: Make, peer: Peer) -> None:
    source = await rest(reply__subject="number")
    peer.answer = json_http(f'{{"enterprise": {{"number": {NUMBER.lstrip("0")}, "name": "x"}}}}')
    with pytest.raises(ContractBroken):
        await source.ask(about(source, NUMBER))
    peer.answer = json_http(f'{{"enterprise": {{"number": "{NUMBER}", "name": "x"}}}}')
    assert (await source.ask(about(source, NUMBER))).values


async def test_an_expression_that_cannot_be_evaluated_breaks_its_attribute_alone(
    rest: Make, peer: Peer
) -> None:
    source = await rest(attributes__sum={"path": "sum(name)", "type": "amount"})
    peer.answer = json_http(GOOD)
    reading = await source.ask(about(source, NUMBER))
    assert reading.broken.keys() == {"sum"}
    assert reading.values["organisation.legalName"] == "Bruni SA"


async def test_a_required_attribute_that_is_absent_is_broken(rest: Make, peer: Peer) -> None:
    source = await rest(attributes__must={"path": "must", "required": True})
    peer.answer = json_http(GOOD)
    assert (await source.ask(about(source, NUMBER))).broken.keys() == {"must"}


async def test_a_secret_in_a_header_is_resolved_at_start(rest: Make, peer: Peer) -> None:
    peer.answer = json_http(GOOD)
    source = await rest(request__headers={"Authorization": "Bearer {secret:token}"})
    await source.ask(about(source, NUMBER))
    assert "Authorization: Bearer s3cret&<" in peer.head
    nobodys = rest_declaration(request__headers={"Authorization": "Bearer {secret:other}"})
    with pytest.raises(DeclarationInvalid, match="other"):
        await RestSource(nobodys, address=None, secrets=SECRETS.__getitem__).start()
