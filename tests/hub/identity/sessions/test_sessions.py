"""Sessions: what opens one, what ends it, on whichever replica, and what a stolen cookie is worth."""

from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from hub.identity import SessionOver, Sessions, TokenInvalid
from hub.identity.sessions import Marks
from tests.hub.identity.conftest import NUMBER, Time
from tests.hub.identity.sessions.conftest import KEY, Make, logged_in


def opened(sessions: Sessions, time: Time, **other: str) -> str:
    cookie = sessions.open(logged_in(time, **other)).cookie
    assert cookie is not None
    return cookie


def rotated(sessions: Sessions, cookie: str, time: Time) -> str:
    """The next cookie, which came back once."""
    time.pass_by(minutes=5)
    following = sessions.look(cookie).cookie
    assert following is not None
    assert sessions.look(following).cookie is None
    return following


def test_every_replica_knows_who_is_logged_in_and_who_no_longer_is(make: Make, time: Time) -> None:
    one, other = make(), make()
    cookie = opened(one, time)
    found = other.look(cookie).session
    assert (found.person.ssin, found.person.assurance_level, found.said.name) == (NUMBER, 450, "Anne Example")
    assert found.person.enterprises == {"0403019261"}
    assert found.person.agent_of == {"0000100067"}
    other.end(found.id)
    for replica in (one, other):
        with pytest.raises(SessionOver):
            replica.look(cookie)


def test_a_session_ends_when_nothing_is_heard_of_it(sessions: Sessions, time: Time) -> None:
    cookie = opened(sessions, time)
    time.pass_by(minutes=4)
    assert sessions.look(cookie).session.person.ssin == NUMBER
    time.pass_by(minutes=30)
    with pytest.raises(SessionOver):
        sessions.look(cookie)


def test_a_session_ends_after_its_life_however_busy_it_is(sessions: Sessions, time: Time) -> None:
    cookie = opened(sessions, time)
    for _ in range(95):
        time.pass_by(minutes=5)
        cookie = sessions.look(cookie).cookie or cookie
    time.pass_by(minutes=5)
    with pytest.raises(SessionOver):
        sessions.look(cookie)


def test_the_cookie_changes_and_requests_side_by_side_go_on(make: Make, time: Time) -> None:
    one, other = make(), make()
    cookie = opened(one, time)
    time.pass_by(minutes=5)
    following = one.look(cookie).cookie
    assert following is not None
    assert other.look(cookie).cookie is None, "requests side by side"
    assert other.look(following).cookie is None
    time.pass_by(seconds=59)
    assert one.look(cookie).session.person.ssin == NUMBER


def test_an_answer_that_was_lost_locks_nobody_out(sessions: Sessions, time: Time) -> None:
    cookie = opened(sessions, time)
    time.pass_by(minutes=5)
    lost = sessions.look(cookie).cookie
    time.pass_by(minutes=10)
    assert sessions.look(cookie).cookie == lost


@pytest.mark.parametrize("turns", [1, 2, 3])
def test_an_old_cookie_that_comes_later_ends_the_session_for_both(
    sessions: Sessions, time: Time, turns: int
) -> None:
    stolen = cookie = opened(sessions, time)
    for _ in range(turns):
        cookie = rotated(sessions, cookie, time)
    time.pass_by(minutes=1)
    with pytest.raises(SessionOver):
        sessions.look(stolen)
    with pytest.raises(SessionOver):
        sessions.look(cookie)


def test_a_thief_who_uses_the_cookie_first_is_found_out_by_its_owner(sessions: Sessions, time: Time) -> None:
    mine = opened(sessions, time)
    thiefs = rotated(sessions, mine, time)
    time.pass_by(minutes=2)
    for cookie in (mine, thiefs):
        with pytest.raises(SessionOver):
            sessions.look(cookie)


