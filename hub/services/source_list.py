"""A source's own list of the calls it answered, as its keeper exports it: CSV or JSON lines, read by a declared mapping.

Read a line at a time. What is wrong with it is told by file, line and field, never by what stands there.
"""

import csv
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Final, Literal, TextIO
from zoneinfo import ZoneInfo

import yaml
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, field_validator
from pydantic.alias_generators import to_camel

from hub.catalogue import holds_ssin

_LONGEST_LINE: Final = 1_048_576
_LARGEST_MAPPING: Final = 65_536
_SUBJECT: Final = "{subject}"
_YEARS: Final = (1970, 9000)
Name = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class ListInvalid(Exception):
    """A list or its mapping cannot be read. The message names file, line and field."""


class _Part(BaseModel):
    model_config = ConfigDict(
        extra="forbid", frozen=True, alias_generator=to_camel, hide_input_in_errors=True
    )


class TimeOf(_Part):
    """Where a line's time stands, and how it is written.

    Attributes:
        field: its column, or its member.
        format: `iso` (ISO 8601), `unix` (seconds), `unixMillis`, or a pattern of `strptime`.
        zone: the time zone of times that say none, such as `Europe/Brussels`.
    """

    field: Name
    format: Name = "iso"
    zone: str | None = None

    @field_validator("zone")
    @classmethod
    def _known(cls, zone: str | None) -> str | None:
        if zone is not None:
            try:
                ZoneInfo(zone)
            except (KeyError, ValueError, OSError):
                raise ValueError("is not a time zone") from None
        return zone


class ReferenceOf(_Part):
    """Where the source's own reference of its answer stands."""

    field: Name


class SubjectOf(_Part):
    """Where the number of the person or organisation stands, and of which scheme it is."""

    field: Name
    scheme: Literal["ssin", "enterpriseNumber"] = "ssin"


class Declared(_Part):
    """How a list is read. `only`: lines count where each of these fields has one of these values."""

    format: Literal["csv", "jsonl"]
    delimiter: Annotated[str, StringConstraints(min_length=1, max_length=1)] = ","
    encoding: Literal["utf-8", "iso-8859-1", "windows-1252"] = "utf-8"
    time: TimeOf
    reference: ReferenceOf | None = None
    subject: SubjectOf | None = None
    only: dict[Name, Annotated[list[str], Field(min_length=1)]] = Field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Listed:
    """One call, as the source has it. `number`: of the person or organisation; it goes no further than its handle."""

    line: int
    at: datetime
    reference: str | None = field(repr=False)
    number: str | None = field(repr=False)


def read_mapping(file: Path) -> Declared:
    """Read a mapping from YAML.

    Raises:
        ListInvalid: it is none, naming the members that are wrong.
    """
    try:
        with file.open("rb") as opened:
            text = opened.read(_LARGEST_MAPPING + 1)
        if len(text) > _LARGEST_MAPPING:
            raise ListInvalid(f"{file}: is too long for a mapping")
        return Declared.model_validate(yaml.safe_load(text))
    except OSError as error:
        raise ListInvalid(f"{file}: cannot be read ({type(error).__name__})") from None
    except (yaml.YAMLError, RecursionError):
        raise ListInvalid(f"{file}: is not YAML") from None
    except ValidationError as error:
        wrong = (
            f"{'.'.join(map(str, one['loc'])) or 'the mapping'}: {one['msg']}"
            for one in error.errors(include_input=False, include_url=False, include_context=False)
        )
        raise ListInvalid(f"{file}: {'; '.join(wrong)}") from None


def read_list(file: Path, declared: Declared) -> Iterator[Listed]:
    """The calls of a list that count, in its order.

    Raises:
        ListInvalid: it cannot be read to its end.
    """
    encoding = "utf-8-sig" if declared.encoding == "utf-8" else declared.encoding
    read = _csv if declared.format == "csv" else _json
    line = 0
    try:
        with file.open(encoding=encoding, newline="" if declared.format == "csv" else None) as opened:
            for line, record in read(file, opened, declared):
                if all(_text(record, name) in values for name, values in declared.only.items()):
                    yield _listed(file, line, record, declared)
    except UnicodeDecodeError:
        raise ListInvalid(f"{file}: is not {declared.encoding} after line {line}") from None
    except csv.Error:
        raise ListInvalid(f"{file}: is not CSV after line {line}") from None
    except OSError as error:
        raise ListInvalid(f"{file}: cannot be read ({type(error).__name__})") from None


