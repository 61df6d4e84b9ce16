"""What an answer says of its fields."""

from hub.services.prefill import PrefillAnswer


def statuses(answer: PrefillAnswer) -> dict[str, str]:
    return {name: outcome.status for name, (_, outcome) in answer.fields.items()}


def reasons(answer: PrefillAnswer) -> set[str | None]:
    return {outcome.reason for _, outcome in answer.fields.values()}
