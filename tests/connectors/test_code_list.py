"""Code lists in files of their own."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from connectors import DeclarationInvalid
from connectors.code_list import CodeListInvalid, read_code_list
from tests.connectors.conftest import CONTRACTS, soap_declaration
from tests.connectors.reading import ASKED, value, xml_reading


def write(folder: Path, name: str, content: str | bytes) -> str:
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return name


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", "nis,iso\n150,BE\n0050,NO\n"),
        ("a.csv", "\ufeffnis;iso;name\r\n150;BE;Belgique, royaume\r\n\r\n0050;NO;Norge\r\n"),
        ("a.csv", 'nis,iso\n"150","BE"\n 0050 , NO \n'),
        ("codelists/a.yaml", "150: BE\n0050: NO\n"),
        ("codelists/a.yaml", "# countries\n{'150': BE, 0050: 'NO'}\n"),
    ],
)
def test_a_list_is_read_as_texts(tmp_path: Path, name: str, content: str) -> None:
    assert read_code_list(write(tmp_path, name, content), tmp_path) == {"150": "BE", "0050": "NO"}


def test_columns_may_be_named(tmp_path: Path) -> None:
    name = write(tmp_path, "a.csv", "name,iso,nis\nBelgique,BE,150\n")
    assert read_code_list(name, tmp_path, theirs="nis", ours="iso") == {"150": "BE"}


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.csv", "", "fewer than two columns"),
        ("a.csv", "nis\n150\n", "fewer than two columns; it has: nis"),
        ("a.csv", "nis,iso\n", "has no codes"),
        ("a.csv", "nis,iso\n150,BE\n151\n", "a.csv:3 has no code, or nothing for it"),
        ("a.csv", "nis,iso\n150,BE\n,NO\n", "a.csv:3 has no code"),
        ("a.csv", "nis,iso\n150,BE\n150,NL\n", "a.csv:3 has the code 150 again"),
        ("a.csv", 'nis,iso\n150,"BE\n', "is not CSV"),
        ("a.csv", b"nis,iso\n150,\xff\n", "a.csv is not UTF-8"),
        ("a.yaml", "- 150\n", "must be one mapping"),
        ("a.yaml", "150: {a: b}\n", "a.yaml:1 must be a text for a code"),
        ("a.yaml", "150: BE\n150: NL\n", "a.yaml:2 has the code 150 again"),
        ("a.yaml", "150: BE\n151: [\n", "is not YAML"),
        ("a.yaml", "", "must be one mapping"),
        ("a.yaml", "[" * 5000, "is not YAML"),
        ("a.xlsx", "x", "is a .csv or .yaml file"),
    ],
)
def test_a_list_that_cannot_be_used_says_where(
    tmp_path: Path, name: str, content: str | bytes, says: str
) -> None:
    with pytest.raises(CodeListInvalid) as caught:
        read_code_list(write(tmp_path, name, content), tmp_path)
    assert says in str(caught.value)


def test_a_list_stays_inside_its_folder(tmp_path: Path) -> None:
    write(tmp_path, "outside.csv", "a,b\n1,2\n")
    inside = tmp_path / "in"
    inside.mkdir()
    (inside / "link.csv").symlink_to(tmp_path / "outside.csv")
    for name in (
        "../outside.csv",
        str(tmp_path / "outside.csv"),
        "link.csv",
        "absent.csv",
        "http://127.0.0.1/a.csv",
    ):
        with pytest.raises(CodeListInvalid):
            read_code_list(name, inside)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(CONTRACTS, tmp_path, dirs_exist_ok=True)
    write(tmp_path, "codelists/sex.csv", "code,name,iso\n1,male,M\n2,female,F\n")
    return tmp_path


SEX = {"path": "p:Name", "type": "code", "codeList": {"file": "codelists/sex.csv"}}


@pytest.mark.parametrize(
    ("raw", "changes", "becomes"),
    [
        ("1", {}, "male"),
        ("2", {"codeList": {"file": "codelists/sex.csv", "to": "iso"}}, "F"),
        ("", {}, None),
        ("", {"unlisted": "unknown"}, None),
        ("3", {}, f"{ASKED} is a code that is not declared"),
        ("3", {"unlisted": "unknown"}, "unknown"),
        ("3", {"codeList": None, "mapping": {"1": "male"}, "unlisted": "unknown"}, "unknown"),
    ],
)
def test_a_code_is_looked_up_and_one_that_is_not_listed_is_broken_unless_declared(
    folder: Path, raw: str, changes: dict[str, Any], becomes: object
) -> None:
    reading = xml_reading(f"<p:Name>{raw}</p:Name>", {**SEX, **changes}, folder=folder)
    assert value(reading) == becomes


@pytest.mark.parametrize(
    ("changes", "where", "says"),
    [
        ({"codeList": {"file": "none.csv"}}, ("codeList", "file"), "cannot be read"),
        ({"codeList": {"file": "codelists/sex.csv", "to": "de"}}, ("codeList", "file"), "no one column de"),
        ({"codeList": {"file": "codelists/sex.csv", "colour": "x"}}, ("codeList", "colour"), "unknown key"),
        ({"codeList": {"to": "iso"}}, ("codeList",), "`file` is missing"),
        ({"mapping": {"1": "male"}}, ("codeList",), "not from both"),
        ({"codeList": None, "unlisted": "x"}, ("unlisted",), "no `mapping` or `codeList`"),
        ({"type": "text"}, ("codeList",), "unknown key"),
    ],
)
def test_what_is_wrong_with_a_declared_list_is_named(
    folder: Path, changes: dict[str, Any], where: tuple[str, ...], says: str
) -> None:
    with pytest.raises(DeclarationInvalid) as caught:
        soap_declaration(folder=folder, attributes={ASKED: {**SEX, **changes}})
    (problem,) = caught.value.problems
    assert problem.path == ("attributes", ASKED, *where)
    assert says in problem.message
