"""The only place where parts are put together: it alone names engines, protocols and drivers."""

from datetime import timedelta

from audit import Proofs
from consent import ConsentStore
from hub.api import verifier
from hub.api.cookies import Cookies
from hub.api.parts import Parts
from hub.assembly import identity, jobs, logins_at, reading
from hub.assembly.base import now, open_base
from hub.assembly.consents import consents_of
from hub.assembly.log import published, published_keys, usage_log, witnesses
from hub.assembly.naming import log_origin
from hub.assembly.policies import changeover, policies_of, policy_watch
from hub.assembly.representation import mandate_store, representation
from hub.assembly.sources import check_patience, declared_sources
from hub.catalogue import load
from hub.house import House
from hub.identity import Handles
from hub.randomness import new_id, token_bytes
from hub.services.activation import Activations, Beginning
from hub.services.acts import Acts
from hub.services.clients import RevokedClients
from hub.services.consultation import Consultation
from hub.services.deferrals import Deferrals
from hub.services.emergencies import Emergencies
from hub.services.entries import Journal
from hub.services.evaluation import Evaluations
from hub.services.health import Health
from hub.services.log_tree import LogTree
from hub.services.policy_watch import stamp_of
from hub.services.prefill import Prefill
from hub.services.rates import ClientRates
from hub.services.receipts import Receipts
from hub.services.seals import Seals
from hub.services.source_status import StatusFile
from hub.services.who import Who
from hub.settings import Settings


def assemble(settings: Settings) -> House:
    """Put the hub together from its settings.

    Raises:
        CatalogueInvalid, PolicyInvalid, KeysUnusable, KeysForeign, SchemaOutOfDate: saying what is wrong.
    """
    # 1. What it is told: the catalogue and the policies
    catalogue = load(settings.catalogue, admit_test_numbers=settings.admit_test_numbers)
    check_patience(settings, catalogue)
    stamp = stamp_of(settings.policies)  # before it is read: what is put there meanwhile is new
    policy_set = policies_of(settings)

    # 2. What it stands on: its keys and its database
    base = open_base(settings, catalogue)
    issuer, keys, connect = settings.public_url, base.keys, base.connect

    # 3. The log, what its entries rest on, and who witnesses it
    store = ConsentStore(keys.consents, issuer=issuer, clock=now)
    mandates = mandate_store(base)
    log = usage_log(base, store, mandates)
    witnessing = witnesses(base)
    proofs = Proofs(base.engine, published(settings))
    handles = Handles(keys.handles)
    journal, acts = Journal(log, handles, catalogue, new_id), Acts(log, handles, new_id)

    # 4. What decides
    activations = Activations(journal, connect, new_id(), now)
    decisions = changeover(settings, policy_set, activations)
    watch = policy_watch(settings, decisions, stamp)

    # 5. Who calls, and what is asked
    logins = identity.people(settings)
    sessions = identity.sessions(base)
    logging_in = logins_at.logging_in(base, sessions)
    tokens = identity.access_tokens(base)
    callers = identity.client_tokens(base, tokens)
    revoked = RevokedClients(connect)
    portals = identity.portals(settings)
    sources = declared_sources(settings, catalogue)
    asked = tuple(sources.values())
    acting = representation(base, mandates, journal, acts, sources)

    # 6. What the hub does for those who call
    seals = Seals(connect, now)
    receipts = Receipts(
        keys.receipts,
        issuer=issuer,
        lifetime=timedelta(days=settings.receipt_lifetime_days),
        clock=now,
        random=token_bytes,
    )
    consents, consent_requests = consents_of(base, store, handles, journal)
    emergencies = Emergencies(
        journal, catalogue=catalogue, logins=logins, audience=settings.actor_audience, connect=connect,
        clock=now, new_id=new_id, lifetime=timedelta(minutes=settings.emergency_minutes),
    )  # fmt: skip
    who = Who(
        catalogue=catalogue, journal=journal, logins=logins, seals=seals, emergencies=emergencies,
        acting_for=acting.acting_for, new_id=new_id, clock=now, audience=settings.actor_audience,
    )  # fmt: skip
    prefill = Prefill(
        catalogue=catalogue, decisions=decisions, consultation=Consultation(sources, catalogue), journal=journal,
        who=who, acts=acts, consents=consents, seals=seals, receipts=receipts, clock=now, new_id=new_id,
        asserted_cap=settings.asserted_subjects_per_day,
    )  # fmt: skip
    parts = Parts(
        settings=settings,
        catalogue=catalogue,
        tokens=tokens,
        callers=callers,
        clients=identity.clients(base),
        revoked=revoked,
        rates=ClientRates(catalogue, settings.client_rate),
        logins=logins,
        sessions=sessions,
        logging_in=logging_in,
        login_keys=logins_at.public_keys(base),
        cookies=Cookies(settings.public_url),
        prefill=prefill,
        emergencies=emergencies,
        evaluations=Evaluations(
            catalogue=catalogue, decisions=decisions, logins=logins, clock=now, actor_audience=settings.actor_audience
        ),
        usage=reading.usage(base, log, journal, acting.representing),
        inspections=reading.inspections(base, log, journal),
        consents=consents,
        consent_requests=consent_requests,
        mandates=acting.mandates,
        representing=acting.representing,
        portals=(reading.portal_usage(base, log, journal, logins), portals) if portals is not None else None,
        health=Health(
            [jobs.database_answers(base.engine), log.goes_on, decisions.healthy, witnessing.unopposed],
            [jobs.all_work(asked), watch.well, witnessing.well],
        ),
        log_tree=LogTree(proofs, log_origin(settings), lambda: keys.log.public),
        public_keys=lambda: {"keys": [*tokens.jwks()["keys"], receipts.public_jwk, store.public_jwk]},
        verify_page=lambda: verifier.page(published_keys(base).pinned()),
    )  # fmt: skip

    # 7. What is opened in this order, and runs beside them
    first = (
        witnessing,  # what they hold of the log is asked before it is appended to
        log,
        jobs.key_rounds(base, journal),
        seals,
        Beginning(activations, catalogue, policy_set),
        Deferrals(journal, log, connect=connect, clock=now),
        jobs.consent_deadlines(base, store, journal),
        decisions,
        logins,
        sessions,
        logging_in,
        callers,
        revoked,
        watch,
        jobs.map_upkeep(base, log, journal),
        jobs.signing_key_watch(base, journal, proofs),
        jobs.indexing(base),
        acting.upkeep,
    )
    return House(parts, first, asked, base.engine, StatusFile(asked, settings.status, now), set())
