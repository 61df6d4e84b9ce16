"""What the tests need from the machine: found here, or said by name to be missing.

On CI (`CI=true`) a missing part fails the run; on someone's laptop its tests are left out, and the run's last lines name it.
"""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from hub.demo.ports import free_ports

ROOT = Path(__file__).parents[2]
REALWORLD = next((p for p in [ROOT.parent / "shared" / "realworld"] if p.is_dir()), None)
LEFT_OUT: set[str] = set()


def on_ci() -> bool:
    """Whether nothing may be left out."""
    return os.environ.get("CI", "").lower() == "true"


def missing(what: str) -> None:
    """Leave the calling test out, or fail it on CI."""
    if on_ci():
        pytest.fail(f"{what} is needed on CI and is not there")
    LEFT_OUT.add(what)
    pytest.skip(f"{what} is not on this machine")


def free_port() -> int:
    """A TCP port on loopback that was free a moment ago, and that no outgoing connection gets."""
    return free_ports(1)[0]


def find_opa() -> Path | None:
    """The OPA binary that `make setup` made, or the one on PATH."""
    for candidate in (os.environ.get("OPA"), str(ROOT / ".tools" / "opa"), shutil.which("opa")):
        if candidate and Path(candidate).is_file():
            return Path(candidate)
    return None


def find_cxf() -> Path | None:
    """The folder of Apache CXF and the peer compiled on it that `make setup` made, where there is a Java to run it."""
    folder = ROOT / ".tools" / "cxf"
    return folder if (folder / "made").is_file() and shutil.which("java") else None


def find_oidc() -> Path | None:
    """The folder of npm's oidc-provider that `make setup` made, where there is a Node.js to run it."""
    folder = ROOT / ".tools" / "oidc"
    return folder if (folder / "made").is_file() and shutil.which("node") else None


def find_postgres() -> Path | None:
    """The folder of PostgreSQL's server programs (15 or later), or nothing."""
    folders = sorted(
        Path("/usr/lib/postgresql").glob("*/bin"), key=lambda p: int(p.parent.name), reverse=True
    )
    found = shutil.which("pg_config")
    if found:
        folders.append(
            Path(
                subprocess.run([found, "--bindir"], capture_output=True, text=True, check=True).stdout.strip()
            )
        )
    return next((f for f in folders if (f / "initdb").exists() and (f / "postgres").exists()), None)


def main() -> None:
    """Say what the tests will find here, and what they will leave out."""
    found = {
        "OPA": find_opa(),
        "PostgreSQL": find_postgres(),
        "Apache CXF": find_cxf(),
        "npm's oidc-provider": find_oidc(),
        "the recorded answers of real services": REALWORLD,
    }
    absent = [name for name, place in found.items() if place is None]
    print(f"setup: ready{'; not found, so left out of the tests: ' + ', '.join(absent) if absent else ''}")


if __name__ == "__main__":
    main()
