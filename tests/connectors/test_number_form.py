"""Whether the text that a contract has for a number can hold one of those that forms know."""

import pytest

from connectors.onboarding.number_form import takes
from connectors.onboarding.shape import Node


@pytest.mark.parametrize(
    ("facets", "kind", "fits"),
    [
        ("", "xs:string", True),
        ("pattern [0-9]{9}", "xs:string", False),
        ("pattern [0-9]{9} or [0-9]{11}", "xs:string", True),
        ("maxLength 30, pattern [1-9]\\d{10}, minLength 3", "xs:string", True),
        ("length 9", "xs:string", False),
        ("maxLength 10", "string", False),
        ("maxInclusive 999999999", "xs:integer", False),
        ("minInclusive 1", "xs:long", True),
        ("", "xs:int", False),
        ("", "integer", True),
        ("pattern ^\\d{9}$", "string", False),
        ("pattern \\d{9}", "string", True),
        ("pattern [0-9-[5]]{9}", "xs:string", True),
        (f"pattern {'[A-Z]' * 16}"[:88], "xs:string", True),
    ],
)
def test_what_a_contract_says_of_a_number_is_held_against_one_of_eleven_digits(
    facets: str, kind: str, fits: bool
) -> None:
    assert takes(Node("number", None, kind, facets=facets), "ssin") is fits
    assert takes(Node("number", None, kind, facets=facets), "aNumberOfItsOwn")
