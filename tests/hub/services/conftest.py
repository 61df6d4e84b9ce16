"""The services over real parts: a real log and real consents in SQLite, the real policies, the demo's catalogue. Only sources are in memory."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from joserfc.jwk import ECKey
from sqlalchemy import Engine

from audit import CompletenessProver, History, Line, Officials, Prover, UsageLog
from connectors import Enquiry, Identifier, Reading, Value
from connectors.memory import MemorySource
from consent import ConsentStore
from hub.assembly.log import grants
from hub.catalogue import Catalogue, load
from hub.database import migrate, open_engine
from hub.demo.catalogues import write_demo_catalogue
from hub.demo.people import population
from hub.identity import (
    Handles,
    LoginUnavailable,
    MandateStore,
    Person,
    TokenExpired,
    TokenInvalid,
    Vault,
    hash_secret,
)
from hub.keys import KeyFolder
from hub.services.acting_for import ActingFor
from hub.services.acts import Acts
from hub.services.consent_requests import ConsentRequests
from hub.services.consents import Consents
from hub.services.consultation import Consultation
from hub.services.emergencies import Emergencies
from hub.services.entries import Journal
from hub.services.explanations import Explanations
from hub.services.mandates import Mandates
from hub.services.notices import Notices
from hub.services.policy_sets import PolicySets
from hub.services.prefill import Prefill, PrefillAnswer
from hub.services.proofs import LineProofs, PublishedKeys
from hub.services.receipts import Receipts
from hub.services.registers import Registers
from hub.services.representing import Representing
from hub.services.requests import PrefillRequest
from hub.services.seals import SealOrders, Seals
from hub.services.usage import Usage
from hub.services.who import Who
from policies import Decision, PolicyUnavailable, load_policies
from policies.embedded import EmbeddedDecisionPoint

CITIZEN, OTHER, COLLEAGUE = (one.ssin for one in population().persons[:3])
COMPANY = population().enterprises[0].enterprise_number
VALUES: dict[str, Value] = {
    "person.familyName": "Érable",
    "person.givenNames": ["Un", "Deux"],
    "person.birthDate": "2001-02-03",
    "person.address": {"street": "Rue de l'Exemple"},
    "person.taxableIncome": "19375.51",
    "person.increasedReimbursement": True,
    "person.jobSeeker": False,
}


_WHOSE = {
    "citizen": CITIZEN, "weak": CITIZEN, "insider": CITIZEN, "other": OTHER, "agent": OTHER, "rescuer": OTHER, "colleague": COLLEAGUE,
}  # fmt: skip


class Clock:
    """A clock that tests move by hand."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 3, 10, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def pass_by(self, **time: float) -> None:
        self.now += timedelta(**time)


class Logins:
    """Tokens of the login that tests make up: `citizen`, who logged in strongly, or `weak`; `other`, `agent` (of one office), `rescuer` and `colleague` (of the town), `insider` (the citizen, who works for the town), `expired`, `down`."""

    def __init__(self, office: str, town: str = "") -> None:
        self.offices = {"agent": office, "rescuer": town, "colleague": town, "insider": town}

    async def start(self) -> None: ...

    async def close(self) -> None: ...

    async def verify(self, token: str, *, audience: str) -> Person:
        if token == "expired":
            raise TokenExpired
        if token == "down":
            raise LoginUnavailable
        if token not in _WHOSE:
            raise TokenInvalid
        until = datetime(2030, 1, 1, tzinfo=UTC)
        offices = frozenset({self.offices[token]}) if token in self.offices else frozenset()
        return Person(
            _WHOSE[token], 200 if token == "weak" else 450, frozenset({COMPANY}), until, agent_of=offices
        )


@dataclass
class Decisions:
    """The real engine, which a test can make fail."""

    engine: EmbeddedDecisionPoint
    down: bool = False
    questions: list[object] = field(default_factory=list)

    @property
    def revision(self) -> str:
        return self.engine.revision

    async def decide(self, question: object) -> Decision:
        self.questions.append(question)
        if self.down:
            raise PolicyUnavailable("down")
        return await self.engine.decide(question)  # type: ignore[arg-type]

    async def healthy(self) -> bool:
        return not self.down

    async def start(self) -> None: ...

    async def close(self) -> None: ...