def _csv(file: Path, opened: TextIO, declared: Declared) -> Iterator[tuple[int, Mapping[str, Any]]]:
    rows = csv.reader(_lines(file, opened), delimiter=declared.delimiter, strict=True)
    head = next(rows, None)
    if head is None:
        raise ListInvalid(f"{file}: has no line that names its columns")
    wanted = [declared.time, declared.reference, declared.subject]
    names = [one.field for one in wanted if one is not None] + list(declared.only)
    for name in names:
        if head.count(name) != 1:
            raise ListInvalid(f"{file}:1: must have one column '{name}'")
    for row in rows:
        if not row:
            continue
        if len(row) != len(head):
            raise ListInvalid(f"{file}:{rows.line_num}: has {len(row)} columns, not {len(head)}")
        yield rows.line_num, dict(zip(head, row, strict=True))


def _json(file: Path, opened: TextIO, _: Declared) -> Iterator[tuple[int, Mapping[str, Any]]]:
    for number, line in enumerate(_lines(file, opened), 1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except (ValueError, RecursionError):
            raise ListInvalid(f"{file}:{number}: is not JSON") from None
        if not isinstance(record, dict):
            raise ListInvalid(f"{file}:{number}: is no JSON object")
        yield number, record


def _lines(file: Path, opened: TextIO) -> Iterator[str]:
    """Lines, each within bounds."""
    number = 0
    while line := opened.readline(_LONGEST_LINE):
        number += 1
        if len(line) == _LONGEST_LINE:
            raise ListInvalid(f"{file}:{number}: is longer than {_LONGEST_LINE} characters")
        yield line


def _listed(file: Path, line: int, record: Mapping[str, Any], declared: Declared) -> Listed:
    number = reference = None
    if declared.subject is not None:
        number = re.sub("[^0-9]", "", _text(record, declared.subject.field))
        if not number:
            raise ListInvalid(f"{file}:{line}: '{declared.subject.field}' has no number")
    if declared.reference is not None:
        reference = _text(record, declared.reference.field)
        if number:  # as the log writes it
            reference = reference.replace(number, _SUBJECT)
    kept = reference if reference and not holds_ssin(reference) else None
    return Listed(line, _time(file, line, record, declared.time), kept, number)


def _text(record: Mapping[str, Any], name: str) -> str:
    """A field as text; empty where there is none. A dot leads into an object, where no field has the whole name."""
    found: Any = record.get(name)
    if found is None and "." in name:
        found = record
        for part in name.split("."):
            found = found.get(part) if isinstance(found, dict) else None
    if isinstance(found, bool):
        return "true" if found else "false"
    return str(found).strip() if isinstance(found, str | int | float) else ""


def _time(file: Path, line: int, record: Mapping[str, Any], declared: TimeOf) -> datetime:
    text = _text(record, declared.field)
    try:
        found = _moment(text, declared.format)
        if found.tzinfo is None:
            if declared.zone is None:
                raise ListInvalid(
                    f"{file}:{line}: '{declared.field}' says no offset, and the mapping no zone"
                )
            found = found.replace(tzinfo=ZoneInfo(declared.zone))
        return _possible(found.astimezone(UTC))
    except (ValueError, OverflowError, OSError):
        raise ListInvalid(f"{file}:{line}: '{declared.field}' is not a time as declared") from None


def _possible(moment: datetime) -> datetime:
    if not _YEARS[0] <= moment.year <= _YEARS[1]:
        raise ValueError("no call was made then")
    return moment


def _moment(text: str, written: str) -> datetime:
    if written == "iso":
        return datetime.fromisoformat(text)
    if written in {"unix", "unixMillis"}:
        return datetime.fromtimestamp(float(text) / (1 if written == "unix" else 1000), UTC)
    return datetime.strptime(text, written)  # noqa: DTZ007 - what says no zone is given the declared one
