"""A source's own list of its calls, read by a declared mapping."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from hub.services.source_list import Listed, ListInvalid, read_list, read_mapping

SECRET = "85073003328"
CSV = {"format": "csv", "time": {"field": "at"}}
AT = "2026-03-03T10:00:00Z"


def lines(folder: Path, mapping: dict[str, Any], text: str | bytes) -> list[Listed]:
    declared, file = folder / "mapping.yaml", folder / "list"
    declared.write_text(yaml.safe_dump(mapping))
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return list(read_list(file, read_mapping(declared)))


def test_columns_are_found_by_name_and_times_by_their_format_and_zone(tmp_path: Path) -> None:
    mapping = {
        "format": "csv", "delimiter": ";", "encoding": "windows-1252",
        "time": {"field": "Moment", "format": "%d/%m/%Y %H:%M:%S", "zone": "Europe/Brussels"},
        "reference": {"field": "Ticket"}, "subject": {"field": "INSZ"}, "only": {"État": ["OK"]},
    }  # fmt: skip
    text = "Ticket;Moment;INSZ;État\nt-1;03/03/2026 11:00:00;85.07.30-033.28;OK\nt-2;x;;KO\n".encode("cp1252")
    (one,) = lines(tmp_path, mapping, text)
    assert (one.line, one.reference, one.number) == (2, "t-1", SECRET)
    assert one.at.isoformat() == "2026-03-03T10:00:00+00:00"


def test_members_of_json_lines_are_found_by_path(tmp_path: Path) -> None:
    mapping = {
        "format": "jsonl",
        "time": {"field": "log.at", "format": "unixMillis"},
        "reference": {"field": "id"},
    }
    text = '{"log": {"at": 1772532000000}, "id": 7}\n\n{"log": {"at": "1772532001000"}}\n'
    assert [(one.line, one.at.minute, one.reference) for one in lines(tmp_path, mapping, text)] == [
        (1, 0, "7"),
        (3, 0, None),
    ]


def test_a_reference_is_taken_as_the_log_would_have_kept_it(tmp_path: Path) -> None:
    mapping = {**CSV, "reference": {"field": "ref"}, "subject": {"field": "who"}}
    text = f"at,ref,who\n{AT},r/{SECRET}/1,{SECRET}\n{AT},r/{SECRET}/2,12345678902\n"
    assert [one.reference for one in lines(tmp_path, mapping, text)] == ["r/{subject}/1", None]


@pytest.mark.parametrize(
    ("mapping", "text", "where"),
    [
        (CSV, "", "has no line that names"),
        (CSV, f"when\n{AT}\n", "list:1: must have one column 'at'"),
        (CSV, "at\n0001-01-01T00:00:00Z\n", "list:2: 'at' is not a time as declared"),
        (CSV, "at\n9999-12-31T23:59:59Z\n", "list:2: 'at' is not a time as declared"),
        (CSV, f"at,at\n{AT},{AT}\n", "list:1: must have one column 'at'"),
        (CSV, f"at,x\n{AT},1\n{AT}\n", "list:3: has 1 columns, not 2"),
        (CSV, f"at\n{AT}\n{SECRET}\n", "list:3: 'at' is not a time"),
        (CSV, "at\n2026-03-03T10:00:00\n", "list:2: 'at' says no offset"),
        (CSV, f'at\n"{SECRET}" {SECRET}\n', "is not CSV after line"),
        (CSV, b"at\n\xff\xfe\n", "is not utf-8 after line"),
        (CSV, "at\n" + "9" * 1_100_000, "list:2: is longer than"),
        ({**CSV, "subject": {"field": "who"}}, f"at,who\n{AT},nobody\n", "list:2: 'who' has no number"),
        ({**CSV, "format": "jsonl"}, f'{{"at": "{AT}"}}\n{SECRET}\n', "list:2: is no JSON object"),
        ({**CSV, "format": "jsonl"}, f"{{{SECRET}\n", "list:1: is not JSON"),
        ({**CSV, "format": "jsonl", "time": {"field": "at", "format": "unix"}}, '{"at": 1e300}', "list:1: 'at' is not a time"),
        ({**CSV, "colour": 1}, "", "colour:"),
        ({"format": "csv"}, "", "time: Field required"),
        ({**CSV, "time": {"field": "at", "zone": "Nowhere/City"}}, "", "time.zone: Value error, is not a time zone"),
        ({**CSV, "only": {"x": []}}, "", "only.x"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_named_by_its_place_and_never_by_what_stands_there(
    tmp_path: Path, mapping: dict[str, Any], text: str | bytes, where: str
) -> None:
    with pytest.raises(ListInvalid) as refused:
        lines(tmp_path, mapping, text)
    assert where in str(refused.value)
    assert SECRET not in str(refused.value)


def test_a_mapping_that_is_no_yaml_or_is_not_there_is_refused(tmp_path: Path) -> None:
    for text in (b"a: [", b"[" * 3000, b"x" * 70_000):
        (tmp_path / "m").write_bytes(text)
        with pytest.raises(ListInvalid):
            read_mapping(tmp_path / "m")
    with pytest.raises(ListInvalid, match="cannot be read"):
        read_mapping(tmp_path / "nowhere")
