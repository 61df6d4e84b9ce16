"""A policy set: the Rego modules that decide, under one revision."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from types import MappingProxyType

from policies.errors import PolicyInvalid, Problem
from policies.screen import screen

BUILT_IN = Path(__file__).parent / "rego"


@dataclass(frozen=True, slots=True)
class PolicySet:
    """Screened policies, in memory.

    Attributes:
        revision: SHA-256 over names and bytes, in hex: two sets of one revision are the same set.
        modules: Name of the file, relative to its folder → its text, in order of name.
        built_at: When the bundle that it was read from was built; None where it comes from a folder.
    """

    revision: str
    modules: Mapping[str, str] = field(repr=False)
    built_at: datetime | None = field(default=None, compare=False)

    @property
    def data(self) -> dict[str, dict[str, str]]:
        """The base document that both engines load beside the modules."""
        return {"onlyonce": {"revision": self.revision}}


def load_policies(folder: Path | None = None) -> PolicySet:
    """Load the policies of a folder and its subfolders, tests (`_test.rego`) left out; by default the built-in ones.

    Raises:
        PolicyInvalid: A file is unreadable, is no Rego, or reaches for a clock, chance, the network or anything else
            but its input; or there is no policy at all. Names every problem with file and line.
    """
    root = BUILT_IN if folder is None else folder
    paths = sorted(p for p in root.rglob("*.rego") if p.is_file() and not p.name.endswith("_test.rego"))
    if not paths:
        raise PolicyInvalid((Problem(str(root), 0, "no policies here"),))
    modules: dict[str, str] = {}
    problems: list[Problem] = []
    for path in paths:
        name = path.relative_to(root).as_posix()
        try:
            modules[name] = path.read_bytes().decode()
        except (OSError, UnicodeDecodeError) as error:
            problems.append(Problem(name, 0, f"cannot be read ({type(error).__name__})"))
    return policy_set(modules, also=tuple(problems))


def policy_set(modules: Mapping[str, str], *, also: tuple[Problem, ...] = ()) -> PolicySet:
    """Make a policy set of modules in memory.

    Raises:
        PolicyInvalid: As `load_policies`; `also` are problems that the caller already has.
    """
    ordered = dict(sorted(modules.items()))
    problems = [*also, *screen(ordered)]
    if problems:
        raise PolicyInvalid(tuple(sorted(problems, key=lambda p: (p.file, p.line))))
    return PolicySet(_revision(ordered), MappingProxyType(ordered))


def _revision(modules: Mapping[str, str]) -> str:
    digest = hashlib.sha256(b"onlyonce-policies\0")
    for name, text in modules.items():
        for part in (name.encode(), text.encode()):
            digest.update(len(part).to_bytes(8, "big"))
            digest.update(part)
    return digest.hexdigest()


def manifest(policy_set: PolicySet) -> dict[str, object]:
    """The manifest of OPA's bundles: which revision it is, and that it is about `onlyonce` alone."""
    return {"revision": policy_set.revision, "roots": ["onlyonce"], "rego_version": 1}


def export(policy_set: PolicySet, folder: Path) -> None:
    """Write a policy set for `opa run --server --bundle FOLDER`: modules, data and manifest.

    The folder is new, empty, or holds an earlier export, which goes: no other policy may join the set.

    Raises:
        FileExistsError: There is something else in the folder.
    """
    folder.mkdir(parents=True, exist_ok=True)
    _clear(folder)
    for name, text in policy_set.modules.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())
    (folder / "data.json").write_text(json.dumps(policy_set.data))
    (folder / ".manifest").write_text(json.dumps(manifest(policy_set)))


def _clear(folder: Path) -> None:
    """Take away an earlier export, and nothing else."""
    there = [path for path in folder.rglob("*") if not path.is_dir()]
    ours = [path for path in there if path.suffix == ".rego" or path.name in {"data.json", ".manifest"}]
    if there and (len(ours) < len(there) or not (folder / ".manifest").is_file()):
        raise FileExistsError(f"{folder} holds something other than exported policies")
    for path in ours:
        path.unlink()
