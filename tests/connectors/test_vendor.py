"""A contract is stored with all that it asks for, and nothing else is fetched."""

import json
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from connectors.onboarding import ContractUnreadable, inspect_contract
from connectors.onboarding.vendor import fetched, vendor
from tests.connectors.conftest import CONTRACTS
from tests.connectors.web import Web, serving

XSD = "http://www.w3.org/2001/XMLSchema"
EMPTY = f'<schema xmlns="{XSD}"/>'


def schema(*asked: str) -> str:
    inner = "".join(f'<import namespace="urn:{i}" schemaLocation="{at}"/>' for i, at in enumerate(asked))
    return f'<schema xmlns="{XSD}">{inner}</schema>'


@pytest.fixture
def web() -> Iterator[Web]:
    with serving() as running:
        yield running


@pytest.fixture
def other() -> Iterator[Web]:
    with serving() as running:
        yield running


def problems(url: str, folder: Path, *allow: str) -> str:
    with pytest.raises(ContractUnreadable) as caught:
        vendor(url, folder, allow=allow)
    assert not folder.exists()
    return str(caught.value)


def test_a_wsdl_is_stored_with_its_schemas_and_reads_the_same(web: Web, tmp_path: Path) -> None:
    web.pages["/services/persons?wsdl"] = (CONTRACTS / "persons.wsdl").read_bytes()
    for file in (CONTRACTS / "xsd").iterdir():
        web.pages[f"/services/xsd/{file.name}"] = file.read_bytes()
    stored = vendor(f"{web.url}/services/persons?wsdl", tmp_path / "made" / "here")
    assert stored.contract.name == "persons.wsdl"
    assert inspect_contract(stored.contract, folder=stored.folder) == inspect_contract(
        CONTRACTS / "persons.wsdl", folder=CONTRACTS
    )
    subprocess.run(
        ["sha256sum", "--check", "--strict", "SHA256SUMS"], cwd=stored.folder, check=True, capture_output=True
    )
    listed = json.loads((stored.folder / "vendored.json").read_text())
    assert listed["url"] == f"{web.url}/services/persons?wsdl"
    assert {f["name"] for f in listed["files"]} | {"SHA256SUMS", "vendored.json"} == {
        p.name for p in stored.folder.iterdir()
    }


def test_what_asks_for_itself_in_a_circle_is_stored_once(web: Web, tmp_path: Path) -> None:
    web.pages |= {
        "/a.xsd": schema("b.xsd", "deep/c.xsd"),
        "/b.xsd": schema("/a.xsd#x"),
        "/deep/c.xsd": schema("../b.xsd", ""),
    }
    stored = vendor(f"{web.url}/a.xsd", tmp_path / "c")
    assert [f.name for f in stored.files] == ["a.xsd", "b.xsd", "c.xsd"]
    assert sorted(web.asked) == ["/a.xsd", "/b.xsd", "/deep/c.xsd"]
    assert 'schemaLocation="b.xsd"' in (stored.folder / "c.xsd").read_text()
    assert 'schemaLocation="a.xsd"' in (stored.folder / "b.xsd").read_text()


def test_names_are_plain_and_unlike_each_other(web: Web, tmp_path: Path) -> None:
    asked = [
        "/s?xsd=1",
        "/s?xsd=2",
        "/A.xsd",
        "/deep/a.XSD",
        "/a%2Fpasswd",
        "/SHA256SUMS",
        "/.xsd",
    ]
    web.pages |= dict.fromkeys(asked, EMPTY) | {"/m": schema(*asked)}
    stored = vendor(f"{web.url}/m", tmp_path / "c")
    assert [f.name for f in stored.files] == [
        "m.xsd", "s-xsd-1.xsd", "s-xsd-2.xsd", "A.xsd", "a-2.xsd", "a-passwd.xsd", "SHA256SUMS.xsd", "contract.xsd",
    ]  # fmt: skip
    assert {p.parent for p in tmp_path.rglob("*.xsd")} == {stored.folder}


def test_an_openapi_is_stored_with_what_it_refers_to(web: Web, tmp_path: Path) -> None:
    web.pages["/api/v1.yaml"] = """
openapi: 3.0.0
paths: {/a: {get: {responses: {200: {content: {application/json: {
  schema: {$ref: "schemas/a.yaml#/A"}, example: {$ref: "http://127.0.0.1:1/not-a-reference"}}}}}}}}
"""
    web.pages["/api/schemas/a.yaml"] = """
A: {properties: {self: {$ref: "#/A"}, again: {$ref: "../v1.yaml#/paths"}, b: {$ref: b.json}},
    discriminator: {propertyName: x, mapping: {b: b.json, n: Name}}}
"""
    web.pages["/api/schemas/b.json"] = '{"type": "string", "format": "date"}'
    stored = vendor(f"{web.url}/api/v1.yaml", tmp_path / "c")
    assert [f.name for f in stored.files] == ["v1.yaml", "a.yaml", "b.json"]
    (operation,) = inspect_contract(stored.contract, folder=stored.folder).operations
    assert operation.reply is not None
    assert {n.name: n.type for n in operation.reply.children}["b"] == "string(date)"
    assert "127.0.0.1:1/not" in stored.contract.read_text()


