"""The commands on sources: what they refuse, in which words, and with which exit code."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from hub.cli import main
from hub.demo.practice import ENTERPRISES, practice_app
from tests.support.machine import free_port
from tests.support.skeletons import filled

PRACTICE = Path(practice_app.__code__.co_filename).parent
NUMBER = next(iter(ENTERPRISES))


class Register(BaseHTTPRequestHandler):
    """Answers with what the test put into `answer`: status, media type, body."""

    answer = (200, "application/json", b"{}")
    contract = b""

    def do_GET(self) -> None:
        status, kind, body = (
            self.answer if "enterprises" in self.path else (200, "application/yaml", self.contract)
        )
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def register() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Register)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A catalogue's folder with a contract in it, in the folder where commands are run."""
    contracts = tmp_path / "catalogue" / "contracts"
    contracts.mkdir(parents=True)
    for name in ("checkVatService.wsdl", "openapi.yaml"):
        (contracts / name).write_bytes((PRACTICE / name).read_bytes())
    monkeypatch.chdir(tmp_path)
    return tmp_path / "catalogue"


@pytest.fixture
def catalogue(folder: Path) -> Path:
    """The same, with the REST register declared."""
    assert run("new", "catalogue/contracts/openapi.yaml", "getEnterprise", "--id", "it", "--output", "catalogue/it.yaml") == 0  # fmt: skip
    file = folder / "it.yaml"
    file.write_text(filled(file.read_text("utf-8")), "utf-8")
    return folder


def run(*arguments: str) -> int:
    return main(["sources", *arguments])


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["inspect", "none.wsdl"], "none.wsdl"),
        (["inspect", "catalogue/contracts/checkVatService.wsdl", "other"], "it has: checkVat"),
        (["inspect", "http://127.0.0.1:1/a.wsdl"], "127.0.0.1:1"),
        (["vendor", "file:///etc/passwd", "catalogue/contracts/x"], "etc/passwd"),
        (["new", "catalogue/contracts/checkVatService.wsdl", "other"], "it has: checkVat"),
        (["new", "catalogue/contracts/checkVatService.wsdl", "checkVat", "--port", "no"], "no such operation"),
        (["new", "catalogue/contracts/none.wsdl", "checkVat"], "none.wsdl"),
        (["new", "https://register.example/a.wsdl", "checkVat"], "store the contract first: onlyonce sources vendor"),
        (["try", "it", "--subject-from", "none.txt"], "none.txt: cannot be read"),
        (["try", "other", "--subject-from", "-"], "no source other; it has: it"),
        (["try", "it", "--subject-from", "empty.txt"], "no number of a subject"),
        (["try", "it", "--subject-from", "number.txt", "--scheme", "ssin"], "name one --scheme: enterpriseNumber"),
        (["try", "it", "--subject-from", "number.txt", "--set", "a=b"], "the names are: "),
        (["try", "it", "--subject-from", "number.txt", "--set", "subject=1"], "the names are: "),
        (["try", "it", "--subject-from", "number.txt", "--attribute", "person.name"], "does not serve person.name"),
        (["verify", "other"], "no source other"),
    ],
)  # fmt: skip
def test_what_cannot_be_asked_is_said_and_the_exit_code_is_two(
    catalogue: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], says: str
) -> None:
    (catalogue.parent / "empty.txt").write_text("\n")
    (catalogue.parent / "number.txt").write_text(NUMBER)
    assert run(*arguments) == 2
    assert says in capsys.readouterr().err


