"""The page on contracts names every key of what `inspect` and `verify` print."""

import re

from connectors.onboarding import Contract, Node, Operation, as_json
from connectors.onboarding.documents import _MOST_BYTES, _MOST_FILES
from connectors.onboarding.drift import Change, Drift
from connectors.onboarding.shape import Entry
from connectors.onboarding.tree import _MOST_IN_ALL, _MOST_NODES, MOST_DEPTH, MOST_VALUES
from tests.support.machine import ROOT

PAGE = (ROOT / "docs" / "contracts.md").read_text("utf8")
NODE = Node(
    "n", "urn:n", "t", 1, 2, attribute=True, nillable=True, documentation="d", values=("v",), choice=1, branch=2,
    recursive=True, cut=True, named="N", facets="f", place="query", children=(Node("c", None, "t"),),
)  # fmt: skip
OPERATION = Operation(
    "o", "soap", "s", "p", "1.1", "rpc", "GET", "/p", "a", "action", "d", NODE, "m", (NODE,), (NODE,), NODE, (NODE,), (200,), "u", (Entry("oauth2", "n", "header", "u", ("s",)),),
)  # fmt: skip


def test_every_key_is_described() -> None:
    whole = as_json(Contract("wsdl", "t", "v", (OPERATION,)))
    operation = whole["operations"][0]
    drift = Drift("o", (Change("reply", ("a",), "added", "b", "c"),)).as_json()
    (entry,) = operation["entries"]
    keys = {
        *whole,
        *operation,
        *entry,
        *operation["request"],
        *operation["entries"][0],
        *drift,
        *drift["changes"][0],
    }
    assert len(operation) == 20
    assert len(operation["request"]) == 17
    assert not [key for key in keys if not re.search(rf"`{key}`", PAGE)]


def test_the_bounds_are_told() -> None:
    for bound in (f"{_MOST_FILES} files", f"{_MOST_BYTES >> 20} MiB", f"{MOST_DEPTH} levels", f"{_MOST_NODES:,} nodes",
                  f"{_MOST_IN_ALL:,}", f"{MOST_VALUES:,} values"):  # fmt: skip
        assert bound in PAGE
