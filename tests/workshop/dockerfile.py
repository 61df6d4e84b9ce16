"""A small reader of Dockerfiles: the instructions of each stage, lines joined."""

import json
import re
import shlex
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Stage:
    """One `FROM … AS name` and its instructions, in order."""

    base: str
    name: str | None
    instructions: list[tuple[str, str]] = field(default_factory=list)

    def all(self, kind: str) -> list[str]:
        return [text for one, text in self.instructions if one == kind]


def read_dockerfile(path: Path) -> list[Stage]:
    joined = re.sub(r"\\\n\s*", " ", path.read_text("utf-8"))
    stages: list[Stage] = []
    for line in joined.splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        kind, _, rest = line.partition(" ")
        if kind == "FROM":
            base, _, name = rest.partition(" AS ")
            stages.append(Stage(base.strip(), name.strip() or None))
        else:
            stages[-1].instructions.append((kind, rest.strip()))
    return stages


def words(text: str) -> list[str]:
    """An instruction's words, in exec form or shell form."""
    if text.startswith("["):
        return [str(word) for word in json.loads(text)]
    return shlex.split(text)
