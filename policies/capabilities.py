"""`capabilities.json`: what OPA may compile in a policy set, made of `PURE`, so that OPA itself refuses what the hub refuses.

`python -m policies.capabilities OPA` writes it anew, from what that OPA can do. `opa check --capabilities policies/capabilities.json` then knows no `http.send`,
`time.now_ns`, `rand.intn` or `opa.runtime`, reaches no host, and reads Rego v1 and no later one.
"""

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from policies.screen import PURE

FILE: Final = Path(__file__).with_name("capabilities.json")

_MEMBERSHIP: Final = frozenset({"internal.member_2", "internal.member_3"})
"""`x in xs` and `k, x in xs`."""
_FEATURES: Final = frozenset({"rego_v1"})


def capabilities(of_opa: Mapping[str, Any]) -> dict[str, Any]:
    """What is left of an OPA's capabilities: operators, and the builtins of `PURE`. No host may be called."""
    kept = [
        {part: one[part] for part in ("name", "infix", "relation", "decl") if part in one}
        for one in of_opa["builtins"]
        if "infix" in one or one["name"] in PURE | _MEMBERSHIP
    ]
    return {
        "builtins": [{**one, "decl": _plain(one["decl"])} for one in kept],
        "features": sorted(_FEATURES.intersection(of_opa["features"])),
        "allow_net": [],
    }


def written(made: Mapping[str, Any]) -> str:
    """The file's text: a builtin a line."""
    lines = ",\n".join(f"    {json.dumps(one)}" for one in made["builtins"])
    rest = {name: part for name, part in made.items() if name != "builtins"}
    return f'{{\n  "builtins": [\n{lines}\n  ],\n  {json.dumps(rest)[1:-1]}\n}}\n'


def _plain(part: Any) -> Any:
    """A type without its words."""
    if isinstance(part, dict):
        return {key: _plain(value) for key, value in part.items() if key not in {"name", "description"}}
    return [_plain(one) for one in part] if isinstance(part, list) else part


def main(opa: str) -> None:
    """Write the file."""
    said = subprocess.run([opa, "capabilities", "--current"], check=True, capture_output=True)  # noqa: S603 - the OPA that was named
    FILE.write_text(written(capabilities(json.loads(said.stdout))), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