def test_a_cookie_that_was_altered_or_is_another_hubs_opens_nothing(make: Make, time: Time) -> None:
    sessions, foreign = make(), make(key=b"x" * 32)
    cookie = opened(sessions, time)
    identity, generation, mac = cookie.split(".")
    for forged in [
        opened(foreign, time), f"{identity}.2.{mac}", f"{'0' * 32}.{generation}.{mac}", f"{identity}.{generation}.{mac[:-2]}AA", "", "..",
        cookie + " ", cookie + "\n", f"{identity}.01.{mac}", identity, "é.1.é", "\ud800", f"{identity}.{generation}.",
    ]:  # fmt: skip
        with pytest.raises(TokenInvalid):
            sessions.look(forged)
    assert sessions.look(cookie).session.person.ssin == NUMBER


def test_a_login_opens_a_session_of_a_new_name_and_ends_the_one_before(
    sessions: Sessions, time: Time
) -> None:
    before = opened(sessions, time)
    was = sessions.look(before).session.id
    after = sessions.open(logged_in(time), instead_of=was)
    assert after.session.id != was
    with pytest.raises(SessionOver):
        sessions.look(before)


def test_a_session_has_its_own_token_against_cross_site_requests(sessions: Sessions, time: Time) -> None:
    mine, other = sessions.look(opened(sessions, time)).session, sessions.look(opened(sessions, time)).session
    assert sessions.is_csrf(mine, mine.csrf)
    for wrong in (other.csrf, "", mine.csrf[:-1], "é", mine.id):
        assert not sessions.is_csrf(mine, wrong)


def test_a_provider_logs_out_one_of_its_sessions_or_all_of_a_person(make: Make, time: Time) -> None:
    sessions = make(providers=["csam", "other"])
    first, second = opened(sessions, time, sid="p-1"), opened(sessions, time, sid="p-2")
    stranger, elsewhere = (
        opened(sessions, time, sub="s-2", sid="p-3"),
        opened(sessions, time, provider="other"),
    )
    assert sessions.end_of("csam", sub="s-2", sid="p-1") == 0, "both must fit"
    assert sessions.end_of("csam", sub=None, sid=None) == 0
    assert sessions.end_of("csam", sub=None, sid="p-1") == 1
    with pytest.raises(SessionOver):
        sessions.look(first)
    assert sessions.end_of("csam", sub="s-1", sid=None) == 1
    with pytest.raises(SessionOver):
        sessions.look(second)
    assert sessions.look(stranger).session.person.ssin == NUMBER
    assert sessions.look(elsewhere).session.person.ssin == NUMBER


def test_a_session_of_a_provider_that_is_declared_no_longer_is_over(make: Make, time: Time) -> None:
    cookie = opened(make(), time)
    with pytest.raises(SessionOver):
        make(providers=["another"]).look(cookie)


def test_what_is_over_is_cleared_away_and_nothing_else(make: Make, time: Time) -> None:
    sessions = make()
    opened(sessions, time)
    time.pass_by(minutes=29)
    kept = opened(sessions, time)
    time.pass_by(minutes=1)
    assert sessions.forget_over() == 1
    assert sessions.look(kept).session.person.ssin == NUMBER


def test_a_row_that_was_altered_or_put_in_anothers_place_opens_nothing(
    sqlite_engine: Engine, sessions: Sessions, time: Time
) -> None:
    one, other = opened(sessions, time), opened(sessions, time, sub="s-2")
    with sqlite_engine.begin() as connection:
        moved = "UPDATE hub_identity_session SET sealed = (SELECT sealed FROM hub_identity_session WHERE id = :other) WHERE id = :one"
        connection.execute(text(moved), {"one": one[:32], "other": other[:32]})
    with pytest.raises(SessionOver):
        sessions.look(one)
    assert sessions.look(other).session.person.ssin == NUMBER


def test_no_number_and_no_name_stands_in_the_database(sessions: Sessions, time: Time, tmp_path: Path) -> None:
    opened(sessions, time, sub=NUMBER, sid=NUMBER)
    files = [file.read_bytes() for file in tmp_path.rglob("*.sqlite3*")]
    assert any(b"hub_identity_session" in file for file in files)
    for said in (NUMBER.encode(), b"Anne Example", b"0403019261"):
        assert not any(said in file for file in files)


def test_the_key_has_its_length() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        Marks(KEY[:-1])
