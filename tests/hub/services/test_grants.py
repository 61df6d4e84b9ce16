"""What entries rely on: each kind is read by its own reader, once for all, and only where it is asked about."""

from typing import cast

from sqlalchemy import Connection

from hub.services.grants import Grants

NO_CONNECTION = cast("Connection", None)


class Reader:
    """Says of some references that they hold, and remembers what it was asked."""

    def __init__(self, *holding: str) -> None:
        self.holding, self.asked = frozenset(holding), list[frozenset[str]]()

    def __call__(self, _: Connection, references: frozenset[str]) -> frozenset[str]:
        self.asked.append(references)
        return references & self.holding


def test_each_kind_is_asked_once_and_none_that_nobody_relies_on() -> None:
    consents, clients, mandates = Reader("a"), Reader("forms"), Reader()
    grants = Grants({"consent:": consents, "client:": clients, "mandate:": mandates})
    found = grants(NO_CONNECTION, frozenset({"consent:a", "consent:b", "client:forms"}))
    assert found == {"consent:a", "client:forms"}
    assert consents.asked == [{"a", "b"}]
    assert clients.asked == [{"forms"}]
    assert mandates.asked == []


def test_what_stands_after_the_kind_is_the_readers_own_affair() -> None:
    seals = Reader("3:abc")
    assert Grants({"seals:": seals})(NO_CONNECTION, frozenset({"seals:3:abc", "seals:4:abc"})) == {
        "seals:3:abc"
    }


def test_a_reference_of_a_kind_that_nobody_reads_never_holds() -> None:
    grants = Grants({"consent:": Reader("a")})
    assert grants(NO_CONNECTION, frozenset({"a", "consent", "mandate:a", ":", "consents:a"})) == frozenset()