def test_an_origin_that_is_not_allowed_is_not_asked(web: Web, other: Web, tmp_path: Path) -> None:
    other.pages["/x.xsd"] = EMPTY
    web.pages["/a.xsd"] = schema(f"{other.url}/x.xsd", f"{other.url}/y.xsd")
    found = problems(f"{web.url}/a.xsd", tmp_path / "c")
    assert f"{other.url} is not an allowed origin" in found
    assert found.count("allowed origin") == 2
    assert other.asked == []
    other.pages["/y.xsd"] = EMPTY
    assert len(vendor(f"{web.url}/a.xsd", tmp_path / "d", allow=[other.url]).files) == 3


@pytest.mark.parametrize(
    "location",
    [
        "file:///etc/passwd", "ftp://127.0.0.1/x.xsd", "http://169.254.169.254/latest/meta-data", "http://[::1]:1/x",
        "http://127.0.0.1:1/x.xsd", "http://10.0.0.1/x.xsd", "//127.0.0.1:1/x.xsd", "http://user:word@127.0.0.1/x",
        "http://[", "data:text/xml,x", "https://127.0.0.1:{port}/x.xsd", "http://127.0.0.1:99999/x",
    ],
)  # fmt: skip
def test_what_is_no_address_of_an_allowed_origin_is_refused(web: Web, tmp_path: Path, location: str) -> None:
    web.pages["/a.xsd"] = schema(location.replace("{port}", web.url.rpartition(":")[2]))
    assert problems(f"{web.url}/a.xsd", tmp_path / "c")
    assert web.asked == ["/a.xsd"]


def test_a_redirect_is_followed_to_an_allowed_origin_only(web: Web, other: Web, tmp_path: Path) -> None:
    other.pages["/x.xsd"] = EMPTY
    web.pages["/a.xsd"] = (302, {"Location": "/deep/b.xsd"}, b"")
    web.pages["/deep/b.xsd"] = schema("c.xsd")
    web.pages["/deep/c.xsd"] = (302, {"Location": f"{other.url}/x.xsd"}, b"")
    assert "is not an allowed origin" in problems(f"{web.url}/a.xsd", tmp_path / "c")
    assert other.asked == []
    stored = vendor(f"{web.url}/a.xsd", tmp_path / "d", allow=[other.url])
    assert [f.name for f in stored.files] == ["b.xsd", "x.xsd"]
    web.pages["/l.xsd"] = (302, {"Location": "/l.xsd"}, b"")
    assert "redirected too often" in problems(f"{web.url}/l.xsd", tmp_path / "e")


