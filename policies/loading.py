"""Where a policy set comes from: the package, a folder, or a signed bundle."""

from pathlib import Path

from policies.bundle import read_bundle
from policies.errors import PolicyInvalid, Problem
from policies.policy_set import PolicySet, load_policies
from policies.signing import read_verification_key


def read_policies(path: Path | None = None, *, key: Path | None = None) -> PolicySet:
    """The policy set of a folder, or with a key that of a signed bundle; without either, the built-in one.

    Args:
        path: A folder of Rego, or a file that `build_bundle` made.
        key: The PEM file of the public key that the bundle must be signed by. Where it is given nothing unsigned is read.

    Raises:
        PolicyInvalid: There is nothing to be read, its signature does not hold, or its policies cannot be loaded. Names the file.
    """
    if key is not None:
        if path is None or not path.is_file():
            raise PolicyInvalid(
                (Problem(str(path or "policies"), 0, "is no signed bundle, and a key is set"),)
            )
        return read_bundle(path, read_verification_key(key))
    if path is not None and path.is_file():
        raise PolicyInvalid((Problem(str(path), 0, "is a bundle, and there is no key to verify it with"),))
    return load_policies(path)
