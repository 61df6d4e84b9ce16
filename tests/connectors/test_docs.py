"""The page on sources says what the code does."""

import re
from pathlib import Path

import yaml

from connectors import SourceError, read_declaration
from connectors.attribute_rule import TYPES
from connectors.normalise import STEPS
from connectors.values import DATE_FORMATS
from connectors.variables import BUILT_IN
from tests.support.machine import ROOT

PAGE = (ROOT / "docs" / "connectors.md").read_text("utf8")
TAKES = re.compile(r"\.(?:text|texts|take|choice|integer|flag|scope|mapping_of_texts)\(\s*\"(\w+)\"")
PATHS = re.compile(
    r"_(?:path|structure|one|pattern|secret|texts|address|part)\((?:below|errors|scope), \"(\w+)\""
)


def test_every_key_that_a_declaration_may_hold_is_described() -> None:
    code = "".join(p.read_text("utf8") for p in sorted(Path(ROOT / "connectors").rglob("*.py")))
    keys = set(TAKES.findall(code)) | set(PATHS.findall(code))
    assert len(keys) > 35
    missing = [key for key in keys if not re.search(rf"[`.]{key}[`:.]", PAGE)]
    assert not missing


def test_every_variable_type_format_and_error_is_described() -> None:
    for name in BUILT_IN:
        assert f"{{{name}}}" in PAGE
    for word in (*TYPES, *STEPS, *DATE_FORMATS, *(kind.__name__ for kind in SourceError.__subclasses__())):
        assert f"`{word}`" in PAGE


def test_the_example_can_be_read(tmp_path: Path) -> None:
    found = re.search(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    assert found is not None
    ((name, mapping),) = yaml.safe_load(found[1])["sources"].items()
    assert read_declaration(name, mapping, folder=tmp_path).limits.deadline == 1.5
