"""The demo's four authentic sources, a port each, in one process: `python -m hub.demo.sources --ports 8701 8702 8703 8704`.

The national register and the tax administration speak SOAP by their contracts in `catalogue/contracts/`, the enterprise register and the
social security REST. Each source also answers `GET /health`, `GET /_calls` (how many calls it had, and with which case ids) and
`PUT /_behaviour` (`{"latencyMs": 50, "busy": true}`), for tests and for showing what a hub does with a slow or busy source.

No request is ever logged.
"""

import argparse
import asyncio
import itertools
import json
import sys
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from lxml import etree

from hub.demo import replies
from hub.demo.asgi import (
    PROBLEM,
    XML,
    Answer,
    App,
    Asked,
    application,
    json_answer,
    run,
    serving,
    until_stopped,
)
from hub.demo.catalogues import DEMO_CATALOGUE
from hub.demo.people import Population, population

SOURCES: Final = ("national-register", "tax-administration", "enterprise-register", "social-status")
"""The sources, in the order of their ports."""

PATHS: Final = {
    "national-register": "/national-register",
    "tax-administration": "/tax-administration",
    "enterprise-register": "",
    "social-status": "",
}
"""What follows host and port in each source's address."""

_ENTERPRISES: Final = "/v1/enterprises/"
_STATUSES: Final = "/v1/statuses/get"
_REMEMBERED_CASES: Final = 100_000


@dataclass(slots=True)
class Behaviour:
    """How a source behaves: how long it takes (milliseconds), and whether it says that it is busy."""

    latency_ms: float = 0.0
    busy: bool = False


@dataclass(slots=True)
class Calls:
    """What a source was asked. Cases are those of the last 100,000 calls that named one."""

    count: int = 0
    cases: deque[str] = field(default_factory=lambda: deque(maxlen=_REMEMBERED_CASES))

    def note(self, case: str | None) -> None:
        """Count one call."""
        self.count += 1
        if case:
            self.cases.append(case)


Answering = Callable[[Asked, "Desk"], Answer]


class Desk:
    """One source: what it knows, how it behaves, what it was asked."""

    def __init__(self, answering: Answering, people: Population, behaviour: Behaviour) -> None:
        """Index the population by number."""
        self.behaviour = behaviour
        self.calls = Calls()
        self.persons = {person.ssin: person for person in people.everybody}
        self.enterprises = {enterprise.enterprise_number: enterprise for enterprise in people.enterprises}
        self._answering = answering
        self._numbers = itertools.count(1)

    def reference(self) -> str:
        """A new reference of an answer."""
        return f"DEMO-{next(self._numbers):08d}"

    async def handle(self, asked: Asked) -> Answer:
        """Answer one HTTP request."""
        if asked.path.startswith("/_"):
            return self._manage(asked)
        if self.behaviour.latency_ms > 0:
            await asyncio.sleep(self.behaviour.latency_ms / 1000)
        return self._answering(asked, self)

    def _manage(self, asked: Asked) -> Answer:
        match asked.method, asked.path:
            case "GET", "/_calls":
                return json_answer({"calls": self.calls.count, "cases": list(self.calls.cases)})
            case "PUT", "/_behaviour":
                return self._behave(asked.body)
            case _:
                return _not_found()

    def _behave(self, body: bytes) -> Answer:
        try:
            wanted = json.loads(body)
            latency, busy = float(wanted.get("latencyMs", 0)), bool(wanted.get("busy", False))
        except (ValueError, TypeError, AttributeError):
            return Answer(replies.problem("badRequest", "Bad Request", 400), 400, PROBLEM)
        if not 0 <= latency <= 60_000:
            return Answer(replies.problem("badRequest", "Bad Request", 400), 400, PROBLEM)
        self.behaviour.latency_ms, self.behaviour.busy = latency, busy
        return json_answer({"latencyMs": latency, "busy": busy})


def _not_found() -> Answer:
    return Answer(replies.problem("resourceNotFound", "Not Found", 404), 404, PROBLEM)


def _contract_or_nothing(asked: Asked, contract: str) -> Answer | None:
    """The contract for `GET`; nothing for a call."""
    if asked.method == "POST":
        return None
    if asked.method == "GET":
        return Answer((DEMO_CATALOGUE / "contracts" / contract).read_bytes(), content_type=XML)
    return Answer(b"", 405)


