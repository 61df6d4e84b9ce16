"""A list in pages, over a real socket."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest

from connectors import ContractBroken, Reading, SourceBusy, SourceUnavailable
from tests.connectors.conftest import REST, Make, Peer, Writer, about, json_http
from tests.connectors.test_declaration import problems

NUMBER = "0202239951"
LIST: dict[str, Any] = {
    "request": {"path": "/{subject}/seats", "query": {"size": "2", "page": "1"}},
    "reply__answer": "found.items",
    "reply__many": True,
    "attributes": {"organisation.seats": {"path": "name", "many": True}},
}
LINK = {"items": "found.items", "by": "link", "next": "links.next"}
HEADER = {"items": "found.items", "by": "linkHeader"}
NUMBERED = {"items": "found.items", "by": "number", "parameter": "page"}
CURSOR = {"items": "found.items", "by": "cursor", "next": "links.next", "parameter": "after"}


def page(*names: str, **more: Any) -> str:
    return json.dumps({"found": {"items": [{"name": name} for name in names]}, **more})


def serve(peer: Peer, answers: dict[str, bytes] | Callable[[str], bytes]) -> None:
    """Answer each request target."""

    async def write(writer: Writer) -> None:
        target = peer.head.split(" ")[1]
        answer = answers(target) if callable(answers) else answers.get(target.partition("?")[2])
        writer.write(answer or json_http("{}", status=404))

    peer.answer = write


def targets(peer: Peer) -> list[str]:
    return [one.split(b" ")[1].decode().partition("?")[2] for one in peer.requests]


async def seats(rest: Make, pages: dict[str, Any], **changes: Any) -> object:
    source = await rest(**(LIST | {"pages": pages} | changes))
    reading = await source.ask(about(source, NUMBER))
    return reading.values.get("organisation.seats")


FIRST = "size=2&page=1"


async def test_a_link_in_the_body_leads_on(rest: Make, peer: Peer) -> None:
    serve(peer, {
        FIRST: json_http(page("a", "b", links={"next": "?n=2"})),
        "n=2": json_http(page("c", "d", links={"next": f"{peer.address}/x?n=3#f"})),
        "n=3": json_http(page("e", links={"next": None})),
    })  # fmt: skip
    assert await seats(rest, LINK) == ["a", "b", "c", "d", "e"]
    assert targets(peer) == [FIRST, "n=2", "n=3"]


async def test_a_link_header_leads_on(rest: Make, peer: Peer) -> None:
    def link(to: str) -> str:
        return f'</base/x?n=0>; rel="prev"; title="a, b", <{to}>; type="text/plain"; rel="last next"'

    serve(peer, {
        FIRST: json_http(page("a"), Link=link("/base/x?n=2")),
        "n=2": json_http(page("b"), Link="</base/x?n=3>;rel=next"),
        "n=3": json_http(page("c"), Link='</base/x?n=9>; rel="nextish"'),
    })  # fmt: skip
    assert await seats(rest, HEADER) == ["a", "b", "c"]


async def test_numbers_lead_on_until_a_page_is_empty(rest: Make, peer: Peer) -> None:
    serve(peer, {
        FIRST: json_http(page("a", "b")),
        "size=2&page=2": json_http(page("c")),
        "size=2&page=3": json_http(page()),
    })  # fmt: skip
    assert await seats(rest, NUMBERED) == ["a", "b", "c"]


async def test_numbers_lead_on_to_the_last_page_that_is_told(rest: Make, peer: Peer) -> None:
    serve(peer, {
        FIRST: json_http(page("a", total=2)),
        "size=2&page=1&p=1": json_http(page("b", total=2)),
    })  # fmt: skip
    told = NUMBERED | {"last": "total", "first": 0, "parameter": "p"}
    assert await seats(rest, told) == ["a", "b"]


async def test_a_cursor_leads_on(rest: Make, peer: Peer) -> None:
    serve(peer, {
        FIRST: json_http(page("a", links={"next": "x&y=é"})),
        f"{FIRST}&after=x%26y%3D%C3%A9": json_http(page("b", links={"next": 17})),
        f"{FIRST}&after=17": json_http(page("c", links={"next": ""})),
    })  # fmt: skip
    assert await seats(rest, CURSOR) == ["a", "b", "c"]


async def test_one_page_is_left_as_it_is(rest: Make, peer: Peer) -> None:
    serve(peer, {FIRST: json_http(page("a"))})
    assert await seats(rest, LINK) == ["a"]
    serve(peer, {FIRST: json_http(page())})
    assert await seats(rest, LINK) is None
    serve(peer, {FIRST: json_http('{"errors": [{"code": "E2"}]}', status=503)})
    with pytest.raises(SourceBusy):
        await seats(rest, LINK)


@pytest.mark.parametrize(
    ("link", "says"),
    [
        ("http://127.0.0.1:1/x", "another address"),
        ("https://127.0.0.1:{port}/x", "another address"),
        ("http://localhost:{port}/x", "another address"),
        ("//127.0.0.2:{port}/x", "another address"),
        ("http://user:word@127.0.0.1:{port}/x", "another address"),
        ("file:///etc/passwd", "another address|is none"),
        ("http://[", "is none"),
        ("?" + FIRST, "gave already"),
        (["a"], "gave already|404"),
        ({"a": 1}, "not where it was declared"),
        (True, "not where it was declared"),
        (["a", "b"], "not where it was declared"),
    ],
)
async def test_a_link_that_leads_astray_is_not_followed(
    rest: Make, peer: Peer, link: object, says: str
) -> None:
    if isinstance(link, str):
        link = link.replace("{port}", str(peer.port))
    serve(peer, {FIRST: json_http(page("a", links={"next": link}))})
    with pytest.raises(ContractBroken, match=says):
        await seats(rest, LINK)
    assert set(targets(peer)) <= {FIRST, ""}


async def test_a_number_of_a_person_in_a_link_is_not_sent(rest: Make, peer: Peer) -> None:
    person = {"subject": ["ssin"], "request": {"method": "POST", "path": "/get", "body": {"n": "{subject}"}}}
    serve(peer, {"": json_http(page("a", links={"next": "?n=%30202239951"}))})
    with pytest.raises(ContractBroken, match="holds the subject's number"):
        await seats(rest, LINK, **person)
    assert len(peer.requests) == 1
    serve(peer, {"": json_http(page("a", links={"next": "?n=2"})), "n=2": json_http(page("b"))})
    assert await seats(rest, LINK, **person) == ["a", "b"]
    assert [one.partition(b"\r\n\r\n")[2] for one in peer.requests[1:]] == [b'{"n": "0202239951"}'] * 2


async def test_pages_without_end_are_given_up(rest: Make, peer: Peer) -> None:
    serve(peer, lambda target: json_http(page("a", links={"next": f"?n={len(target) * 'x'}"})))
    with pytest.raises(ContractBroken, match="more pages than declared"):
        await seats(rest, LINK | {"most": 5})
    assert len(peer.requests) == 5


async def test_pages_together_are_bounded_in_size_and_time(rest: Make, peer: Peer) -> None:
    serve(peer, lambda target: json_http(page("a" * 900, links={"next": f"?n={len(target) * 'x'}"})))
    with pytest.raises(ContractBroken, match="larger than its bound"):
        await seats(rest, LINK, limits__bodyBytes=4096)
    assert len(peer.requests) == 4

    async def slow(writer: Writer) -> None:
        await asyncio.sleep(0.08)
        writer.write(json_http(page("a", links={"next": f"?n={len(peer.requests)}"})))

    peer.answer = slow
    with pytest.raises(SourceUnavailable, match="deadline"):
        await seats(rest, LINK, limits__deadlineMs=300)


async def test_pages_hold_no_more_memory_than_large_answers_do(
    rest: Make, peer: Peer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def many(target: str) -> bytes:
        count = target.count("x")
        return json_http(
            page("a" * 200_000, links={"next": None if count > 8 else f"?n={(count + 1) * 'x'}"})
        )

    serve(peer, many)
    source = await rest(**(LIST | {"pages": LINK}))
    values = (await source.ask(about(source, NUMBER))).values
    assert values == {"organisation.seats": ["a" * 200_000] * 10}
    assert source._wire._measure.held == 0
    monkeypatch.setattr(source._wire._measure, "most", 3 << 20)
    first, second = await asyncio.gather(
        source.ask(about(source, NUMBER)), source.ask(about(source, NUMBER)), return_exceptions=True
    )
    assert isinstance(first, Reading) or isinstance(second, Reading)
    assert "held already" in f"{first} {second}"
    assert source._wire._measure.held == 0


@pytest.mark.parametrize(
    ("second", "error", "says"),
    [
        (json_http("{}", status=404), ContractBroken, "404"),
        (json_http("{}", status=503), SourceUnavailable, "503"),
        (json_http("{}"), ContractBroken, "no list"),
        (json_http("not JSON"), ContractBroken, "no list"),
    ],
)
async def test_a_page_that_is_missing_is_no_unknown_subject(
    rest: Make, peer: Peer, second: bytes, error: type[Exception], says: str
) -> None:  # fmt: skip
    serve(peer, {FIRST: json_http(page("a", links={"next": "?n=2"})), "n=2": second})
    with pytest.raises(error, match=says):
        await seats(rest, LINK)


@pytest.mark.parametrize(
    ("pages", "at"),
    [
        ({"by": "link", "next": "a"}, "pages"),
        ({"items": "a[0]", "by": "link", "next": "a"}, "pages.items"),
        ({"items": "a", "by": "guess"}, "pages.by"),
        ({"items": "a", "by": "link"}, "pages"),
        ({"items": "a", "by": "link", "next": "a["}, "pages.next"),
        ({"items": "a", "by": "number"}, "pages"),
        ({"items": "a", "by": "cursor", "next": "b"}, "pages"),
        ({"items": "a", "by": "linkHeader", "most": 1}, "pages.most"),
        ({"items": "a", "by": "linkHeader", "next": "b"}, "pages.next"),
    ],
)
def test_what_pages_may_not_hold_is_named_at_its_path(pages: dict[str, Any], at: str) -> None:
    assert at in problems(REST, pages=pages)


async def test_each_page_counts_towards_the_agreed_rate(rest: Make, peer: Peer) -> None:
    loop, begun = asyncio.get_running_loop(), []

    def answer(_: str) -> bytes:
        begun.append(loop.time())
        return json_http(
            page(str(len(begun)), links={"next": f"?n={len(begun)}" if len(begun) < 5 else None})
        )

    serve(peer, answer)
    found = await seats(rest, LINK, limits={"rate": {"calls": 3, "seconds": 1}, "deadlineMs": 5000})
    assert found == ["1", "2", "3", "4", "5"]
    assert all(later - earlier > 0.9 for earlier, later in zip(begun, begun[3:], strict=False))


async def test_a_page_whose_turn_comes_too_late_is_no_failure_of_the_source(rest: Make, peer: Peer) -> None:
    serve(peer, lambda _: json_http(page("a", links={"next": f"?n={len(peer.requests)}"})))
    source = await rest(**(LIST | {"pages": LINK, "limits": {"rate": {"calls": 2, "seconds": 60}}}))
    with pytest.raises(SourceBusy, match="more often") as caught:
        await source.ask(about(source, NUMBER))
    assert caught.value.retry_after is not None
    assert caught.value.retry_after > 50
    health = source.health()
    assert dict(health.counts) == {"rateLimited": 1}
    assert (health.circuit, health.retry_after) == ("closed", None)
    assert len(peer.requests) == 2
