"""`onlyonce log public-key`: print the key that the log's checkpoints are verified with."""

import argparse
from pathlib import Path

from hub.cli.common import partly


def add(actions: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `public-key`."""
    public = actions.add_parser(
        "public-key", help="print the key that checkpoints are verified with, as a C2SP verifier key"
    )
    public.add_argument("--keys", type=Path, metavar="DIR", help="default: ONLYONCE_KEYS")
    public.add_argument("--pem", action="store_true", help="print it as PEM")
    public.set_defaults(run=print_public_key)


def print_public_key(given: argparse.Namespace) -> int:
    """Print the log's public key, as a C2SP verifier key or PEM."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat  # noqa: PLC0415

    from audit import checkpoint  # noqa: PLC0415
    from hub.assembly.naming import log_origin  # noqa: PLC0415
    from hub.keys import KeyFolder  # noqa: PLC0415

    settings = partly(keys=given.keys)
    key = KeyFolder(settings.keys, create=False).log.public[-1]
    pem = key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode().strip()
    print(pem if given.pem else checkpoint.verifier_key(log_origin(settings), key))
    return 0
