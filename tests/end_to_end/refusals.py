"""What is sent to be refused, and what every refusal is."""

import uuid
from typing import Any

from tests.end_to_end.people import ssin
from tests.end_to_end.replies import Reply

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
