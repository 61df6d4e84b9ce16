"""Signed bundles on a real OPA: it takes what the hub built, and refuses what the hub refuses."""

import base64
import json
import subprocess
from pathlib import Path

import pytest

from policies import PolicySet
from policies.embedded import EmbeddedDecisionPoint
from policies.opa import OpaDecisionPoint
from policies.signing import SigningKey, new_key
from tests.policies.bundles import ED_KEY, KEY, OTHER_KEY, TAMPERED, built, public_pem, unpacked
from tests.policies.opa_server import running_opa
from tests.policies.questions import question


def arguments(folder: Path, bundle: bytes, key: SigningKey = KEY) -> list[str | Path]:
    """How OPA is told to load a bundle only if the key signed it."""
    (folder / "bundle.tar.gz").write_bytes(bundle)
    (folder / "key.pub").write_bytes(public_pem(key))
    return [
        "--verification-key", folder / "key.pub", "--signing-alg", key.algorithm, "--bundle", folder / "bundle.tar.gz",
    ]  # fmt: skip


@pytest.mark.parametrize("key", [KEY, ED_KEY], ids=["ES256", "EdDSA"])
async def test_a_server_with_the_public_key_decides_by_the_bundle(
    key: SigningKey, built_in: PolicySet, opa_binary: Path, tmp_path: Path
) -> None:
    with running_opa(opa_binary, tmp_path, *arguments(tmp_path, built(built_in, key), key)) as server:
        point = OpaDecisionPoint(server.url, built_in.revision, deadline=5)
        await point.start()
        there = await point.decide(question())
        await point.close()
    assert there == await EmbeddedDecisionPoint(built_in).decide(question())


def refusal(opa: Path, given: list[str | Path]) -> str:
    """What OPA says as it refuses to start."""
    command = [opa, "run", "--server", "--addr", "127.0.0.1:0", *given]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=20, check=False)
    assert done.returncode != 0
    return done.stdout.decode()


WHY = {
    "altered module": "more/part.rego: digest mismatch",
    "altered data": "data.json: digest mismatch",
    "altered manifest": ".manifest: digest mismatch",
    "added file": "file extra.rego not included in bundle signature",
    "removed file": "file(s) [more/part.rego] specified in bundle signatures but not found in the target bundle",
    "renamed file": "file more/other.rego not included in bundle signature",
    "another's signature": "failed to verify JWT signature",
    "unsigned": "bundle missing .signatures.json file",
    "no signature among them": "missing JWT",
    "signature of another set": "digest mismatch",
    "older format": "cannot unmarshal object",
}


@pytest.mark.parametrize("name", TAMPERED)
def test_a_server_refuses_a_bundle_that_is_not_what_the_key_signed(
    name: str, opa_binary: Path, tmp_path: Path
) -> None:
    assert WHY[name] in refusal(opa_binary, arguments(tmp_path, TAMPERED[name]))


def test_a_server_refuses_a_good_bundle_with_the_wrong_key(opa_binary: Path, tmp_path: Path) -> None:
    assert "failed to verify JWT signature" in refusal(opa_binary, arguments(tmp_path, built(), OTHER_KEY))


def test_what_opa_signs_the_hub_verifies_alike(opa_binary: Path, built_in: PolicySet, tmp_path: Path) -> None:
    """The claims of `opa sign` over the files of a bundle are those of the hub."""
    files = unpacked(built(built_in))
    token = json.loads(files.pop(".signatures.json"))["signatures"][0]
    for name, data in files.items():
        (tmp_path / "in" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "in" / name).write_bytes(data)
    (tmp_path / "key").write_bytes(new_key(ed=False)[0])
    command = f"{opa_binary} sign --signing-alg ES256 --signing-key ../key --bundle . -o {tmp_path}"
    subprocess.run(command.split(), cwd=tmp_path / "in", check=True, timeout=20)
    theirs = json.loads((tmp_path / ".signatures.json").read_text())["signatures"][0]

    def claims(text: str) -> dict[str, str]:
        payload = json.loads(base64.urlsafe_b64decode(text.split(".")[1] + "==="))
        return {one["name"]: one["hash"] for one in payload["files"]}

    assert claims(theirs) == claims(token)
