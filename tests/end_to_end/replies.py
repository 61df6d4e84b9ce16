"""What came back from the hub, and what it says."""

import base64
import json
from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]


@dataclass(frozen=True)
class Reply:
    """What came back."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def type(self) -> str:
        return next((value for name, value in self.headers if name.lower() == "content-type"), "")

    @property
    def problem(self) -> str:
        """The last part of the problem's type."""
        assert self.type == "application/problem+json", (self.status, self.type, self.body[:300])
        return str(
            self.json["type"].removeprefix("urn:problem-type:belgif:")
        )  # the hub's own keep their whole name

    @property
    def raw(self) -> bytes:
        """All that a reader of the wire sees."""
        head = "".join(f"{name}: {value}\r\n" for name, value in self.headers)
        return head.encode("utf-8", "surrogateescape") + b"\r\n" + self.body


def statuses(reply: Reply) -> dict[str, str]:
    """The status of each field."""
    assert reply.status == 200, reply.body
    return {name: field["status"] for name, field in reply.json["fields"].items()}


def reasons(reply: Reply) -> dict[str, Json]:
    """The reason of each field that has one: code, text, remedy."""
    assert reply.status == 200, reply.body
    return {name: field["reason"] for name, field in reply.json["fields"].items() if "reason" in field}


def disclosures(reply: Reply) -> dict[str, tuple[str, Any]]:
    """What a receipt opens: each disclosure as it stands in it, and its content, by the name it is for."""
    parts = reply.json["receipt"].split("~")[1:-1]
    opened = [(part, json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))) for part in parts]
    return {name: (part, content) for part, (_, name, content) in opened}


def values(reply: Reply) -> Json:
    """The value of each filled field."""
    return {name: field["value"] for name, field in reply.json["fields"].items() if "value" in field}
