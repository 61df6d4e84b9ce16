"""The key that signs access tokens is replaced while two replicas go on: published before it signs, accepted until its last token is over."""

from pathlib import Path

import pytest

from hub.identity import AccessTokens, TokenInvalid
from hub.keyfiles import KeysUnusable
from hub.token_keys import TokenKeys
from tests.hub.identity.conftest import DOOR, HUB, Time, claims_of

LIFE_S, LATE_S = 300, 30


def kids(tokens: AccessTokens) -> list[str]:
    return [key["kid"] for key in tokens.jwks()["keys"]]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "keys"
    folder.mkdir(mode=0o700)
    return folder


@pytest.fixture
def replicas(folder: Path, time: Time) -> tuple[AccessTokens, AccessTokens]:
    first, second = (AccessTokens(TokenKeys(folder), issuer=HUB, clock=time) for _ in range(2))
    assert kids(first) == kids(second)
    return first, second


def pem_files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_both_replicas_take_both_keys_as_long_as_either_has_tokens_without_a_restart(
    replicas: tuple[AccessTokens, AccessTokens], folder: Path, time: Time
) -> None:
    one, other = replicas
    before = kids(one)
    TokenKeys(folder, create=False).begin(time.seconds(900), now=time.seconds())
    time.pass_by(seconds=1)
    # 1. The next key is published, and does not sign yet.
    assert kids(one) == kids(other)
    assert kids(one)[:1] == before
    assert len(kids(one)) == 2
    time.pass_by(seconds=898)
    last = one.issue("forms", ["prefill"], DOOR).token
    other.verify(last, audiences=(DOOR,))
    # 2. From its moment on it signs, on both; what the one before signed still holds.
    time.pass_by(seconds=1)
    new = other.issue("forms", ["prefill"], DOOR).token
    for replica in replicas:
        assert kids(replica) == [kids(one)[0], *before]
        replica.verify(new, audiences=(DOOR,))
        replica.verify(last, audiences=(DOOR,))
    assert claims_of(new)["iat"] - claims_of(last)["iat"] == 1
    # 3. Once the last token of the one before is over, it is gone, from the disk too.
    time.pass_by(seconds=LIFE_S + LATE_S - 1)
    assert len(kids(one)) == 2
    time.pass_by(seconds=1)
    assert kids(one) == kids(other) == [kid for kid in kids(one) if kid not in before]
    assert len(pem_files(folder)) == 1
    # 4. A replica that starts now finds the same.
    assert kids(AccessTokens(TokenKeys(folder), issuer=HUB, clock=time)) == kids(one)


def test_a_stolen_key_is_replaced_at_once_and_every_token_with_it(
    replicas: tuple[AccessTokens, AccessTokens], folder: Path, time: Time
) -> None:
    tokens = [replica.issue("forms", ["prefill"], DOOR).token for replica in replicas]
    for replica in replicas:
        for token in tokens:
            replica.verify(token, audiences=(DOOR,))
    TokenKeys(folder, create=False).begin(time.seconds(900), now=time.seconds())
    TokenKeys(folder, create=False).replace(time.seconds())
    time.pass_by(seconds=1)
    for replica in replicas:
        for token in tokens:
            with pytest.raises(TokenInvalid):
                replica.verify(token, audiences=(DOOR,))
        assert len(kids(replica)) == 1
    assert pem_files(folder) == [f"tokens-{time.seconds() - 1}.p256.pem"]
    for replica in replicas:
        replica.verify(replica.issue("forms", ["prefill"], DOOR).token, audiences=(DOOR,))


def test_one_key_after_the_other(folder: Path, time: Time) -> None:
    keys = TokenKeys(folder)
    keys.begin(time.seconds(900), now=time.seconds())
    with pytest.raises(KeysUnusable, match="does not sign yet"):
        keys.begin(time.seconds(1800), now=time.seconds(1))
    keys.begin(time.seconds(1800), now=time.seconds(900))
    assert len(keys.from_moments()) == 3


def test_a_file_that_cannot_be_used_changes_nothing_while_the_hub_runs_and_stops_the_next_start(
    folder: Path, time: Time, caplog: pytest.LogCaptureFixture
) -> None:
    tokens = AccessTokens(TokenKeys(folder), issuer=HUB, clock=time)
    known = kids(tokens)
    broken = folder / f"tokens-{time.seconds()}.p256.pem"
    broken.touch(mode=0o600)
    time.pass_by(seconds=1)
    assert kids(tokens) == known
    assert broken.name in caplog.text
    with pytest.raises(KeysUnusable, match=broken.name):
        TokenKeys(folder)


def test_what_a_process_that_died_left_of_a_key_is_wiped(folder: Path) -> None:
    TokenKeys(folder)
    (folder / ".tokens.p256.pem.gone").write_bytes(b"a private key")
    TokenKeys(folder)
    assert pem_files(folder) == ["tokens.p256.pem"]


def test_a_command_makes_no_first_key(folder: Path) -> None:
    with pytest.raises(KeysUnusable, match="is missing"):
        TokenKeys(folder, create=False)
