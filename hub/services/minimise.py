"""Step 5 of a prefill: what the policy obliges the hub to take away from a value before it leaves."""

from collections.abc import Iterable

from connectors import Value

KNOWN = frozenset({"yearOnly", "yesNo", "masked"})


class ObligationUnknown(Exception):
    """A policy set an obligation that the hub cannot meet, so the value may not leave."""


def minimise(value: Value, obligations: Iterable[str]) -> Value:
    """Apply the obligations of a permit to a value.

    `yearOnly` keeps the year of a date, `yesNo` says only whether there is a value that is not false, zero or empty, and
    `masked` keeps the last two characters of a text of five or more.

    Raises:
        ObligationUnknown: fail closed.
    """
    for obligation in obligations:
        value = _apply(obligation, value)
    return value


def _apply(obligation: str, value: Value) -> Value:
    if obligation == "yesNo":
        return value not in (False, "", "0", "0.00", [], {}, None)
    if not isinstance(value, str):
        raise ObligationUnknown(obligation)
    if obligation == "yearOnly":
        return value[:4]
    if obligation == "masked":
        return "•••" + (value[-2:] if len(value) > 4 else "")
    raise ObligationUnknown(obligation)
