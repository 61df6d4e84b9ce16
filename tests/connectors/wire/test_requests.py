"""What is sent: exactly what was asked for, and nothing that could pass for more."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from yarl import URL

from connectors import SourceRefused
from connectors.http import Wire
from connectors.wire.head import request_head
from tests.connectors.wire.conftest import Raw, ask, whole

HERE = URL("http://host.example/ask")


def lines(head: bytes) -> list[str]:
    assert head.endswith(b"\r\n\r\n")
    return head.decode()[:-4].split("\r\n")


def test_a_head_is_the_request_line_the_host_what_was_given_and_the_length() -> None:
    head = request_head("POST", URL("https://host.example:8443/a?b=c"), {"SOAPAction": '"x"'}, 5)
    assert lines(head) == [
        "POST /a?b=c HTTP/1.1",
        "Host: host.example:8443",
        'SOAPAction: "x"',
        "User-Agent: onlyonce",
        "Content-Length: 5",
    ]


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("http://host.example/", "host.example"),
        ("http://host.example:80/", "host.example"),
        ("https://host.example:443/", "host.example"),
        ("http://host.example:8080/", "host.example:8080"),
        ("http://[::1]:8080/", "[::1]:8080"),
        ("http://[::1]/", "[::1]"),
        ("http://bücher.example/", "xn--bcher-kva.example"),
    ],
)
def test_the_host_is_named_as_rfc_9110_has_it(url: str, host: str) -> None:
    assert lines(request_head("GET", URL(url), {}, None))[1] == f"Host: {host}"


def test_a_request_without_a_body_has_no_length() -> None:
    assert not any(line.startswith("Content-Length") for line in lines(request_head("GET", HERE, {}, None)))


def test_who_declares_another_user_agent_sends_that_alone() -> None:
    head = request_head("GET", HERE, {"user-agent": "mine"}, None)
    assert [line for line in lines(head) if "agent" in line.lower()] == ["user-agent: mine"]


@given(st.dictionaries(st.sampled_from(["X-A", "X-B"]), st.text(max_size=20)))
def test_no_header_makes_another_one(headers: dict[str, str]) -> None:
    try:
        head = request_head("GET", HERE, headers, None)
    except ValueError:
        assert any(c in value for value in headers.values() for c in "\r\n\0\ud800") or not all(
            value.isascii() for value in headers.values()
        )
        return
    assert len(lines(head)) == 3 + len(headers)
    assert head.count(b"\n") == head.count(b"\r") == 4 + len(headers)


@pytest.mark.parametrize("value", ["a\r\nX-B: c", "a\nX-B: c", "a\rX-B: c", "a\0"])
async def test_a_header_that_would_make_another_one_is_not_sent(server: Raw, wire: Wire, value: str) -> None:
    server.answers = [whole()]
    with pytest.raises(SourceRefused, match="cannot be sent"):
        await ask(wire, server, headers={"X-A": value})
    assert server.connections == 0


async def test_a_body_arrives_as_it_is(server: Raw, wire: Wire) -> None:
    server.answers = [whole()]
    for body in (b"", b"\r\n\r\n", bytes(range(256)) * 4000):
        await ask(wire, server, body)
        assert server.bodies[-1] == body
    await ask(wire, server, None)
    assert server.heads[-1].startswith(b"GET /ask HTTP/1.1\r\n")
    assert b"Content-Length" not in server.heads[-1]
