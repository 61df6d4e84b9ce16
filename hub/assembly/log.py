"""The usage log: who writes it, who witnesses it, and what its proofs are checked with."""

from datetime import timedelta
from functools import partial

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from audit import (
    Cosigning,
    KeptNote,
    LogSettings,
    Published,
    RotatingSigner,
    UsageLog,
    checkpoint,
    cosigned_note,
)
from consent import ConsentStore
from hub.assembly.base import Base, now
from hub.assembly.naming import log_origin
from hub.identity import MandateStore, in_force
from hub.services.grants import CLIENT, CONSENT, MANDATE, SEAL, Grants
from hub.services.proofs import PublishedKeys
from hub.services.seals import seals_hold
from hub.services.witness_list import quorum_of, read_places
from hub.services.witnesses import Witnesses
from hub.settings import Settings


def grants(store: ConsentStore, mandates: MandateStore) -> Grants:
    """What reads again, under the log's lock, what entries rely on."""
    return Grants(
        {CONSENT: store.still_given, SEAL: seals_hold, CLIENT: in_force, MANDATE: mandates.in_force}
    )


def usage_log(base: Base, store: ConsentStore, mandates: MandateStore) -> UsageLog:
    """The log, whose entries rest on the consents and mandates of these stores."""
    settings = base.settings
    return UsageLog(
        base.engine,
        keys=base.keys.epochs,
        grants=grants(store, mandates),
        clock=now,
        signer=RotatingSigner(log_origin(settings), base.keys.log),
        kept=KeptNote(settings.kept_checkpoint),
        settings=LogSettings(
            queue=settings.log_queue,
            orphan_after=timedelta(seconds=settings.orphan_after_s),
            checkpoint_every=settings.checkpoint_interval_s,
            deadline=settings.log_deadline_s,
        ),
    )


def witnesses(base: Base) -> Witnesses:
    """What has the log's checkpoints cosigned.

    Raises:
        SettingsInvalid: the list of witnesses cannot be read.
    """
    settings = base.settings
    cosigning = Cosigning(
        base.engine,
        log_origin(settings),
        lambda: base.keys.log.public,
        KeptNote(settings.kept_checkpoint),
    )
    return Witnesses(
        cosigning,
        read_places(settings),
        every=settings.checkpoint_interval_s,
        patience=settings.witness_patience_s,
        clock=now,
    )


def published(settings: Settings) -> Published:
    """The last checkpoint that enough witnesses cosigned, with their cosignatures."""
    places = read_places(settings)
    return partial(
        cosigned_note, witnesses=[place.key for place in places], quorum=quorum_of(settings, places)
    )


def published_keys(base: Base) -> PublishedKeys:
    """The keys that proofs of lines are checked with, as they stand now."""
    settings, keys = base.settings, base.keys
    handles = keys.handles.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    log = tuple(checkpoint.verifier_key(log_origin(settings), key) for key in reversed(keys.log.public))
    places = read_places(settings)
    return PublishedKeys(
        log=log,
        witnesses=tuple(place.key.text() for place in places),
        quorum=quorum_of(settings, places),
        handles=handles,
    )
