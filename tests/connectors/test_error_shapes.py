"""Errors of the usual shapes mean what their codes were declared to mean, and otherwise what HTTP says."""

from typing import Any

import pytest

from connectors import (
    ContractBroken,
    SourceBusy,
    SourceError,
    SourceRefused,
    SourceUnavailable,
    SubjectUnknown,
)
from tests.connectors.conftest import REST, SOAP, Make, Peer, about, http, json_http
from tests.connectors.test_declaration import problems

NUMBER = "0202239951"
NOT_FOUND = "urn:problem-type:belgif:resourceNotFound"
PROBLEM = {
    "shape": "problem",
    "meanings": {NOT_FOUND: "subjectUnknown", "tooMany*": "busy", "notFound": "subjectUnknown"},
}
ERRORS = {"shape": "errors", "meanings": {"E1": "subjectUnknown", "E*": "unavailable", "7": "busy"}}
ERROR = {"shape": "error", "meanings": {"not_found": "subjectUnknown", "slow_down": "busy"}}


def problem_http(body: str, status: int) -> bytes:
    return http(body.encode(), status=status, kind="application/problem+json")


@pytest.mark.parametrize(
    ("errors", "answer", "becomes"),
    [
        (PROBLEM, problem_http(f'{{"type": "{NOT_FOUND}"}}', 404), SubjectUnknown),
        (PROBLEM, problem_http('{"type": "https://x.example/p#notFound"}', 400), SubjectUnknown),
        (PROBLEM, problem_http('{"type": "https://x.example/notFound/"}', 400), SubjectUnknown),
        (PROBLEM, problem_http('{"code": "notFound"}', 200), SubjectUnknown),
        (PROBLEM, problem_http('{"type": "urn:problem-type:belgif:tooManyRequests"}', 400), SourceBusy),
        (PROBLEM, problem_http('{"issues": [{"type": "x:notFound"}, 7]}', 400), SubjectUnknown),
        (PROBLEM, problem_http('{"invalidParams": [{"code": "notFound"}]}', 400), SubjectUnknown),
        (PROBLEM, json_http('{"code": "notFound"}', status=404), SubjectUnknown),
        (PROBLEM, problem_http('{"type": "about:blank"}', 404), SourceRefused),
        (PROBLEM, problem_http('{"type": "about:blank"}', 503), SourceUnavailable),
        (PROBLEM, problem_http('{"type": "x"}', 429), SourceBusy),
        (PROBLEM, problem_http('{"type": "x"}', 200), ContractBroken),
        (PROBLEM, problem_http('["notFound"]', 400), SourceRefused),
        (PROBLEM, problem_http('{"type": {"a": 1}, "code": true, "issues": "notFound"}', 400), SourceRefused),
        (ERRORS, json_http('{"errors": [{"code": "E1"}]}', status=404), SubjectUnknown),
        (ERRORS, json_http('{"errors": [{"code": "E1"}, {"code": "E22"}]}', status=404), SourceUnavailable),
        (ERRORS, json_http('{"errors": [{"code": 7}]}', status=400), SourceBusy),
        (ERRORS, json_http('{"errors": ["E1"]}', status=400), SubjectUnknown),
        (ERRORS, json_http('{"errors": {"code": "E1"}}', status=400), SourceRefused),
        (ERROR, json_http('{"error": "not_found", "error_description": "x"}', status=400), SubjectUnknown),
        (ERROR, json_http('{"error": {"code": "slow_down"}}', status=400), SourceBusy),
        (ERROR, json_http('{"code": "not_found"}', status=500), SubjectUnknown),
        (ERROR, json_http('{"error": null}', status=500), SourceUnavailable),
        (ERROR, json_http("null", status=500), SourceUnavailable),
    ],
)
async def test_each_shape_has_its_codes(
    rest: Make, peer: Peer, errors: dict[str, Any], answer: bytes, becomes: type[SourceError]
) -> None:  # fmt: skip
    peer.answer = answer
    source = await rest(reply__errors=errors)
    with pytest.raises(SourceError) as caught:
        await source.ask(about(source, NUMBER))
    assert type(caught.value) is becomes


async def test_a_good_answer_is_not_taken_for_an_error_by_a_member_of_that_name(
    rest: Make, peer: Peer
) -> None:
    peer.answer = json_http('{"type": "notFound", "code": "notFound", "enterprise": {"name": "x"}}')
    source = await rest(reply__errors=PROBLEM)
    assert (await source.ask(about(source, NUMBER))).values == {"organisation.legalName": "x"}


async def test_no_content_can_mean_an_unknown_subject(rest: Make, peer: Peer) -> None:
    peer.answer = http(b"", status=204, kind=None)
    source = await rest(reply__errors={"status": {204: "subjectUnknown"}})
    with pytest.raises(SubjectUnknown):
        await source.ask(about(source, NUMBER))


async def test_the_longest_beginning_of_a_code_counts(rest: Make, peer: Peer) -> None:
    meanings = {"Client.*": "refused", "Server.*": "unavailable", "Server.ClientProxy.*": "busy"}
    source = await rest(reply__errors={"code": "type", "meanings": meanings})
    for code, named, becomes in (
        ("Client.Access", "Client.*", SourceRefused),
        ("Server.ClientProxy.X", "Server.ClientProxy.*", SourceBusy),
        ("Server.X", "Server.*", SourceUnavailable),
    ):
        peer.answer = json_http(f'{{"type": "{code}"}}', status=500)
        with pytest.raises(becomes) as caught:
            await source.ask(about(source, NUMBER))
        assert caught.value.cause == f"it answered with its error code {named}"


@pytest.mark.parametrize("where", [{"code": "code"}, {"shape": "error"}])
async def test_what_follows_the_beginning_of_a_code_is_told_to_nobody(
    rest: Make, peer: Peer, where: dict[str, str]
) -> None:
    source = await rest(reply__errors={**where, "meanings": {"NOT_FOUND*": "subjectUnknown"}})
    peer.answer = json_http('{"code": "NOT_FOUND: 85060200157, Ada\\n' + "x" * 9999 + '"}', status=404)
    with pytest.raises(SubjectUnknown) as caught:
        await source.ask(about(source, NUMBER))
    assert caught.value.cause == "it answered with its error code NOT_FOUND*"


@pytest.mark.parametrize(
    ("mapping", "errors", "at"),
    [
        (REST, {"shape": "soap"}, "reply.errors.shape"),
        (REST, {"shape": "problem", "code": "type"}, "reply.errors"),
        (SOAP, {"shape": "problem"}, "reply.errors.shape"),
    ],
)
def test_what_errors_may_not_hold_is_named_at_its_path(
    mapping: dict[str, Any], errors: dict[str, Any], at: str
) -> None:
    assert at in problems(mapping, reply__errors=errors)
