"""`onlyonce consent verify`: what a person has in their files is checked without the hub."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sqlalchemy import Connection, create_engine

from consent import ConsentStore, Guardian, metadata
from hub.cli import main
from tests.consent.conftest import ANNE, BRUNO, KEY, Time, notice
from tests.consent.test_documents import TERMS


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    """The public keys of a hub, as it gives them."""
    store = ConsentStore(KEY, "https://hub.example", Time())
    file = tmp_path / "jwks.json"
    other = {**store.public_jwk, "kid": "another"}
    file.write_text(
        json.dumps({"keys": [{"kty": "OKP", "crv": "Ed25519", "x": "AA"}, other, store.public_jwk]})
    )
    return file


def kept(folder: Path) -> dict[str, Path]:
    """A person's files about a consent of each kind."""
    time, engine = Time(), create_engine("sqlite://")
    metadata.create_all(engine)
    store = ConsentStore(KEY, "https://hub.example", time, lambda: "consent-1")
    with engine.begin() as connection:
        contents = _contents(store, connection, time)
    files = {name: folder / name.replace(" ", "-") for name in contents}
    for name, content in contents.items():
        files[name].write_text(content)
    return files


def _contents(store: ConsentStore, connection: Connection, time: Time) -> dict[str, str]:
    record = store.give(
        connection, subject=ANNE, activity="study-grant", controller="grants", attributes={"person.income", "person.address"},
        notice=notice(text="Puis-je ?\x1b[2J"), method="m", valid_until=time() + timedelta(days=9), terms=TERMS,
        guardian=Guardian(BRUNO, "parent"),
    )  # fmt: skip
    matter = store.matter(connection, record)
    contents = {
        "receipt": store.receipt(matter),
        "open receipt": json.dumps(store.open_receipt(matter), indent=1),
    }
    contents["view"] = json.dumps({"consentId": "consent-1", "receipt": contents["receipt"]})
    store.withdraw(connection, record.id, subject=ANNE)
    history = store.history(connection, record.id)
    return contents | {
        "change": history[1].signed,
        "history": json.dumps({"items": [{"signed": one.signed} for one in history], "total": 2}),
        "record": json.dumps(store.record(connection, record.id)),
    }


KINDS = ("receipt", "open receipt", "view", "change", "history", "record")


@pytest.mark.parametrize("kind", KINDS)
def test_what_a_hub_gave_verifies_offline(
    tmp_path: Path, keys: Path, kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["consent", "verify", str(kept(tmp_path)[kind]), "--keys", str(keys)]) == 0
    said = capsys.readouterr().out
    assert said.startswith("verifies\n")
    assert "consent-1" in said
    assert "\x1b" not in said
    assert ("withdrawn" in said) is (kind in {"change", "history", "record"})


@pytest.mark.parametrize("kind", KINDS)
def test_what_was_altered_does_not(
    tmp_path: Path, keys: Path, kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    file = kept(tmp_path)[kind]
    content = file.read_text()
    middle = content.index("eyJ") + 200 if "eyJ" in content else len(content) // 2
    if kind in {"open receipt", "record"}:
        content = content.replace("Puis-je", "Je peux", 1)
    else:
        content = content[:middle] + ("A" if content[middle] != "A" else "B") + content[middle + 1 :]
    file.write_text(content)
    assert main(["consent", "verify", str(file), "--keys", str(keys)]) == 1
    assert capsys.readouterr().out.startswith("does not verify")


def test_a_history_with_a_change_left_out_does_not_verify(tmp_path: Path, keys: Path) -> None:
    file = kept(tmp_path)["history"]
    file.write_text(json.dumps({"items": json.loads(file.read_text())["items"][1:]}))
    assert main(["consent", "verify", str(file), "--keys", str(keys)]) == 1


def test_one_key_will_do_as_jwk_or_pem_and_another_will_not(tmp_path: Path, keys: Path) -> None:
    receipt, jwk, pem = kept(tmp_path)["receipt"], tmp_path / "key.json", tmp_path / "key.pem"
    mine = json.loads(keys.read_text())["keys"][2]
    jwk.write_text(json.dumps(mine))
    pem.write_bytes(KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    for file in (jwk, pem):
        assert main(["consent", "verify", str(receipt), "--key", str(file)]) == 0
    keys.write_text(json.dumps({"keys": []}))
    assert main(["consent", "verify", str(receipt), "--keys", str(keys)]) == 1


@pytest.mark.parametrize("content", ["", "no receipt", "{}", "[]", '{"items": [{}]}', '{"items": 1}', "a.b.c", '{"receipt": 1}', "{"])  # fmt: skip
def test_what_is_nothing_of_the_kind_does_not_verify(tmp_path: Path, keys: Path, content: str) -> None:
    file = tmp_path / "file"
    file.write_text(content)
    assert main(["consent", "verify", str(file), "--keys", str(keys)]) == 1


def test_what_cannot_be_read_is_said(tmp_path: Path, keys: Path) -> None:
    assert main(["consent", "verify", str(tmp_path / "none"), "--keys", str(keys)]) == 2
    (tmp_path / "wrong").write_text("{}")
    receipt = str(kept(tmp_path)["receipt"])
    assert main(["consent", "verify", receipt, "--keys", str(tmp_path / "wrong")]) == 2
    assert main(["consent", "verify", receipt, "--key", str(tmp_path / "wrong")]) == 2
