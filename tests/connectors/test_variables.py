"""What a source is told of a question: of its setting, by the variables and by tables that follow them."""

import json
from typing import Any

import pytest

from connectors import SourceRefused
from tests.connectors.conftest import REST, Make, Peer, about, json_http
from tests.connectors.test_declaration import problems

GOOD = '{"enterprise": {}}'
NUMBER = "0202239951"
CONTEXT = {"by": "purpose", "values": {"grant": "GRANTS:1", "permit": "PERMITS:{controllerNumber}:{uuid}"}}


def asking(table: dict[str, Any]) -> dict[str, Any]:
    return {
        "parameters": {"context": table},
        "request": {
            "method": "POST",
            "path": "/{subject}",
            "headers": {"X-Context": "{context}"},
            "body": {"id": "{uuid}"},
        },
    }


async def test_a_table_gives_each_activity_its_own_text(rest: Make, peer: Peer) -> None:
    peer.answer = json_http(GOOD)
    source = await rest(**asking(CONTEXT))
    await source.ask(about(source, NUMBER, purpose="grant"))
    assert "X-Context: GRANTS:1\r\n" in peer.head
    await source.ask(about(source, NUMBER, purpose="permit", controllerNumber="0316380841"))
    assert f"X-Context: PERMITS:0316380841:{json.loads(peer.body)['id']}\r\n" in peer.head


async def test_an_activity_that_a_table_does_not_list_has_the_default_or_is_not_asked_for(
    rest: Make, peer: Peer
) -> None:
    peer.answer = json_http(GOOD)
    source = await rest(**asking(CONTEXT | {"default": "OTHER/{role}"}))
    await source.ask(about(source, NUMBER, purpose="tax", role="agent"))
    assert "X-Context: OTHER/agent\r\n" in peer.head
    strict = await rest(**asking(CONTEXT))
    peer.requests.clear()
    with pytest.raises(SourceRefused, match="context says nothing for this purpose"):
        await strict.ask(about(strict, NUMBER, purpose="tax"))
    assert peer.requests == []


async def test_one_call_has_one_uuid_wherever_it_stands(rest: Make, peer: Peer) -> None:
    peer.answer = json_http(GOOD)
    source = await rest(**asking(CONTEXT))
    made = iter(range(100))
    source._uuid = lambda: f"u{next(made)}"
    await source.ask(about(source, NUMBER, purpose="permit"))
    assert "X-Context: PERMITS::u0\r\n" in peer.head
    assert json.loads(peer.body) == {"id": "u0"}


@pytest.mark.parametrize(
    ("table", "at"),
    [
        ({"values": {"a": "x"}}, "parameters.context"),
        ({"by": "subject", "values": {"a": "x"}}, "parameters.context.by"),
        ({"by": "caseId", "values": {"a": "x"}}, "parameters.context.by"),
        ({"by": "purpose"}, "parameters.context"),
        ({"by": "purpose", "values": {}}, "parameters.context.values"),
        ({"by": "purpose", "values": {"a": 1}}, "parameters.context.values.a"),
        ({"by": "purpose", "values": {"a": "{subject}"}}, "parameters.context.values.a"),
        ({"by": "purpose", "values": {"a": "{context}"}}, "parameters.context.values.a"),
        ({"by": "purpose", "values": {"a": "{secret:token}"}}, "parameters.context.values.a"),
        ({"by": "purpose", "values": {"a": "}"}}, "parameters.context.values.a"),
        ({"by": "purpose", "values": {"a": "x"}, "default": "{subject}"}, "parameters.context.default"),
        ({"by": "purpose", "values": {"a": "x"}, "else": "y"}, "parameters.context.else"),
    ],
)
def test_what_a_table_may_not_hold_is_named_at_its_path(table: dict[str, Any], at: str) -> None:
    assert at in problems(REST, **asking(table))
