"""JSON on the wire: compact, in UTF-8, members without a value left out."""

from collections.abc import Mapping
from typing import Any

from fastapi import Response
from pydantic_core import to_json


def dumps(body: Mapping[str, Any]) -> bytes:
    """A JSON object as bytes."""
    return to_json(body)


def answer(body: Mapping[str, Any], status: int = 200) -> Response:
    """A JSON answer that no cache may keep: it is about a person."""
    return Response(dumps(body), status, {"Cache-Control": "no-store"}, "application/json")


def present(**members: Any) -> dict[str, Any]:
    """The members that have a value."""
    return {name: value for name, value in members.items() if value is not None}
