"""Where an answer comes from, in the source's own words. What is not as declared there is left out: it breaks no value."""

from collections.abc import Callable, Sequence
from typing import Any

from connectors.reply_rule import ReplyRule
from connectors.values import Convert, Scalar, Select, Unfit, written

__all__ = ["provenance_of"]

_LONGEST = 200


def provenance_of(
    rule: ReplyRule, scalar: Callable[[Any], Scalar], point: Any
) -> tuple[str | None, str | None]:
    """The source's reference of an answer, and the date from which it says that the answer is."""
    return (
        None if rule.reference is None else _first(rule.reference, scalar, written, point),
        None if rule.date is None else _first(rule.date, scalar, rule.date_of, point),
    )


def _first(select: Select, scalar: Callable[[Any], Scalar], convert: Convert, point: Any) -> str | None:
    """The first text that a path finds."""
    try:
        found: Sequence[Any] = select(point)
        for item in found:
            if value := convert(scalar(item)):
                return str(value)[:_LONGEST]
    except Unfit:
        pass
    return None