def test_a_contract_outside_the_catalogue_is_no_contract_of_it(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("new", str(PRACTICE / "openapi.yaml"), "getEnterprise", "--catalogue", str(folder)) == 2
    assert "is not inside the catalogue's folder" in capsys.readouterr().err


def test_a_skeleton_is_not_written_over_another_file(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "it.yaml").write_text("mine")
    assert run("new", "catalogue/contracts/openapi.yaml", "getEnterprise", "--output", "catalogue/it.yaml") == 2  # fmt: skip
    assert "is not written over" in capsys.readouterr().err
    assert (folder / "it.yaml").read_text() == "mine"


def test_without_a_file_the_skeleton_alone_is_on_standard_output(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("new", "catalogue/contracts/openapi.yaml", "getEnterprise") == 0
    shown = capsys.readouterr()
    assert shown.out.startswith("# getEnterprise of Practice register")
    assert "get-enterprise:" in shown.out
    assert "blanks to fill in" in shown.err


def test_the_skeleton_knows_the_catalogue(catalogue: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert run("new", "catalogue/contracts/checkVatService.wsdl", "checkVat", "--id", "vat") == 0
    shown = capsys.readouterr().out
    assert "who keeps the source; the catalogue has: it-office" in shown
    assert "it serves this one already" in shown


def test_inspect_prints_json(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("inspect", "catalogue/contracts/openapi.yaml", "--json") == 0
    (operation,) = json.loads(capsys.readouterr().out)["operations"]
    assert operation["name"] == "getEnterprise"
    assert folder.is_dir()


@pytest.mark.parametrize(
    ("answer", "code", "says"),
    [
        ((200, "application/json", b'{"enterpriseNumber": "%s", "denomination": "A"}' % NUMBER.encode()), 0, "organisation.legalName"),
        ((200, "application/json", b'{"enterpriseNumber": "%s", "startDate": "soon"}' % NUMBER.encode()), 1, "BROKEN: organisation.startDate is no date"),
        ((200, "application/json", b'{"enterpriseNumber": "0001000880"}'), 1, "contractBroken"),
        ((404, "application/problem+json", b'{"title": "no"}'), 1, "subjectUnknown"),
        ((503, "text/html", b"<p>later</p>"), 1, "sourceUnavailable"),
    ],
)  # fmt: skip
def test_a_trial_ends_with_zero_only_if_all_went_well(  # noqa: PLR0917
    catalogue: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch,
    answer: tuple[int, str, bytes], code: int, says: str,
) -> None:  # fmt: skip
    (catalogue.parent / "number.txt").write_text(NUMBER)
    monkeypatch.setattr(Register, "answer", answer)
    with register() as address:
        monkeypatch.setenv("ONLYONCE_SOURCE_IT_URL", address)
        assert run("try", "it", "--subject-from", "number.txt") == code
    shown = capsys.readouterr()
    assert says in shown.out
    assert NUMBER not in shown.out + shown.err


def test_a_trial_says_from_when_the_source_says_it_is(
    catalogue: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    file = catalogue / "it.yaml"
    file.write_text(file.read_text().replace("    reply:\n", "    reply:\n      date: changed\n"))
    (catalogue.parent / "number.txt").write_text(NUMBER)
    body = json.dumps({"enterpriseNumber": NUMBER, "denomination": "A", "changed": "2026-02-11"}).encode()
    monkeypatch.setattr(Register, "answer", (200, "application/json", body))
    with register() as address:
        monkeypatch.setenv("ONLYONCE_SOURCE_IT_URL", address)
        assert run("try", "it", "--subject-from", "number.txt", "--show-values") == 0
    assert "from when the source says it is: 2026-02-11" in capsys.readouterr().out


def test_a_source_that_is_not_there_is_an_error_of_the_source(
    catalogue: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (catalogue.parent / "number.txt").write_text(NUMBER)
    monkeypatch.setenv("ONLYONCE_SOURCE_IT_URL", f"http://127.0.0.1:{free_port()}")
    assert run("try", "it", "--subject-from", "number.txt") == 1
    assert "ERROR  sourceUnavailable: it cannot be reached" in capsys.readouterr().out


def test_a_secret_that_nobody_keeps_is_named(catalogue: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = catalogue / "it.yaml"
    file.write_text(
        file.read_text().replace("method: GET", 'method: GET\n      headers: {X-Key: "{secret:it-key}"}')
    )
    (catalogue.parent / "number.txt").write_text(NUMBER)
    assert run("try", "it", "--subject-from", "number.txt") == 2
    assert "there is no secret it-key" in capsys.readouterr().err


def test_verify_says_what_a_change_breaks(
    catalogue: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    live = (PRACTICE / "openapi.yaml").read_bytes()
    with register() as address:
        file = catalogue / "it.yaml"
        file.write_text(
            file.read_text().replace(
                "    address:", f"    contractUrl: {address}/openapi.yaml\n    address:", 1
            )
        )
        monkeypatch.setattr(Register, "contract", live)
        assert run("verify", "it") == 0
        assert "the live contract is the stored one" in capsys.readouterr().out
        monkeypatch.setattr(Register, "contract", live.replace(b"denomination", b"name"))
        assert run("verify", "--json") == 1
        found = json.loads(capsys.readouterr().out)["sources"]["it"]
        assert found["breaking"]
        assert any("organisation.legalName" in key for change in found["changes"] for key in change["breaks"])
        monkeypatch.setattr(Register, "contract", b"<html>")
        assert run("verify", "it") == 2
    assert "could not be compared" in capsys.readouterr().out


def test_a_trial_logs_nothing_at_any_level(
    catalogue: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    (catalogue.parent / "number.txt").write_text(NUMBER)
    monkeypatch.setattr(
        Register, "answer", (200, "application/json", b'{"enterpriseNumber": "x", "denomination": "Baker"}')
    )
    caplog.set_level(0)
    with register() as address:
        monkeypatch.setenv("ONLYONCE_SOURCE_IT_URL", address)
        assert run("try", "it", "--subject-from", "number.txt", "--show-values") == 1
    assert NUMBER not in caplog.text
    assert "Baker" not in caplog.text
