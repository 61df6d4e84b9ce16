"""Requests of AuthZEN: read in one way only, with the defaults of several, and faults named by the standard's names."""

from typing import Any

import pytest

from hub.api.authzen_wire import MAX_EVALUATIONS, evaluation, evaluations, read_object
from hub.services.errors import RequestInvalid
from hub.services.evaluation import Evaluation, Invalid

WHOLE: dict[str, Any] = {
    "subject": {"type": "citizen", "id": "s", "properties": {"isSubject": True}},
    "action": {"name": "prefill"},
    "resource": {"type": "form", "id": "f"},
    "context": {"channel": "web"},
}


def faults(body: Any, read: Any = evaluation) -> list[str]:
    with pytest.raises(RequestInvalid) as refused:
        read(body)
    return [fault.name for fault in refused.value.faults]


def items(body: dict[str, Any]) -> list[Evaluation | Invalid]:
    found = evaluations(body)
    assert found is not None
    return found[0]


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"[]", b"1", b'"x"', b"null", b"\xff", b"\xef\xbb\xbf{}", b'{"a":NaN}', b'{"a":-Infinity}', b"{} {}",
        b'{"a":1,"a":2}', b'{"a":1,"\\u0061":2}', b'{"x":{"a":1,"a":1}}', b"[" * 100_000, b'{"a":' * 50_000,
        '{"a":"é"}'.encode("latin-1"), '{"a":1}'.encode("utf-16"),
    ],
)  # fmt: skip
def test_what_can_be_read_in_two_ways_or_none_is_refused(body: bytes) -> None:
    assert faults(body, read_object) == [""]


def test_numbers_of_any_size_are_read_in_no_time() -> None:
    read = read_object(b'{"a": ' + b"9" * 60_000 + b', "b": 12, "c": 1e999999}')
    assert (read["a"], read["b"], read["c"]) == (float("inf"), 12, float("inf"))


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"subject": ...}, "subject"),
        ({"action": None}, "action"),
        ({"resource": "form"}, "resource"),
        ({"context": []}, "context"),
        ({"subject": {"id": "s"}}, "subject.type"),
        ({"subject": {"type": "citizen"}}, "subject.id"),
        ({"action": {}}, "action.name"),
        ({"action": {"name": 5}}, "action.name"),
        ({"resource": {"type": "form", "id": None}}, "resource.id"),
        ({"resource": {"type": "form", "id": "f", "properties": None}}, "resource.properties"),
    ],
)
def test_each_fault_is_named(change: dict[str, Any], name: str) -> None:
    body = {key: value for key, value in {**WHOLE, **change}.items() if value is not ...}
    assert faults(body) == [name]
    (found,) = items({"evaluations": [body]})
    assert isinstance(found, Invalid)
    assert found.message.startswith(f"{name}: ")


def test_what_is_not_known_is_ignored_and_the_subjects_id_goes_no_further() -> None:
    read = evaluation(
        {**WHOLE, "later": {"subject": 5}, "subject": {**WHOLE["subject"], "id": "who-it-is", "x": 1}}
    )
    assert read == evaluation(WHOLE)
    assert "who-it-is" not in str([getattr(read, name) for name in read.__slots__])


def test_an_entity_of_an_item_replaces_the_one_at_the_top_but_for_what_it_lacks() -> None:
    mine = {"type": "agent", "id": "mine"}
    some = [{}, {"subject": mine}, {"resource": {"id": "g"}}, {"context": {}}, {"action": {"properties": {}}}]
    plain, subject, resource, context, action = items({**WHOLE, "evaluations": some})
    assert plain == action == evaluation(WHOLE)
    assert subject == evaluation({**WHOLE, "subject": mine})
    assert resource == evaluation({**WHOLE, "resource": {"type": "form", "id": "g"}})
    assert context == evaluation({**WHOLE, "context": {}})
    partly = {**WHOLE, "resource": {"type": "form"}, "evaluations": [{"resource": {"id": "f"}}, {}]}
    merged, lacking = items(partly)
    assert merged == evaluation(WHOLE)
    assert lacking == Invalid("resource.id: is required")


@pytest.mark.parametrize("item", [None, 5, "x", [], [{}]])
def test_an_item_that_is_no_object_is_none(item: Any) -> None:
    assert items({**WHOLE, "evaluations": [item, {}]}) == [Invalid("must be an object"), evaluation(WHOLE)]


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"evaluations": {}}, "evaluations"),
        ({"evaluations": None}, "evaluations"),
        ({"evaluations": [{}] * (MAX_EVALUATIONS + 1)}, "evaluations"),
        ({"evaluations": [{}], "options": []}, "options"),
        (
            {"evaluations": [], "options": {"evaluations_semantic": "execute_some"}},
            "options.evaluations_semantic",
        ),
        (
            {"evaluations": [{}], "options": {"evaluations_semantic": ["execute_all"]}},
            "options.evaluations_semantic",
        ),
        ({"evaluations": [WHOLE], "subject": "citizen"}, "subject"),
        ({"evaluations": [WHOLE], "subject": {"type": 5}}, "subject.type"),
        ({"evaluations": [WHOLE], "context": "web"}, "context"),
    ],
)
def test_what_is_wrong_with_the_whole_is_told_of_the_whole(change: dict[str, Any], name: str) -> None:
    assert faults({**WHOLE, **change}, evaluations) == [name]


def test_none_of_several_is_one() -> None:
    for body in (WHOLE, {**WHOLE, "evaluations": []}):
        assert evaluations(body) is None
    found = evaluations({**WHOLE, "evaluations": [{}] * MAX_EVALUATIONS})
    assert found is not None
    assert found[1] == "execute_all"
