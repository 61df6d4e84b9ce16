"""`check` says what is wrong, also what only a contract shows, or how much there is."""

from pathlib import Path

from hub.catalogue.check import check
from hub.demo.catalogues import DEMO_CATALOGUE
from tests.hub.catalogue.small import SOUND, changed, line_of, write

CONTRACT = (DEMO_CATALOGUE / "contracts" / "tax-administration.wsdl").read_text("utf-8")
DEMO_SOURCES = (DEMO_CATALOGUE / "sources.yaml").read_text("utf-8")


def test_a_sound_catalogue_is_counted(tmp_path: Path) -> None:
    report = check(write(tmp_path))
    assert report.ok
    assert report.counts == {
        "controllers": 2,
        "sources": 2,
        "attributes": 4,
        "activities": 2,
        "forms": 3,
        "clients": 2,
        "logins": 0,
        "representation": 0,
    }
    assert "2 controllers, 2 sources, 4 attributes, 2 activities, 3 forms, 2 clients, 0 logins" in report.text
    assert report.revision is not None
    assert report.revision in report.text


def test_a_refused_catalogue_is_reported_line_by_line(tmp_path: Path) -> None:
    report = check(write(tmp_path, changed("forms: [sports]", "forms: [sport]")))
    assert not report.ok
    first, last = report.text.splitlines()
    assert first.startswith("all.yaml:")
    assert last == "The catalogue is refused: 1 problem."


def test_the_packaged_demo_catalogue_is_sound_with_its_contracts() -> None:
    assert check(DEMO_CATALOGUE).ok


def test_what_only_the_contract_shows_is_named_with_its_line(tmp_path: Path) -> None:
    for file in DEMO_CATALOGUE.rglob("*"):
        if file.is_file():
            write(tmp_path, file.read_bytes(), file.relative_to(DEMO_CATALOGUE).as_posix())
    text = DEMO_SOURCES.replace("operation: GetAssessment", "operation: GetAssesment")
    write(tmp_path, text, "sources.yaml")
    report = check(tmp_path)
    line = text[: text.index("operation: GetAssesment")].count("\n") + 1
    assert [(o.file, o.line) for o in report.offenders] == [("sources.yaml", line)]
    assert report.counts["sources"] == 4


def test_a_contract_that_is_not_there_is_named(tmp_path: Path) -> None:
    for file in DEMO_CATALOGUE.glob("*.yaml"):
        write(tmp_path, file.read_bytes(), file.name)
    report = check(tmp_path)
    assert {o.file for o in report.offenders} == {"sources.yaml"}
    assert len(report.offenders) == 2


def test_a_key_of_a_source_that_is_not_known_is_named(tmp_path: Path) -> None:
    report = check(write(tmp_path, changed("protocol: rest", "protocol: rest\n    proxy: none", SOUND)))
    assert report.offenders[0].message.startswith("source 'register': proxy: unknown key")


def test_a_blank_is_named_alone_and_not_what_is_wrong_because_of_it(tmp_path: Path) -> None:
    text = changed("controller: grants\n    address", "controller: FILL-IN\n    address")
    report = check(write(tmp_path, text))
    (offender,) = report.offenders
    assert offender.line == line_of("FILL-IN", text)
    assert offender.message == "sources.register.controller is still to be filled in (FILL-IN)"


def test_a_source_that_is_asked_by_a_number_of_its_own_is_sound_where_no_form_uses_it(tmp_path: Path) -> None:
    text = changed("fields: {legalName: organisation.legalName}", "fields: {name: organisation.other}")
    text = text.replace("subject: [enterpriseNumber]", "subject: [siren]", 1)
    assert any("organisation.other" in str(o) for o in check(write(tmp_path, text)).offenders)
    assert not any("siren" in str(o) for o in check(write(tmp_path, text)).offenders)


OPENAPI = """\
openapi: 3.1.0
info: {title: Register, version: "1"}
paths:
  /get:
    post:
      parameters: [{name: lang, in: query, schema: {type: string}}]
      requestBody: {content: {application/json: {schema: {type: object, required: [ssin], properties: {ssin: {type: string}}}}}}
      responses:
        "200":
          content:
            application/json:
              schema:
                type: object
                properties:
                  result: {type: object, properties: {name: {type: string}, health: {type: boolean}, convictions: {type: string}}}
"""


def test_a_rest_source_is_held_to_its_openapi_line_by_line(tmp_path: Path) -> None:
    write(tmp_path, OPENAPI, "contracts/register.yaml")
    with_contract = changed("protocol: rest", "protocol: rest\n    contract: contracts/register.yaml", SOUND)
    assert check(write(tmp_path, with_contract)).ok
    wrong = changed("person.familyName: {path: name}", "person.familyName: {path: nam}", with_contract)
    wrong = changed(
        'body: {ssin: "{subject}"}', 'body: {insz: "{subject}"}, query: {"taal?": "{purpose}"}', wrong
    )
    report = check(write(tmp_path, wrong))
    told = {(o.line, o.message.partition("; it has")[0]) for o in report.offenders}

    def line(text: str) -> int:
        return wrong[: wrong.index(text)].count("\n") + 1

    what = "source 'register': "
    assert told == {
        (
            line("path: nam}"),
            what + "attributes.person.familyName.path: the contract's answer has no `nam` there",
        ),
        (line("insz"), what + "request.body.insz: the contract has no such member here"),
        (line("insz"), what + "request.body: the contract requires `ssin` here"),
        (line("taal"), what + "request.query.taal?: the contract has no such query parameter"),
    }
