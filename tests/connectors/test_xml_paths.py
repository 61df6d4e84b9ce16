"""One pass over an answer finds what XPath finds."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from connectors.xml import compile_path
from connectors.xml_paths import PlainPath, one_pass

NAMESPACES = {"p": "urn:p", "q": "urn:q"}
NAMES = ("a", "b", "p:a", "p:b", "q:a")
ONE = st.builds(
    lambda steps, attribute: "/".join([*steps, *([f"@{attribute}"] if attribute else [])]) or "a",
    st.lists(st.sampled_from(NAMES), max_size=3),
    st.sampled_from([None, None, "x", "p:x"]),
)


UNIONS = st.lists(
    st.lists(st.sampled_from(NAMES), min_size=1, max_size=3).map("/".join), min_size=2, max_size=3
)
PATHS = st.one_of(ONE, UNIONS.map(" | ".join), UNIONS.map("|".join))


def _element(name: str, attributes: dict[str, str], children: list[Any]) -> Any:
    element = etree.Element(_clark(name), {_clark(key): value for key, value in attributes.items()})
    element.extend(children)
    return element


def _clark(name: str) -> str:
    prefix, _, local = name.rpartition(":")
    return f"{{{NAMESPACES[prefix]}}}{local}" if prefix else local


ATTRIBUTES = st.dictionaries(st.sampled_from(["x", "p:x", "y"]), st.sampled_from(["", "1"]), max_size=2)
ELEMENTS = st.recursive(
    st.builds(_element, st.sampled_from(NAMES), ATTRIBUTES, st.just([])),
    lambda below: st.builds(_element, st.sampled_from(NAMES), ATTRIBUTES, st.lists(below, max_size=4)),
    max_leaves=12,
)


@given(paths=st.lists(PATHS, min_size=2, max_size=6), root=ELEMENTS)
def test_one_pass_finds_what_each_xpath_finds(paths: list[str], root: Any) -> None:
    compiled = [compile_path(path, NAMESPACES) for path in paths]
    assert all(isinstance(path, PlainPath) for path in compiled)
    planned = one_pass(compiled)
    assert planned is not None
    find, places = planned
    found = find(root)
    for path, place in zip(paths, places, strict=True):
        assert place is not None
        assert list(found[place]) == root.xpath(path, namespaces=NAMESPACES), path


@pytest.mark.parametrize(
    "path", ["//a", "/a", "a//b", "a[1]", "a | //b", "a | @x", "count(a)", ".", "..", "*", "@*", "a/text()", "a/.", "a/../b", "p:*", "a/@x/b"]
)  # fmt: skip
def test_what_is_more_than_a_plain_path_is_left_to_xpath(path: str) -> None:
    assert not isinstance(compile_path(path, NAMESPACES), PlainPath)
    assert one_pass([compile_path(path, NAMESPACES)] * 3) is None


def test_plain_and_other_paths_stand_beside_each_other() -> None:
    planned = one_pass([compile_path(path, NAMESPACES) for path in ("a", "//b", "p:a/@x")])
    assert planned is not None
    assert planned[1] == [0, None, 1]
