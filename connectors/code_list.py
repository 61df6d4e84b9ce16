"""A code list in a file of its own: their codes and ours, in CSV or YAML, inside the catalogue's folder."""

import csv
import io
from collections.abc import Iterator
from pathlib import Path

import yaml

from connectors.folder import Folder, Outside

__all__ = ["CodeListInvalid", "read_code_list"]

_MOST_FAULTS = 10
Row = tuple[int, str, str]


class CodeListInvalid(Exception):
    """A code list that cannot be used. `problems`: each with the file and line."""

    def __init__(self, problems: list[str]) -> None:
        """Say everything that is wrong, up to some ten faults."""
        super().__init__("; ".join(problems))
        self.problems = problems


def read_code_list(
    name: str, folder: Path, *, theirs: str | None = None, ours: str | None = None
) -> dict[str, str]:
    """Their code → ours. `name` is relative to `folder`; `theirs` and `ours` name the columns of a CSV file.

    A CSV file (RFC 4180, comma or semicolon) has the columns' names on its first line; without `theirs` and `ours`, its first two
    columns count. A YAML file is one mapping, read as texts: `0050` stays `0050`, and `NO` is no boolean. Raises `CodeListInvalid`.
    """
    if not name.endswith((".csv", ".yaml")):
        raise CodeListInvalid(["a code list is a .csv or .yaml file"])
    is_csv = name.endswith(".csv")
    if not is_csv and (theirs is not None or ours is not None):
        raise CodeListInvalid(["only a CSV file has columns"])
    try:
        content = Folder(folder).read(name)[1].decode("utf-8-sig")
    except Outside as error:
        raise CodeListInvalid([str(error)]) from None
    except UnicodeDecodeError:
        raise CodeListInvalid([f"{name} is not UTF-8"]) from None
    return _mapped(name, _csv_rows(name, content, theirs, ours) if is_csv else _yaml_rows(name, content))


def _mapped(name: str, rows: Iterator[Row]) -> dict[str, str]:
    """One mapping of all rows: none empty, no code twice."""
    found: dict[str, str] = {}
    problems: list[str] = []
    for line, raw_theirs, raw_ours in rows:
        theirs, ours = raw_theirs.strip(), raw_ours.strip()
        if not theirs or not ours:
            problems.append(f"{name}:{line} has no code, or nothing for it")
        elif theirs in found:
            problems.append(f"{name}:{line} has the code {theirs[:40]} again")
        else:
            found[theirs] = ours
    if not found and not problems:
        problems.append(f"{name} has no codes")
    if problems:
        raise CodeListInvalid(problems[:_MOST_FAULTS])
    return found


def _csv_rows(name: str, content: str, theirs: str | None, ours: str | None) -> Iterator[Row]:
    first = content.partition("\n")[0]
    rows = csv.reader(io.StringIO(content, newline=""), delimiter=";" if ";" in first else ",", strict=True)
    try:
        columns = [column.strip() for column in next(rows, [])]
        wanted = _column(name, columns, theirs, 0), _column(name, columns, ours, 1)
        for row in rows:
            if row:
                yield rows.line_num, *(row[at] if at < len(row) else "" for at in wanted)  # type: ignore[misc]
    except csv.Error as error:
        raise CodeListInvalid([f"{name}:{rows.line_num} is not CSV: {error}"]) from None


def _column(name: str, columns: list[str], wanted: str | None, default: int) -> int:
    if wanted is None and len(columns) > default:
        return default
    if wanted is not None and columns.count(wanted) == 1:
        return columns.index(wanted)
    has = ", ".join(columns) or "none"
    missing = f"no one column {wanted}" if wanted is not None else "fewer than two columns"
    raise CodeListInvalid([f"{name} has {missing}; it has: {has[:200]}"])


def _yaml_rows(name: str, content: str) -> Iterator[Row]:
    try:
        root = yaml.compose(content, yaml.BaseLoader)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        raise CodeListInvalid([f"{name}:{mark.line + 1 if mark else 1} is not YAML"]) from None
    if not isinstance(root, yaml.MappingNode):
        raise CodeListInvalid([f"{name} must be one mapping: their code to ours"])
    for key, value in root.value:
        if not (isinstance(key, yaml.ScalarNode) and isinstance(value, yaml.ScalarNode)):
            raise CodeListInvalid([f"{name}:{key.start_mark.line + 1} must be a text for a code"])
        yield key.start_mark.line + 1, key.value, value.value
