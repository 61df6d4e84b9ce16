"""The demo's catalogue: written to a folder of the demo's own, with the keys of its clients filled in."""

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from string import Template
from typing import Any, Final

HERE: Final = Path(__file__).parent
DEMO_CATALOGUE: Final = HERE / "catalogue"
"""The packaged catalogue. It is sound, but has no client yet."""

KEY_CLIENT: Final = "grants-portal"
"""The client that proves itself with a key (`private_key_jwt`)."""

SECRET_CLIENT: Final = "municipal-forms"  # noqa: S105 - an id
"""The client that proves itself with a secret (`client_secret_basic`)."""


def write_demo_catalogue(
    target: Path, client_jwk: Mapping[str, Any], secret_hash: str, login: str | None = None
) -> None:
    """Write the demo's catalogue to `target`, over what an earlier demo wrote there.

    `client_jwk` is the public key of `KEY_CLIENT`, `secret_hash` the hash of the secret of `SECRET_CLIENT`. A private part in the key
    is never written. `login` is the address of the demo's login; None: nobody logs in with a browser.
    """
    public = {name: part for name, part in client_jwk.items() if name != "d"}
    shutil.copytree(DEMO_CATALOGUE, target, dirs_exist_ok=True)
    template = Template((HERE / "clients.template.yaml").read_text(encoding="utf-8"))
    text = template.substitute(jwks=json.dumps({"keys": [public]}), secret_hash=json.dumps(secret_hash))
    (target / "clients.yaml").write_text(text, encoding="utf-8")
    if login is not None:
        template = Template((HERE / "logins.template.yaml").read_text(encoding="utf-8"))
        (target / "logins.yaml").write_text(template.substitute(issuer=json.dumps(login)), encoding="utf-8")