@pytest.mark.parametrize(
    "address",
    ["0.0.0.0", "169.254.169.254", "::ffff:169.254.1.1", "fe80::1", "224.0.0.1"],  # noqa: S104
)
def test_a_name_may_not_lead_to_an_address_that_no_name_is_for(
    web: Web, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    async def lookup(*_: object, **__: object) -> list[object]:
        return [(socket.AF_INET6 if ":" in address else socket.AF_INET, 1, 6, "", (address, 80))]

    monkeypatch.setattr("asyncio.base_events.BaseEventLoop.getaddrinfo", lookup)
    web.pages["/a.xsd"] = EMPTY  # on Linux 0.0.0.0 is this machine
    port = web.url.rpartition(":")[2]
    began = time.monotonic()
    assert "cannot be fetched" in problems(f"http://contracts.example.org:{port}/a.xsd", tmp_path / "c")
    assert web.asked == []
    assert time.monotonic() - began < 5


def test_a_name_is_looked_up_once(web: Web, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    async def lookup(*_: object, **__: object) -> list[object]:
        asked.append(1)
        return [(socket.AF_INET, 1, 6, "", ("127.0.0.1", 80))]

    monkeypatch.setattr("asyncio.base_events.BaseEventLoop.getaddrinfo", lookup)
    web.pages |= {"/a.xsd": schema("b.xsd"), "/b.xsd": EMPTY}
    vendor(f"http://contracts.example.org:{web.url.rpartition(':')[2]}/a.xsd", tmp_path / "c")
    assert web.asked == ["/a.xsd", "/b.xsd"]
    assert len(asked) == 1


def test_a_server_that_keeps_one_waiting_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("connectors.onboarding.fetch._SECONDS_EACH", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        began = time.monotonic()
        assert "took too long" in problems(
            f"http://127.0.0.1:{silent.getsockname()[1]}/a.xsd", tmp_path / "c"
        )
        assert time.monotonic() - began < 10


def test_all_that_is_in_the_way_is_said(web: Web, tmp_path: Path) -> None:
    web.pages["/a.xsd"] = schema("missing.xsd", "page.html", "dtd.xsd", "zip.xsd")
    web.pages["/page.html"] = "<html><body>Sign in</body></html>"
    web.pages["/dtd.xsd"] = '<!DOCTYPE s [<!ENTITY x "y">]>' + schema("&x;")
    web.pages["/zip.xsd"] = (200, {"Content-Encoding": "gzip"}, b"x")
    found = problems(f"{web.url}/a.xsd", tmp_path / "c")
    for part in (
        "HTTP status 404",
        "neither a WSDL 1.1 nor a schema",
        "not well-formed",
        "compressed",
        "asked for by",
    ):
        assert part in found


def test_a_document_type_that_nothing_needs_is_left_out(web: Web, tmp_path: Path) -> None:
    w3c = """<?xml version="1.0"?><!DOCTYPE schema PUBLIC "-//W3C//DTD XMLSchema 200102//EN"
      "http://127.0.0.1:1/XMLSchema.dtd" [ <!ATTLIST schema a CDATA #FIXED ']>'> <!-- it's ]> --> <!ENTITY % p ''> ]>"""
    web.pages["/a.xsd"] = w3c + EMPTY
    (file,) = vendor(f"{web.url}/a.xsd", tmp_path / "c").files
    assert file.notes
    assert "DOCTYPE" not in (tmp_path / "c" / file.name).read_text()


def test_bounds_of_count_and_size_are_kept(web: Web, tmp_path: Path) -> None:
    web.pages |= {f"/{i}.xsd": schema(f"{i + 1}.xsd") for i in range(50)}
    assert "imports deep" in problems(f"{web.url}/0.xsd", tmp_path / "c")
    web.pages |= {"/m.xsd": schema(*(f"n{i}.xsd" for i in range(250)))} | {
        f"/n{i}.xsd": EMPTY for i in range(250)
    }
    web.asked.clear()
    assert "more than 200 files" in problems(f"{web.url}/m.xsd", tmp_path / "c")
    assert len(web.asked) == 200
    web.pages["/big.xsd"] = b"<" + b" " * (17 << 20)
    assert "larger than" in problems(f"{web.url}/big.xsd", tmp_path / "c")


def test_a_folder_with_other_files_is_left_alone_and_a_vendored_one_replaced(
    web: Web, tmp_path: Path
) -> None:
    web.pages |= {"/a.xsd": schema("b.xsd"), "/b.xsd": EMPTY}
    folder = vendor(f"{web.url}/a.xsd", tmp_path / "c").folder
    web.pages["/a.xsd"] = EMPTY
    vendor(f"{web.url}/a.xsd", folder)
    assert {p.name for p in folder.iterdir()} == {"a.xsd", "SHA256SUMS", "vendored.json"}
    (folder / "mine.txt").write_text("x")
    with pytest.raises(ContractUnreadable, match=r"mine\.txt"):
        vendor(f"{web.url}/a.xsd", folder)


def test_a_contract_can_be_looked_at_without_being_kept(web: Web) -> None:
    web.pages["/a.yaml"] = "openapi: 3.1.0\npaths: {/a: {get: {}}}"
    with fetched(f"{web.url}/a.yaml") as stored:
        assert inspect_contract(stored.contract, folder=stored.folder).operations[0].path == "/a"
    assert not stored.folder.exists()


def test_a_file_is_stored_with_what_it_imports_by_address(web: Web, tmp_path: Path) -> None:
    (tmp_path / "in" / "deep").mkdir(parents=True)
    (tmp_path / "in" / "a.xsd").write_text(schema("deep/b c.xsd", f"{web.url}/d.xsd"))
    (tmp_path / "in" / "deep" / "b c.xsd").write_text(schema("../a.xsd"))
    web.pages["/d.xsd"] = EMPTY
    assert "is not an allowed origin" in problems(str(tmp_path / "in" / "a.xsd"), tmp_path / "c")
    stored = vendor(str(tmp_path / "in" / "a.xsd"), tmp_path / "c", allow=[web.url])
    assert [(f.name, f.url) for f in stored.files] == [
        ("a.xsd", "a.xsd"), ("b-c.xsd", "b c.xsd"), ("d.xsd", f"{web.url}/d.xsd"),
    ]  # fmt: skip
    assert str(tmp_path) not in "".join(p.read_text() for p in stored.folder.iterdir())


def test_a_file_leads_to_no_file_outside_its_folder_and_an_address_to_no_file(
    web: Web, tmp_path: Path
) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "out.xsd").write_text(EMPTY)
    main = tmp_path / "in" / "a.xsd"
    for location in ("../out.xsd", f"file://{tmp_path}/out.xsd", "file:///etc/passwd"):
        main.write_text(schema(location))
        assert "outside its folder" in problems(str(main), tmp_path / "c")
    (tmp_path / "in" / "b.xsd").write_text(EMPTY)
    web.pages["/a.xsd"] = schema((tmp_path / "in" / "b.xsd").as_uri())
    main.write_text(schema(f"{web.url}/a.xsd"))
    assert "only http and https" in problems(f"{web.url}/a.xsd", tmp_path / "c")
    assert "only http and https" in problems(str(main), tmp_path / "c", web.url)
