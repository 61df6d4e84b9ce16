"""What the hub does on its own, and what `/health` asks."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

from sqlalchemy import Engine, text

from audit import BlindKey, Indexer, Proofs, UsageLog
from connectors import Source
from consent import ConsentStore
from hub.assembly.base import Base, now
from hub.assembly.naming import log_origin
from hub.database import database_time
from hub.identity import Vault
from hub.randomness import new_id
from hub.services.consent_deadlines import ConsentDeadlines
from hub.services.entries import Journal
from hub.services.erasure_receipts import ErasureReceipts
from hub.services.forgetting import Forgetting
from hub.services.indexing import Indexing
from hub.services.key_rounds import KeyRounds
from hub.services.map_upkeep import MapUpkeep
from hub.services.reading import Reads
from hub.services.signing_keys import SigningKeyWatch
from hub.shredlist import ShredList


def key_rounds(base: Base, journal: Journal) -> KeyRounds:
    """What looks after the keys of the log, and destroys them."""
    settings, ring = base.settings, base.keys.epochs
    receipts = ErasureReceipts(
        base.keys.receipts,
        issuer=settings.public_url,
        ring=ring,
        epoch_days=settings.key_epoch_days,
        kept_days=settings.key_epoch_kept_days,
        clock=now,
    )
    forgetting = Forgetting(
        journal,
        catalogue=base.catalogue,
        connect=base.connect,
        shreds=ShredList(settings.shreds),
        receipts=receipts,
        audience=settings.public_url,
        clock=now,
        database_time=database_time,
        new_id=new_id,
    )
    return KeyRounds(
        base.engine,
        ring,
        journal=journal,
        forgetting=forgetting,
        clock=now,
        epoch_days=settings.key_epoch_days,
        kept_days=settings.key_epoch_kept_days,
        every_s=settings.key_rounds_s,
    )


def consent_deadlines(base: Base, store: ConsentStore, journal: Journal) -> ConsentDeadlines:
    """What writes down what time does to consents."""
    return ConsentDeadlines(
        store, journal=journal, vault=Vault(base.keys.identity, "consents"), catalogue=base.catalogue,
        connect=base.connect, clock=now, answer_within=timedelta(days=base.settings.consent_request_days),
    )  # fmt: skip


def map_upkeep(base: Base, log: UsageLog, journal: Journal) -> MapUpkeep:
    """What renews the map of subjects."""
    return MapUpkeep(log, journal, base.engine, every_s=base.settings.map_interval_s, clock=now)


def signing_key_watch(base: Base, journal: Journal, proofs: Proofs) -> SigningKeyWatch:
    """What records that another key is to sign the log."""
    return SigningKeyWatch(base.keys.log, log_origin(base.settings), journal, proofs)


def indexing(base: Base) -> Indexing:
    """What brings the log's index up to date."""
    indexer = Indexer(base.engine, base.keys.epochs, BlindKey(base.keys.blind))
    return Indexing(indexer, every_s=base.settings.log_index_s)


def all_work(sources: tuple[Source, ...]) -> Callable[[], Awaitable[bool]]:
    """A check whether all these sources work, as far as they were asked."""

    async def check() -> bool:
        return all(source.health().works for source in sources)

    return check


def database_answers(engine: Engine) -> Callable[[], Awaitable[bool]]:
    """A check whether the database answers."""

    def ask() -> bool:
        with engine.connect() as connection:
            return connection.execute(text("SELECT 1")).scalar() == 1

    reads = Reads("health", threads=1)

    async def check() -> bool:
        return await reads(ask)

    return check
