"""The only place where parts are put together: it alone names engines, protocols and drivers."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Final

import structlog
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sqlalchemy import Engine, text

from audit import (
    BlindKey,
    CompletenessProver,
    Cosigning,
    History,
    Indexer,
    KeptNote,
    LogSettings,
    Officials,
    Proofs,
    Prover,
    Published,
    RotatingSigner,
    Search,
    UsageLog,
    checkpoint,
    cosigned_note,
    note_in,
    write_whole,
)
from connectors import Source, SourceDeclaration
from connectors.rest import RestSource
from connectors.security import SecretFiles
from connectors.soap import SoapSource
from consent import ConsentStore
from hub.api import verifier
from hub.api.parts import Parts
from hub.catalogue import Catalogue, load
from hub.database import check_schema, open_engine
from hub.house import House
from hub.identity import (
    AccessTokens,
    ClaimNames,
    ClientAuthenticator,
    Handles,
    Logins,
    LoginTokens,
    LoginUnavailable,
    Person,
    Portals,
    PortalsInvalid,
    RegisteredClient,
    check_keyprints,
)
from hub.keys import KeyFolder, KeysUnusable
from hub.oversight import fetch
from hub.randomness import new_id, new_uuid, token_bytes
from hub.services.activation import Activations, Beginning
from hub.services.consents import Consents
from hub.services.consultation import Consultation
from hub.services.deferrals import Deferrals
from hub.services.emergencies import Emergencies
from hub.services.entries import Journal
from hub.services.erasure_receipts import ErasureReceipts
from hub.services.evaluation import Evaluations
from hub.services.explanations import Explanations
from hub.services.forgetting import Forgetting
from hub.services.grants import Grants
from hub.services.health import Health
from hub.services.indexing import Indexing
from hub.services.inspection import Inspections
from hub.services.key_rounds import KeyRounds
from hub.services.log_tree import LogTree
from hub.services.map_upkeep import MapUpkeep
from hub.services.policy_sets import PolicySets
from hub.services.policy_watch import PolicyWatch, Stamp, stamp_of
from hub.services.portal_usage import PortalUsage
from hub.services.prefill import Prefill
from hub.services.proofs import LineProofs, PublishedKeys
from hub.services.reading import Reads
from hub.services.readings import Readings
from hub.services.receipts import Receipts
from hub.services.seals import Seals
from hub.services.signing_keys import SigningKeyWatch
from hub.services.source_status import StatusFile
from hub.services.usage import Usage
from hub.services.who import Who
from hub.services.witness_list import quorum_of, read_places
from hub.services.witnesses import Witnesses
from hub.settings import Settings, SettingsInvalid
from hub.shredlist import ShredList
from policies import DecisionPoint, PolicySet, read_policies
from policies.changeover import Changeover
from policies.embedded import EmbeddedDecisionPoint
from policies.opa import OpaDecisionPoint
from policies.trial import try_out

_PROTOCOLS: Final[Mapping[str, type[SoapSource] | type[RestSource]]] = {
    "soap": SoapSource,
    "rest": RestSource,
}
_RECORDING_S: Final = 1.0
"""What a prefill may take besides its sources, in seconds, before its consultation counts as given up."""
_log = structlog.get_logger("hub")


class NoLogin:
    """Stands where no login is configured: no token can be verified."""

    async def start(self) -> None:
        """Nothing to open."""

    async def close(self) -> None:
        """Nothing to close."""

    async def verify(self, token: str, *, audience: str) -> Person:  # noqa: ARG002
        """Nobody can be verified."""
        raise LoginUnavailable


def now() -> datetime:
    """The present time, aware, in UTC."""
    return datetime.now(UTC)


def assemble(settings: Settings) -> House:
    """Put the hub together from its settings.

    Raises:
        CatalogueInvalid, PolicyInvalid, KeysUnusable, KeysForeign, SchemaOutOfDate: saying what is wrong.
    """
    catalogue = load(settings.catalogue, admit_test_numbers=settings.admit_test_numbers)
    _check_patience(settings, catalogue)
    stamp = stamp_of(settings.policies)  # before it is read: what is put there meanwhile is new
    policy_set = _policies(settings)
    keys = KeyFolder(settings.keys)
    _name_log(settings)
    engine = open_engine(settings.database_url, create=False)
    check_schema(engine)
    check_keyprints(engine, keys.fingerprints)

    handles = Handles(keys.handles)
    store = ConsentStore(keys.consents, issuer=settings.public_url, clock=now)
    log = _usage_log(settings, engine, keys, store)
    witnesses = _witnesses(settings, engine, keys)
    seals = Seals(engine.connect, now)
    logins = _logins(settings)
    sources = {name: _source(settings, declaration) for name, declaration in catalogue.sources.items()}
    receipts = Receipts(
        keys.receipts,
        issuer=settings.public_url,
        lifetime=timedelta(days=settings.receipt_lifetime_days),
        clock=now,
        random=token_bytes,
    )
    tokens = AccessTokens(
        keys.tokens,
        issuer=settings.public_url,
        clock=now,
        lifetime=timedelta(seconds=settings.token_lifetime_s),
    )
    journal = Journal(log, handles, catalogue, new_id)
    activations = Activations(journal, engine.connect, new_id(), now)
    decisions = Changeover(
        policy_set, partial(_decision_point, settings), activations.policies, at_once=settings.opa_url is None
    )
    watch = _policy_watch(settings, decisions, stamp)
    consents = Consents(
        store,
        catalogue=catalogue,
        handles=handles,
        journal=journal,
        connect=engine.connect,
        clock=now,
        new_id=new_id,
    )
    emergencies = Emergencies(
        journal, catalogue=catalogue, logins=logins, audience=settings.actor_audience, connect=engine.connect,
        clock=now, new_id=new_id, lifetime=timedelta(minutes=settings.emergency_minutes),
    )  # fmt: skip
    who = Who(
        catalogue=catalogue, journal=journal, logins=logins, seals=seals, emergencies=emergencies, new_id=new_id, clock=now,
        audience=settings.actor_audience,
    )  # fmt: skip
    prefill = Prefill(
        catalogue=catalogue, decisions=decisions, consultation=Consultation(sources, catalogue), journal=journal, who=who,
        consents=consents, seals=seals, receipts=receipts, clock=now, new_id=new_id,
        asserted_cap=settings.asserted_subjects_per_day,
    )  # fmt: skip
    evaluations = Evaluations(
        catalogue=catalogue,
        decisions=decisions,
        logins=logins,
        clock=now,
        actor_audience=settings.actor_audience,
    )
    proofs = Proofs(engine, _published(settings))
    parts = Parts(
        settings=settings, catalogue=catalogue, tokens=tokens, clients=_authenticator(settings, catalogue, engine),
        logins=logins, prefill=prefill, emergencies=emergencies, evaluations=evaluations, usage=_usage(settings, log, journal, catalogue, engine, keys), consents=consents,
        portals=_portals(settings, log, journal, catalogue, history=History(engine, keys.epochs), logins=logins),
        health=Health([_database_answers(engine), decisions.healthy, witnesses.unopposed], [all_work(tuple(sources.values())), watch.well, witnesses.well]),
        log_tree=LogTree(proofs, log_origin(settings), lambda: keys.log.public),
        inspections=_inspections(settings, log, journal, catalogue, engine, keys),
        public_keys=lambda: {"keys": [*tokens.jwks()["keys"], receipts.public_jwk, store.public_jwk]},
        verify_page=lambda: verifier.page(published_keys(settings, keys).pinned()),
    )  # fmt: skip
    status = StatusFile(tuple(sources.values()), settings.status, now)
    first = (
        witnesses,  # what they hold of the log is asked before it is appended to
        log,
        key_rounds(settings, engine, keys, journal=journal, catalogue=catalogue),
        seals,
        Beginning(activations, catalogue, policy_set),
        Deferrals(journal, log, connect=engine.connect, clock=now),
        decisions,
        logins,
        watch,
        MapUpkeep(log, journal, engine, every_s=settings.map_interval_s, clock=now),
        SigningKeyWatch(keys.log, log_origin(settings), journal, proofs),
        Indexing(Indexer(engine, keys.epochs, BlindKey(keys.blind)), every_s=settings.log_index_s),
    )
    return House(parts, first, tuple(sources.values()), engine, status, set())


def _check_patience(settings: Settings, catalogue: Catalogue) -> None:
    """Refuse a source that may answer after its consultation was given up: every prefill that waits for it would be refused."""
    patience = settings.orphan_after_s - _RECORDING_S
    slow = sorted(name for name, source in catalogue.sources.items() if source.limits.deadline > patience)
    if slow:
        raise SettingsInvalid(
            {
                "ONLYONCE_ORPHAN_AFTER_S": f"must be {_RECORDING_S:g} s longer than the deadline of {', '.join(slow)}"
            }
        )


def _usage_log(settings: Settings, engine: Engine, keys: KeyFolder, store: ConsentStore) -> UsageLog:
    return UsageLog(
        engine,
        keys=keys.epochs,
        grants=Grants(store),
        clock=now,
        signer=RotatingSigner(log_origin(settings), keys.log),
        kept=KeptNote(settings.kept_checkpoint),
        settings=LogSettings(
            queue=settings.log_queue,
            orphan_after=timedelta(seconds=settings.orphan_after_s),
            checkpoint_every=settings.checkpoint_interval_s,
            deadline=settings.log_deadline_s,
        ),
    )


def _witnesses(settings: Settings, engine: Engine, keys: KeyFolder) -> Witnesses:
    cosigning = Cosigning(
        engine,
        log_origin(settings),
        lambda: keys.log.public,
        KeptNote(settings.kept_checkpoint),
    )
    return Witnesses(
        cosigning,
        read_places(settings),
        every=settings.checkpoint_interval_s,
        patience=settings.witness_patience_s,
        clock=now,
    )


def key_rounds(
    settings: Settings, engine: Engine, keys: KeyFolder, *, journal: Journal, catalogue: Catalogue
) -> KeyRounds:
    """What looks after the keys of the log, and destroys them."""
    receipts = ErasureReceipts(
        keys.receipts, issuer=settings.public_url, ring=keys.epochs, epoch_days=settings.key_epoch_days, clock=now
    )  # fmt: skip
    forgetting = Forgetting(
        journal, catalogue=catalogue, connect=engine.connect, shreds=ShredList(settings.shreds), receipts=receipts,
        audience=settings.public_url, clock=now, new_id=new_id,
    )  # fmt: skip
    return KeyRounds(
        engine, keys.epochs, journal=journal, forgetting=forgetting, clock=now, epoch_days=settings.key_epoch_days,
        every_s=settings.key_rounds_s,
    )  # fmt: skip


def _name_log(settings: Settings) -> None:
    """Keep the log's name from its first start on: it stays the same log when the hub's address changes."""
    if settings.named_log.exists():
        return
    kept = settings.kept_checkpoint
    name = log_origin(settings)
    if kept.exists():
        name = checkpoint.read_checkpoint(note_in(kept.read_text("utf-8"))).origin
    write_whole(settings.named_log, f"{name}\n")


def log_origin(settings: Settings) -> str:
    """The name under which the log's checkpoints are signed, as it is kept beside the keys; before its first start, what it will be: the
    hub's address without its scheme (C2SP tlog-checkpoint).

    Raises:
        KeysUnusable: what is kept there is no name.
    """
    if settings.named_log.exists():
        name = settings.named_log.read_text("utf-8").strip()
        if not checkpoint.is_key_name(name):
            raise KeysUnusable(f"{settings.named_log}: is not the name of a log")
        return name
    return settings.public_url.split("://", 1)[1] + "/log"


def _usage(  # noqa: PLR0917 - what it is made of
    settings: Settings, log: UsageLog, journal: Journal, catalogue: Catalogue, engine: Engine, keys: KeyFolder
) -> Usage:
    def archive(revision: str) -> Mapping[str, bytes] | None:
        with engine.connect() as connection:
            return fetch(connection, "policies", revision)

    explanations = Explanations(catalogue, PolicySets(lambda: None, archive))
    prover = Prover(engine, keys.epochs, _published(settings))
    proofs = LineProofs(
        prover, journal, partial(published_keys, settings, keys), CompletenessProver(engine, prover)
    )
    return Usage(
        log,
        journal,
        catalogue,
        history=History(engine, keys.epochs),
        explanations=explanations,
        proofs=proofs,
    )


def _inspections(  # noqa: PLR0917 - what it is made of
    settings: Settings, log: UsageLog, journal: Journal, catalogue: Catalogue, engine: Engine, keys: KeyFolder
) -> Inspections:
    blind = BlindKey(keys.blind)
    return Inspections(
        log, search=Search(engine, keys.epochs, blind), history=History(engine, keys.epochs), journal=journal,
        readings=Readings(log, new_id), officials=Officials(engine, keys.epochs), blind=blind, catalogue=catalogue, operator=settings.operator, clock=now,
    )  # fmt: skip


def published_keys(settings: Settings, keys: KeyFolder) -> PublishedKeys:
    """The keys that proofs of lines are checked with."""
    handles = keys.handles.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    log = tuple(checkpoint.verifier_key(log_origin(settings), key) for key in reversed(keys.log.public))
    places = read_places(settings)
    witnesses = tuple(place.key.text() for place in places)
    return PublishedKeys(log=log, witnesses=witnesses, quorum=quorum_of(settings, places), handles=handles)


def _published(settings: Settings) -> Published:
    """The last checkpoint that enough witnesses cosigned, with their cosignatures."""
    places = read_places(settings)
    return partial(
        cosigned_note, witnesses=[place.key for place in places], quorum=quorum_of(settings, places)
    )


def _portals(
    settings: Settings, log: UsageLog, journal: Journal, catalogue: Catalogue, *, history: History, logins: Logins
) -> tuple[PortalUsage, Portals] | None:  # fmt: skip
    """What answers portals, and which of them; None where there is none."""
    if settings.find_usage_portals is None:
        return None
    try:
        portals = Portals.read(settings.find_usage_portals, now)
    except PortalsInvalid as error:
        raise SettingsInvalid({"ONLYONCE_FIND_USAGE_PORTALS": str(error)}) from None
    usage = PortalUsage(
        log, journal, catalogue, history=history, logins=logins, audience=settings.citizen_audience, clock=now
    )
    return usage, portals


def _decision_point(settings: Settings, policy_set: PolicySet) -> DecisionPoint:
    if settings.opa_url is None:
        return EmbeddedDecisionPoint(policy_set)
    return OpaDecisionPoint(
        str(settings.opa_url),
        policy_set.revision,
        deadline=settings.opa_deadline_s,
        told=partial(_tell_of_engine, policy_set.revision),
    )


def _tell_of_engine(revision: str, decides: bool, cause: str) -> None:
    """Say that the policy engine was lost, or is back. While the policies change, it decides by one of two revisions."""
    if decides:
        _log.warning("the policy engine decides again", revision=revision)
    else:
        _log.warning("the policy engine does not decide by these policies", revision=revision, cause=cause)


def _policies(settings: Settings) -> PolicySet:
    """The policy set; one of another make is tried before the engine in this process decides by it."""
    found = read_policies(settings.policies, key=settings.policies_key)
    if settings.policies is not None and settings.opa_url is None:
        try_out(found)
    return found


def _policy_watch(settings: Settings, changeover: Changeover, taken: Stamp) -> PolicyWatch:
    days = settings.policies_max_age_days
    return PolicyWatch(
        changeover,
        path=settings.policies,
        read=partial(_policies, settings),
        every=settings.policies_watch_s if settings.policies is not None else 0.0,
        patience=settings.policies_changeover_s,
        max_age=timedelta(days=days) if days is not None else None,
        clock=now,
        taken=taken,
    )


def _logins(settings: Settings) -> Logins:
    if settings.oidc_issuer is None:
        return NoLogin()
    return LoginTokens(
        issuer=settings.oidc_issuer,
        jwks_uri=settings.oidc_jwks_uri,
        audiences=frozenset({settings.actor_audience, settings.citizen_audience, settings.dpo_audience}),
        access_only=frozenset({settings.citizen_audience, settings.dpo_audience}),
        claims=ClaimNames(
            subject=settings.oidc_subject_claim,
            assurance=settings.oidc_assurance_claim,
            enterprises=settings.oidc_enterprises_claim,
            agent_of=settings.oidc_agent_claim,
            dpo_of=settings.oidc_dpo_claim,
        ),
        clock=now,
    )


def _authenticator(settings: Settings, catalogue: Catalogue, engine: Engine) -> ClientAuthenticator:
    def registered(client_id: str) -> RegisteredClient | None:
        client = catalogue.clients.get(client_id)
        if client is None:
            return None
        jwks = dict(client.jwks) if client.jwks is not None else None
        return RegisteredClient(client.id, client.method, jwks, client.secret_hash)

    audiences = frozenset({settings.public_url, f"{settings.public_url}/oauth2/token"})
    return ClientAuthenticator(registered, audiences=audiences, clock=now, engine=engine)


def _source(settings: Settings, declaration: SourceDeclaration) -> Source:
    return declared_source(settings, declaration, SecretFiles(settings.secrets), uuid=new_uuid)


def declared_source(
    settings: Settings, declaration: SourceDeclaration, secrets: Callable[[str], str], **parts: Any
) -> SoapSource | RestSource:
    """A source as it is declared, at the addresses that the operator set for it, if any. `parts`: as `DeclaredSource` takes them."""
    return _PROTOCOLS[declaration.protocol](
        declaration,
        address=settings.address_of(declaration.id),
        token_address=settings.address_of(f"{declaration.id}-token"),
        secrets=secrets,
        clock=now,
        **parts,
    )


def all_work(sources: tuple[Source, ...]) -> Callable[[], Awaitable[bool]]:
    """A check whether all these sources work, as far as they were asked."""

    async def check() -> bool:
        return all(source.health().works for source in sources)

    return check


def _database_answers(engine: Engine) -> Callable[[], Awaitable[bool]]:
    def ask() -> bool:
        with engine.connect() as connection:
            return connection.execute(text("SELECT 1")).scalar() == 1

    reads = Reads("health", threads=1)

    async def check() -> bool:
        return await reads(ask)

    return check