def held(source: MemorySource) -> asyncio.Event:
    """Have a source answer only once this has happened."""
    let_go, answer = asyncio.Event(), source._answer

    async def wait(enquiry: Enquiry) -> Reading:
        reading = await answer(enquiry)
        await let_go.wait()
        return reading

    source._answer = wait  # type: ignore[method-assign]
    return let_go


@dataclass
class House:
    """The services of one hub, and its sources."""

    prefill: Prefill
    usage: Usage
    consents: Consents
    log: UsageLog
    journal: Journal
    catalogue: Catalogue
    sources: dict[str, MemorySource]
    decisions: Decisions
    engine: Engine
    clock: Clock
    seals: Seals
    orders: SealOrders
    emergencies: Emergencies
    notices: Notices
    officials: Officials
    mandates: Mandates
    representing: Representing
    consent_requests: ConsentRequests

    def agents(self) -> dict[str, str]:
        """The officials in the citizen's latest line."""
        latest = self.lines()[:1]
        return dict(self.officials.of(latest).get(latest[0].index, {}))

    def request(self, form: str = "study-grant", *fields: str, **changes: object) -> PrefillRequest:
        scheme, number = ("enterpriseNumber", COMPANY) if form == "company-subsidy" else ("ssin", CITIZEN)
        asked = PrefillRequest(
            form, Identifier(scheme, number), fields or None, "citizen", "web", actor_token="citizen"
        )
        return replace(asked, **changes)  # type: ignore[arg-type]

    async def ask(
        self, form: str = "study-grant", *fields: str, client: str | None = None, **changes: object
    ) -> PrefillAnswer:
        running = client or next(c.id for c in self.catalogue.clients.values() if form in c.forms)
        return await self.prefill(running, self.request(form, *fields, **changes))

    def lines(self, number: str = CITIZEN, scheme: str = "ssin") -> tuple[Line, ...]:
        handle = self.journal.subject(Identifier(scheme, number))
        return self.log.read_subject(handle, before=None, limit=100).lines

    def asked_of_sources(self) -> set[str]:
        return {
            name
            for source in self.sources.values()
            for enquiry in source.enquiries
            for name in enquiry.attributes
        }

    async def agree(self, activity: str = "sports-discount") -> str:
        subject = Identifier("ssin", CITIZEN)
        notice = self.consents.notice(activity, "fr")
        view = await self.consents.give(
            subject, activity_id=activity, language="fr", notice_hash=notice.version_hash
        )
        return view.record.id


@pytest.fixture(scope="session")
def demo_catalogue(tmp_path_factory: pytest.TempPathFactory) -> Catalogue:
    folder = tmp_path_factory.mktemp("catalogue")
    key = ECKey.import_key(ec.generate_private_key(ec.SECP256R1()))
    jwk = {**key.as_dict(private=False), "kid": key.thumbprint(), "alg": "ES256"}
    write_demo_catalogue(folder, jwk, hash_secret("a-secret-of-the-test"))
    return load(folder, admit_test_numbers=True)


@pytest.fixture(scope="session")
def handles() -> Handles:
    return Handles(rsa.generate_private_key(65537, 2048))


@pytest.fixture
def new_history(house: House, tmp_path: Path) -> Callable[[], History]:
    """Opens the log's history, as a command beside the hub does."""
    return lambda: History(house.engine, KeyFolder(tmp_path / "keys").epochs)


