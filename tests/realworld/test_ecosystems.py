"""The examples of `docs/ecosystems.md`, held to the published contracts."""

from pathlib import Path
from typing import Any

import pytest

from connectors import Enquiry, Identifier, SubjectUnknown, check_against_contract
from connectors.onboarding import inspect_contract
from connectors.rest import RestSource
from tests.support.ecosystems import QUESTION, declaration, declared
from tests.support.replay import Replay

PUBLISHED = ("magda-person", "handicap-files", "brp-persons")


@pytest.mark.parametrize("name", PUBLISHED)
def test_each_example_fits_its_published_contract(name: str, realworld: Path) -> None:
    assert check_against_contract(declaration(name, realworld)) == ()


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"request__path": "/persoon"}, "request.path: the contract has no such path; it has: /personen"),
        ({"request__method": "GET", "request__body": None, "subject": ["bsn"], "request__query": {"n": "{subject}"}}, "it has: POST"),
        ({"request__query": {"bsn": "x"}}, "request.query.bsn: the contract has no such query parameter; it has: none"),
        ({"request__body__type": "RaadpleegMetBsn"}, "request.body.type: the contract admits: Zoek"),
        ({"request__body__fields": None}, "request.body: the contract requires `fields`"),
        ({"request__body__bsn": "x"}, "request.body.bsn: the contract has no such member here"),
        ({"request__body__burgerservicenummer": "{subject}"}, "request.body.burgerservicenummer: the contract has a list"),
        ({"request__body__huisnummer": "12"}, "request.body.huisnummer: the contract has the type integer"),
        ({"reply__answer": "persoon"}, "reply.answer: the contract's answer has no `persoon`"),
        ({"reply__subject": "bsn"}, "reply.subject: the contract's answer has no `bsn`"),
        ({"attributes": {"person.familyName": {"path": "naam.achternaam"}}}, "attributes.person.familyName.path: the contract's answer has no `achternaam`"),
        ({"attributes": {"x": {"path": "nationaliteiten[].nationaliteit.naam"}}}, "attributes.x.path: the contract's answer has no `naam`"),
    ],
)  # fmt: skip
def test_a_declaration_that_does_not_fit_haal_centraal_is_told_where(
    changes: dict[str, Any], says: str, realworld: Path
) -> None:
    problems = [
        str(problem) for problem in check_against_contract(declaration("brp-persons", realworld, **changes))
    ]
    assert any(says in problem for problem in problems), problems


def test_every_path_of_haal_centraals_answer_can_be_declared(realworld: Path) -> None:
    """No leaf that the contract has is refused: each is one attribute of a declaration."""
    contract = realworld / declared()["brp-persons"]["contract"]
    reply = inspect_contract(contract, folder=realworld).operations[0].reply
    assert reply is not None
    paths = {".".join(path[2:]) for path, node in reply.walk() if len(path) > 2 and not node.children}
    attributes = {f"a{index}": {"path": path} for index, path in enumerate(sorted(paths))}
    assert len(attributes) > 300
    assert check_against_contract(declaration("brp-persons", realworld, attributes=attributes)) == ()


async def test_the_french_api_is_told_by_its_query_and_read(replay: Replay, realworld: Path) -> None:
    source = RestSource(
        declaration("enterprises-of-france", realworld),
        address=replay.siade,
        secrets={"api-entreprise": "t-1"}.__getitem__,
    )
    try:
        reading = await source.ask(Enquiry(Identifier("siren", "552049447"), source.attributes, QUESTION))
        assert reading.values["organisation.legalName"]
        with pytest.raises(SubjectUnknown):
            await source.ask(Enquiry(Identifier("siren", "999999999"), source.attributes, QUESTION))
    finally:
        await source.close()
