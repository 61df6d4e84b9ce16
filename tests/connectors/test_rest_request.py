"""The request of a REST source as it goes over the wire: several values, optional parts, forms."""

import json
from typing import Any

import pytest

from connectors import SourceRefused
from tests.connectors.conftest import REST, Make, Peer, about, json_http
from tests.connectors.test_declaration import problems

GOOD = '{"enterprise": {}}'
NUMBER = "0202239951"
OPTIONAL = {
    "method": "POST",
    "path": "/{subject}",
    "query": {"fields": ["name", "born,{purpose}"], "case?": "{caseId}", "who?": ["{actor}", "{client}"]},
    "headers": {"X-Case?": "case {caseId}", "X-Roles": ["a", "{role}"]},
    "body": {
        "why": "{purpose}",
        "about?": {"case": "{caseId}", "by": [{"who?": "{actor}"}]},
        "list": [{"client?": "{client}", "fixed": 1}],
    },
}


def line(peer: Peer) -> str:
    return peer.head.partition(" HTTP/1.1")[0]


async def test_a_list_is_sent_under_one_name_as_often_as_it_has_values(rest: Make, peer: Peer) -> None:
    peer.answer = json_http(GOOD)
    source = await rest(request=OPTIONAL)
    await source.ask(about(source, NUMBER, purpose="p&q", caseId="c", actor="a", client="x", role="agent"))
    assert line(peer) == f"POST /base/{NUMBER}?fields=name&fields=born,p%26q&case=c&who=a&who=x"
    assert "X-Roles: a, agent\r\n" in peer.head
    assert "X-Case: case c\r\n" in peer.head
    assert json.loads(peer.body) == {
        "why": "p&q",
        "about": {"case": "c", "by": [{"who": "a"}]},
        "list": [{"client": "x", "fixed": 1}],
    }


async def test_an_optional_part_is_left_out_when_its_variables_are_empty(rest: Make, peer: Peer) -> None:
    peer.answer = json_http(GOOD)
    source = await rest(request=OPTIONAL)
    await source.ask(about(source, NUMBER, client="x"))
    assert line(peer) == f"POST /base/{NUMBER}?fields=name&fields=born,&who=x"
    assert "X-Case" not in peer.head
    assert json.loads(peer.body) == {"why": "", "list": [{"client": "x", "fixed": 1}]}
    await source.ask(about(source, NUMBER, actor="a"))
    assert json.loads(peer.body) == {
        "why": "",
        "about": {"case": "", "by": [{"who": "a"}]},
        "list": [{"fixed": 1}],
    }
    await source.ask(about(source, NUMBER, client="y"))
    assert json.loads(peer.body)["list"] == [{"client": "y", "fixed": 1}]


async def test_a_query_of_which_nothing_is_left_is_none(rest: Make, peer: Peer) -> None:
    peer.answer = json_http(GOOD)
    source = await rest(request={"path": "/{subject}", "query": {"case?": "{caseId}"}})
    await source.ask(about(source, NUMBER))
    assert line(peer) == f"GET /base/{NUMBER}"


async def test_what_a_declaration_writes_is_escaped_too(rest: Make, peer: Peer) -> None:
    peer.answer = json_http(GOOD)
    source = await rest(
        request={"path": "/{subject}", "query": {"q&r": "a b&c=d%+é", "s": "x:y/z,{purpose}"}}
    )
    await source.ask(about(source, NUMBER, purpose="&"))
    assert line(peer) == f"GET /base/{NUMBER}?q%26r=a%20b%26c%3Dd%25%2B%C3%A9&s=x:y/z,%26"


async def test_a_form_is_sent_url_encoded(rest: Make, peer: Peer) -> None:
    peer.answer = json_http(GOOD)
    form = {"ssin": "{subject}", "field": ["a b", "c"], "case?": "{caseId}", "key": "{secret:token}"}
    source = await rest(subject=["ssin"], request={"method": "POST", "path": "/get", "form": form})
    await source.ask(about(source, "85&06"))
    assert "Content-Type: application/x-www-form-urlencoded\r\n" in peer.head
    assert peer.body == "ssin=85%2606&field=a%20b&field=c&key=s3cret%26%3C"


async def test_a_number_stands_in_a_body_as_a_number_and_as_nothing_else(rest: Make, peer: Peer) -> None:
    peer.answer = json_http(GOOD)
    body = {
        "year": "{number:thisYear}",
        "list": ["{number:rank}"],
        "no?": "{number:caseId}",
        "text": "{rank}",
    }
    request = {"method": "POST", "path": "/{subject}", "body": body}
    source = await rest(request=request, parameters={"rank": "1"})
    for written, read in (("7", 7), ("-0.50", -0.5), ("100000000000000000", 10**17)):
        await source.ask(about(source, NUMBER, rank=written))
        assert json.loads(peer.body) == {"year": 2026, "list": [read], "text": written}
    await source.ask(about(source, NUMBER, caseId="12"))
    assert json.loads(peer.body)["no"] == 12
    peer.requests.clear()
    for wrong in ("", "01", "1, 2", '1, "admin": true', "NaN", "1e5", "٣"):
        with pytest.raises(SourceRefused, match="number"):
            await source.ask(about(source, NUMBER, rank=wrong))
    assert peer.requests == []


@pytest.mark.parametrize(
    ("request_", "at"),
    [
        ({"query": {"a": "{number:thisYear}"}}, "request.query.a"),
        ({"method": "POST", "body": {"a": "x{number:thisYear}"}}, "request.body.a"),
        ({"method": "POST", "body": {"a": "{number:nothing}"}}, "request.body.a"),
        ({"method": "POST", "form": {"a": "{number:thisYear}"}}, "request.form.a"),
        ({"query": {"a": 1}}, "request.query.a"),
        ({"query": {"a": []}}, "request.query.a"),
        ({"query": {"a": ["x", 2]}}, "request.query.a"),
        ({"query": {"a?": "fixed"}}, "request.query.a?"),
        ({"query": {"a?": "{caseId}", "a": "x"}}, "request.query.a"),
        ({"query": {"a": ["{nothing}"]}}, "request.query.a.0"),
        ({"query": {"a": ["{secret:token}"]}}, "request.query.a.0"),
        ({"headers": {"X-A": "caf\u00e9"}}, "request.headers.X-A"),
        ({"headers": {"X-A": "a\r\nX-B: c"}}, "request.headers.X-A"),
        ({"headers": {"Host?": "{caseId}"}}, "request.headers.Host"),
        ({"method": "POST", "body": {"a?": "fixed"}}, "request.body"),
        ({"form": {"a": "x"}}, "request.form"),
        ({"method": "POST", "body": {"a": "x"}, "form": {"a": "x"}}, "request.form"),
    ],
)
def test_what_a_request_may_not_hold_is_named_at_its_path(request_: dict[str, Any], at: str) -> None:
    assert at in problems(REST, request={"path": "/{subject}", **request_})


@pytest.mark.parametrize(
    "request_",
    [{"query": {"n?": ["x{subject}"]}}, {"headers": {"X-N?": "{subject}"}}, {"query": {"n": ["{subject}"]}}],
)
def test_no_form_of_a_parameter_lets_a_national_number_out(request_: dict[str, Any]) -> None:
    body = {"method": "POST", "path": "/get", "body": {"n": "{subject}"}}
    found = problems(REST, subject=["ssin"], request=body | request_)
    assert any("national number" in message for message in found.values())