@pytest.fixture
async def house(tmp_path: Path, demo_catalogue: Catalogue, handles: Handles) -> AsyncIterator[House]:
    url = f"sqlite:///{tmp_path / 'hub.sqlite3'}"
    migrate(url)
    engine, keys, clock = open_engine(url), KeyFolder(tmp_path / "keys"), Clock()
    store = ConsentStore(keys.consents, issuer="https://hub.example", clock=clock)

    ids = (f"{n:032x}" for n in itertools.count(1))
    new_id: Callable[[], str] = ids.__next__
    kept = MandateStore(Vault(keys.identity, "mandates"), clock)
    log = UsageLog(engine, keys=keys.epochs, grants=grants(store, kept), clock=clock)
    journal, acts = Journal(log, handles, demo_catalogue, new_id), Acts(log, handles, new_id)
    about_consents: dict[str, Any] = {
        "catalogue": demo_catalogue, "handles": handles, "journal": journal, "connect": engine.connect, "clock": clock,
        "new_id": new_id, "vault": Vault(keys.identity, "consents"), "address": "https://hub.example",
        "remind": timedelta(days=30),
    }  # fmt: skip
    consents = Consents(store, **about_consents)
    consent_requests = ConsentRequests(store, ask_again=timedelta(days=180), **about_consents)
    sources = {
        name: MemorySource(
            name,
            {CITIZEN: VALUES, COMPANY: {"organisation.legalName": "Ateliers Exemple"}},
            attributes=frozenset(a for a, s in demo_catalogue.serving.items() if s == name),
            clock=clock,
        )
        for name in demo_catalogue.sources
    }
    decisions = Decisions(EmbeddedDecisionPoint(load_policies()))
    await log.start()
    # Such a copy learns of a change when an entry meets it, and never by itself.
    seals = Seals(engine.connect, clock, every_s=3600)
    await seals.start()
    logins = Logins(
        *(demo_catalogue.controllers[name].enterprise_number for name in ("grants-office", "municipality"))
    )
    audience = "https://hub.example/api/prefill"
    emergencies = Emergencies(
        journal, catalogue=demo_catalogue, logins=logins, audience=audience, connect=engine.connect, clock=clock,
        new_id=new_id, lifetime=timedelta(minutes=30),
    )  # fmt: skip
    registers = Registers(sources, catalogue=demo_catalogue, journal=journal, acts=acts, new_id=new_id)
    mandates = Mandates(
        kept, catalogue=demo_catalogue, acts=acts, connect=engine.connect, clock=clock, new_id=new_id, wait_s=0.0
    )  # fmt: skip
    representing = Representing(
        kept, registers, vault=Vault(keys.identity, "children"), catalogue=demo_catalogue, journal=journal, acts=acts,
        connect=engine.connect, clock=clock, new_id=new_id,
    )  # fmt: skip
    acting_for = ActingFor(
        kept, registers, catalogue=demo_catalogue, acts=acts, journal=journal, connect=engine.connect, clock=clock
    )  # fmt: skip
    who = Who(
        catalogue=demo_catalogue, journal=journal, logins=logins, seals=seals, emergencies=emergencies, new_id=new_id,
        clock=clock, audience=audience, acting_for=acting_for,
    )  # fmt: skip
    prefill = Prefill(
        catalogue=demo_catalogue, decisions=decisions, consultation=Consultation(sources, demo_catalogue), journal=journal, who=who,
        acts=acts, consents=consents, seals=seals, clock=clock, new_id=new_id, asserted_cap=2,
        receipts=Receipts(keys.receipts, issuer="https://hub.example", lifetime=timedelta(days=90), clock=clock),
    )  # fmt: skip
    history = History(engine, keys.epochs)
    explanations = Explanations(demo_catalogue, PolicySets(load_policies, lambda _: None))
    published = PublishedKeys(log=("hub.example/log+00000000+AQ==",), witnesses=(), quorum=0, handles=b"")
    prover = Prover(engine, keys.epochs)
    proofs = LineProofs(prover, journal, lambda: published, CompletenessProver(engine, prover))
    usage = Usage(
        log, journal, demo_catalogue, history=history, explanations=explanations, proofs=proofs, representing=representing
    )  # fmt: skip
    orders = SealOrders(journal, connect=engine.connect, clock=clock, wait_s=0.0)
    yield House(
        prefill, usage, consents, log, journal, demo_catalogue, sources, decisions, engine, clock, seals, orders,
        emergencies, Notices(journal, connect=engine.connect, clock=clock), Officials(engine, keys.epochs),
        mandates, representing, consent_requests,
    )  # fmt: skip
    await seals.close()
    await log.close()
    engine.dispose()