def _request(body: bytes, name: str) -> Any:
    """The request's element of this name in its namespace, or nothing."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        return etree.fromstring(body, parser).find(f".//{name}")
    except etree.XMLSyntaxError:
        return None


def _national_register(asked: Asked, desk: Desk) -> Answer:
    contract = _contract_or_nothing(asked, "national-register.wsdl")
    if contract is not None:
        return contract
    request = _request(asked.body, "{urn:onlyonce:demo:national-register:v1}GetPerson")
    if request is None:
        return Answer(replies.soap_fault("not a GetPerson"), 500, XML)
    desk.calls.note(request.findtext("{*}Context/{*}CaseId"))
    if desk.behaviour.busy:
        return Answer(
            replies.register_error("NR-503", "Too many requests", desk.reference()), content_type=XML
        )
    person = desk.persons.get(request.findtext("{*}NationalNumber", ""))
    if person is None:
        return Answer(replies.register_error("NR-404", "Unknown person", desk.reference()), content_type=XML)
    return Answer(replies.person_reply(person, desk.reference()), content_type=XML)


def _tax_administration(asked: Asked, desk: Desk) -> Answer:
    contract = _contract_or_nothing(asked, "tax-administration.wsdl")
    if contract is not None:
        return contract
    request = _request(asked.body, "{urn:onlyonce:demo:tax-administration:v1}GetAssessment")
    if request is None:
        return Answer(replies.soap_fault("not a GetAssessment"), 500, XML)
    desk.calls.note(request.findtext("{*}CaseId"))
    if desk.behaviour.busy:
        return Answer(
            replies.tax_failure("TRY_LATER", "Too many requests", desk.reference()), content_type=XML
        )
    person = desk.persons.get(request.findtext("{*}Taxpayer", ""))
    year = request.findtext("{*}IncomeYear", "")
    found = replies.assessment_reply(person, int(year)) if person and year.isdecimal() else None
    if found is None:
        found = replies.tax_failure("NO_ASSESSMENT", "No assessment for this year", desk.reference())
    return Answer(found, content_type=XML)


def _enterprise_register(asked: Asked, desk: Desk) -> Answer:
    number = asked.path.removeprefix(_ENTERPRISES)
    if asked.method != "GET" or number == asked.path:
        return _not_found()
    desk.calls.note(None)
    if desk.behaviour.busy:
        busy = replies.problem("tooManyRequests", "Too Many Requests", 429)
        return Answer(busy, 429, PROBLEM, (("retry-after", "1"),))
    enterprise = desk.enterprises.get(number)
    if enterprise is None:
        return _not_found()
    return Answer(replies.enterprise_reply(enterprise, desk.reference()))


def _social_status(asked: Asked, desk: Desk) -> Answer:
    if asked.method != "POST" or asked.path != _STATUSES:
        return _not_found()
    try:
        question = json.loads(asked.body)
        ssin, case = str(question["ssin"]), question.get("caseId")
    except (ValueError, KeyError, TypeError, AttributeError):
        return Answer(replies.problem("badRequest", "Bad Request", 400), 400, PROBLEM)
    desk.calls.note(str(case) if case else None)
    if desk.behaviour.busy:
        return Answer(replies.statuses_error("TOO_BUSY", desk.reference()))
    person = desk.persons.get(ssin)
    if person is None:
        return Answer(replies.statuses_error("PERSON_UNKNOWN", desk.reference()))
    return Answer(replies.statuses_reply(person, desk.reference()))


_ANSWERING: Final[dict[str, Answering]] = {
    "national-register": _national_register,
    "tax-administration": _tax_administration,
    "enterprise-register": _enterprise_register,
    "social-status": _social_status,
}


def source_app(source: str, people: Population, *, latency_ms: float = 0.0) -> App:
    """One source as an ASGI application. Raises `KeyError` for a source that the demo does not have."""
    return application(Desk(_ANSWERING[source], people, Behaviour(latency_ms)).handle)


async def serve(ports: Sequence[int], *, seed: int = 1, size: int = 60, latency_ms: float = 0.0) -> None:
    """Serve the four sources on these ports of 127.0.0.1 until SIGTERM; says `ready` and the ports on standard error."""
    people = population(seed, size)
    apps = [source_app(source, people, latency_ms=latency_ms) for source in SOURCES]
    async with serving(list(zip(apps, ports, strict=True))) as taken:
        sys.stderr.write(f"ready {' '.join(map(str, taken))}\n")
        sys.stderr.flush()
        await until_stopped()


def main(arguments: Sequence[str] | None = None) -> None:
    """Read the command line and serve."""
    parser = argparse.ArgumentParser(
        prog="python -m hub.demo.sources", description="The demo's authentic sources."
    )
    parser.add_argument(
        "--ports",
        type=int,
        nargs=4,
        default=(8701, 8702, 8703, 8704),
        metavar="PORT",
        help=", ".join(SOURCES),
    )
    parser.add_argument("--seed", type=int, default=1, help="of the synthetic people")
    parser.add_argument("--size", type=int, default=60, help="how many people")
    parser.add_argument("--latency-ms", type=float, default=0.0, help="how long each answer takes")
    chosen = parser.parse_args(arguments)
    run(lambda: serve(chosen.ports, seed=chosen.seed, size=chosen.size, latency_ms=chosen.latency_ms))


if __name__ == "__main__":
    main()
