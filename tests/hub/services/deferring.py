"""The demo's catalogue with lines that are shown later, and two people who may sign for their controllers."""

import json
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec
from joserfc.jwk import ECKey

from connectors import Identifier
from hub.catalogue import Catalogue, load
from hub.demo.catalogues import write_demo_catalogue
from hub.identity import hash_secret
from tests.hub.services.conftest import CITIZEN

HUB = "https://hub.example"
APPROVERS = {f"legal-{n}": ECKey.import_key(ec.generate_private_key(ec.SECP256R1())) for n in (1, 2)}
LAW = "{fr: la loi, nl: de wet, de: das Gesetz, en: the law}"
SUBJECT = Identifier("ssin", CITIZEN)


def deferring_catalogue(folder: Path) -> Catalogue:
    """The demo's, where the study grant's lines are shown after ninety days."""
    client = ECKey.import_key(ec.generate_private_key(ec.SECP256R1()))
    jwk = {**client.as_dict(private=False), "kid": client.thumbprint(), "alg": "ES256"}
    write_demo_catalogue(folder, jwk, hash_secret("a-secret-of-the-test"))
    activities = folder / "activities.yaml"
    head, found, rest = activities.read_text("utf-8").partition("  study-grant-decision:\n")
    assert found
    activities.write_text(f"{head}{found}    deferred: {{citation: {LAW}, lasts: P90D}}\n{rest}", "utf-8")
    keys = {name: {"keys": [key.as_dict(private=False)]} for name, key in APPROVERS.items()}
    controllers = folder / "controllers.yaml"
    declared = controllers.read_text("utf-8")
    for name in ("grants-office", "municipality"):
        declared = declared.replace(f"  {name}:\n", f"  {name}:\n    approvers: {json.dumps(keys)}\n")
    controllers.write_text(declared, "utf-8")
    return load(folder, admit_test_numbers=True)
