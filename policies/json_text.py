"""JSON from an engine, read strictly."""

import json


def read_json(text: str | bytes) -> object:
    """Read JSON of which every reader makes the same (RFC 7493: no name twice, no NaN, UTF-8).

    Raises:
        ValueError: It is not.
    """
    if isinstance(text, bytes):
        text = text.decode()
    return _READER.decode(text)


def members_once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """The members of an object, for `object_pairs_hook`.

    Raises:
        ValueError: a name occurs twice.
    """
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a name occurs twice")
    return members


def _no_number(_: str) -> object:
    raise ValueError("no number")


_READER = json.JSONDecoder(object_pairs_hook=members_once, parse_constant=_no_number)
