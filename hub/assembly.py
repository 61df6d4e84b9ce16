"""The only place where parts are put together: it alone names engines, protocols and drivers."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Final

import structlog
from sqlalchemy import Engine, text

from audit import CheckpointSigner, History, KeptNote, LogSettings, UsageLog
from connectors import Source, SourceDeclaration
from connectors.rest import RestSource
from connectors.security import SecretFiles
from connectors.soap import SoapSource
from consent import ConsentStore
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
    RegisteredClient,
    check_keyprints,
)
from hub.keys import KeyFolder
from hub.oversight import fetch
from hub.randomness import new_id, new_uuid, token_bytes
from hub.services.activation import Activations, Beginning
from hub.services.consents import Consents
from hub.services.consultation import Consultation
from hub.services.emergencies import Emergencies
from hub.services.entries import Journal
from hub.services.evaluation import Evaluations
from hub.services.explanations import Explanations
from hub.services.grants import Grants
from hub.services.health import Health
from hub.services.policy_sets import PolicySets
from hub.services.policy_watch import PolicyWatch, Stamp, stamp_of
from hub.services.prefill import Prefill
from hub.services.reading import Reads
from hub.services.receipts import Receipts
from hub.services.seals import Seals
from hub.services.source_status import StatusFile
from hub.services.usage import Usage
from hub.services.who import Who
from hub.settings import Settings, SettingsInvalid
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
    engine = open_engine(settings.database_url, create=False)
    check_schema(engine)
    check_keyprints(engine, keys.fingerprints)

    handles = Handles(keys.handles)
    store = ConsentStore(keys.consents, issuer=settings.public_url, clock=now)
    log = _usage_log(settings, engine, keys, store)
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
        catalogue=catalogue, journal=journal, logins=logins, seals=seals, emergencies=emergencies, new_id=new_id,
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
    parts = Parts(
        settings=settings, catalogue=catalogue, tokens=tokens, clients=_authenticator(settings, catalogue, engine),
        logins=logins, prefill=prefill, emergencies=emergencies, evaluations=evaluations, usage=_usage(log, journal, catalogue, engine, keys), consents=consents,
        health=Health([_database_answers(engine), decisions.healthy], [all_work(tuple(sources.values())), watch.well]),
        public_keys=lambda: {"keys": [*tokens.jwks()["keys"], receipts.public_jwk, store.public_jwk]},
    )  # fmt: skip
    status = StatusFile(tuple(sources.values()), settings.status, now)
    first = (
        log,
        seals,
        Beginning(activations, catalogue, policy_set),
        decisions,
        logins,
        watch,
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
        signer=CheckpointSigner(log_origin(settings), keys.log),
        kept=KeptNote(settings.kept_checkpoint),
        settings=LogSettings(
            queue=settings.log_queue,
            orphan_after=timedelta(seconds=settings.orphan_after_s),
            checkpoint_every=settings.checkpoint_interval_s,
            deadline=settings.log_deadline_s,
        ),
    )


def log_origin(settings: Settings) -> str:
    """The name under which the log's checkpoints are signed: the hub's address without its scheme (C2SP tlog-checkpoint)."""
    return settings.public_url.split("://", 1)[1] + "/log"


def _usage(log: UsageLog, journal: Journal, catalogue: Catalogue, engine: Engine, keys: KeyFolder) -> Usage:
    def archive(revision: str) -> Mapping[str, bytes] | None:
        with engine.connect() as connection:
            return fetch(connection, "policies", revision)

    explanations = Explanations(catalogue, PolicySets(lambda: None, archive))
    return Usage(log, journal, catalogue, history=History(engine, keys.epochs), explanations=explanations)


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
        audiences=frozenset({settings.actor_audience, settings.citizen_audience}),
        access_only=frozenset({settings.citizen_audience}),
        claims=ClaimNames(
            subject=settings.oidc_subject_claim,
            assurance=settings.oidc_assurance_claim,
            enterprises=settings.oidc_enterprises_claim,
            agent_of=settings.oidc_agent_claim,
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
