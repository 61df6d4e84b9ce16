"""What a browser keeps of a login that is going on."""

from collections.abc import Callable

import pytest

from hub.identity import LoginFailed, Ticket, Tickets
from tests.hub.identity.conftest import Time


@pytest.fixture
def tickets(time: Time) -> Tickets:
    return Tickets(b"k" * 32, time)


def test_a_ticket_comes_back_as_it_was_with_its_own_state(tickets: Tickets) -> None:
    ticket = tickets.new("csam", next_="/x", level=400)
    assert tickets.open(tickets.seal(ticket), ticket.state) == ticket
    for secret in (ticket.state, ticket.nonce, ticket.verifier):
        assert secret not in tickets.seal(ticket)
        assert secret not in repr(ticket)


def test_each_login_has_secrets_of_its_own(tickets: Tickets) -> None:
    made = [tickets.new("csam", next_="/x", level=None) for _ in range(50)]
    assert len({secret for one in made for secret in (one.state, one.nonce, one.verifier)}) == 150
    assert all(len(one.verifier) >= 43 for one in made)


WRONG: dict[str, Callable[[Tickets, Ticket], tuple[str | None, str | None]]] = {
    "no ticket": lambda _, ticket: (None, ticket.state),
    "no state": lambda tickets, ticket: (tickets.seal(ticket), None),
    "another state": lambda tickets, ticket: (tickets.seal(ticket), ticket.state[:-1]),
    "altered": lambda tickets, ticket: (tickets.seal(ticket)[:-8] + "AAAAAAAA", ticket.state),
    "another hub's": lambda tickets, ticket: (Tickets(b"x" * 32, tickets._clock).seal(ticket), ticket.state),
    "garbage": lambda _, ticket: ("é" * 9, ticket.state),
    "no length": lambda _, ticket: ("A", ticket.state),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_a_ticket_that_does_not_fit_is_none(tickets: Tickets, wrong: str) -> None:
    with pytest.raises(LoginFailed) as caught:
        tickets.open(*WRONG[wrong](tickets, tickets.new("csam", next_="/x", level=None)))
    assert caught.value.reason == "ticket"


def test_a_ticket_is_good_for_ten_minutes(tickets: Tickets, time: Time) -> None:
    ticket = tickets.new("csam", next_="/x", level=None)
    sealed = tickets.seal(ticket)
    time.pass_by(minutes=9, seconds=59)
    assert tickets.open(sealed, ticket.state) == ticket
    time.pass_by(seconds=1)
    with pytest.raises(LoginFailed):
        tickets.open(sealed, ticket.state)
