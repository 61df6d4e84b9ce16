"""`onlyonce policies …`: write the access policies for an OPA server, as a folder or as a signed bundle; and ask what they decide."""

import argparse
import os
from datetime import UTC, datetime
from pathlib import Path

from hub.cli.common import CannotAsk
from hub.cli.policies.chosen import add_policies_choice, chosen_policies
from hub.cli.policies.explain import add_explain
from hub.cli.policies.replay import add_replay
from hub.cli.policies.revisions import add_revisions
from hub.cli.policies.simulate import add_simulate
from hub.cli.policies.testing import add_test


def add_policies(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `policies` and its actions to the command."""
    actions = commands.add_parser("policies", help="the access policies").add_subparsers(
        required=True, metavar="ACTION"
    )
    _add_export(actions)
    _add_keygen(actions)
    _add_build(actions)
    add_test(actions)
    add_revisions(actions)
    add_replay(actions)
    add_simulate(actions)
    add_explain(actions)


def _add_export(actions: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    export = actions.add_parser("export", help="write the policies and their revision for an OPA server")
    export.add_argument("folder", type=Path, metavar="DIR")
    export.set_defaults(run=export_policies)


def _add_keygen(actions: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    keygen = actions.add_parser(
        "keygen", help="make the key that signs bundles, and its public key beside it"
    )
    keygen.add_argument(
        "key", type=Path, metavar="FILE", help="the private key (mode 0600); the public one is FILE.pub"
    )
    keygen.add_argument(
        "--ed25519",
        action="store_true",
        help="Ed25519 instead of P-256; OPA's configuration file cannot hold such a key",
    )
    keygen.set_defaults(run=make_key)


def _add_build(actions: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    build = actions.add_parser("build", help="make a signed OPA bundle of the policies")
    add_policies_choice(build)
    build.add_argument(
        "--key", type=Path, required=True, metavar="FILE", help="the private key, in PEM, mode 0600"
    )
    build.add_argument(
        "-o",
        "--output",
        type=Path,
        default=Path("bundle.tar.gz"),
        metavar="FILE",
        help="default: bundle.tar.gz",
    )
    build.add_argument(
        "--built-at",
        type=_time,
        metavar="TIME",
        help="when it is built, such as 2026-11-23T18:00:00Z (default: now)",
    )
    build.set_defaults(run=build_policies)


def export_policies(given: argparse.Namespace) -> int:
    """Write the policies to a folder."""
    from policies import export  # noqa: PLC0415

    policy_set = chosen_policies(given)
    export(policy_set, given.folder)
    print(f"policies of revision {policy_set.revision} are in {given.folder}")
    return 0


def make_key(given: argparse.Namespace) -> int:
    """Make a key pair; an existing file is never written over."""
    from policies.signing import new_key  # noqa: PLC0415

    private, public = new_key(ed=given.ed25519)
    beside = given.key.with_name(f"{given.key.name}.pub")
    for path, data, mode in ((given.key, private, 0o600), (beside, public, 0o644)):
        try:
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
                file.write(data)
        except OSError as error:
            raise CannotAsk(f"{path}: {error.strerror or type(error).__name__}") from None
    print(
        f"keep {given.key} where only who may change the policies can read it; give {beside} to OPA and to the hub"
    )
    return 0


def build_policies(given: argparse.Namespace) -> int:
    """Make a signed bundle; it appears whole under its name, or not at all."""
    from policies import build_bundle  # noqa: PLC0415
    from policies.signing import read_signing_key  # noqa: PLC0415

    policy_set = chosen_policies(given)
    made = build_bundle(policy_set, read_signing_key(given.key), given.built_at or datetime.now(UTC))
    beside = given.output.with_name(f".{given.output.name}.{os.getpid()}")
    try:
        beside.write_bytes(made)
        beside.replace(given.output)
    except OSError as error:
        raise CannotAsk(f"{given.output}: {error.strerror or type(error).__name__}") from None
    finally:
        beside.unlink(missing_ok=True)
    print(f"policies of revision {policy_set.revision} are in {given.output}")
    return 0


def _time(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise argparse.ArgumentTypeError("is no time with a zone, such as 2026-11-23T18:00:00Z")
    return at
