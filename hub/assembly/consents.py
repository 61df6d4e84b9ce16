"""Consents, for the people whose they are and for the administrations that ask for them."""

from datetime import timedelta

from consent import ConsentStore
from hub.assembly.base import Base, now
from hub.identity import Handles, Vault
from hub.randomness import new_id
from hub.services.consent_requests import ConsentRequests
from hub.services.consents import Consents
from hub.services.entries import Journal


def consents_of(
    base: Base, store: ConsentStore, handles: Handles, journal: Journal
) -> tuple[Consents, ConsentRequests]:
    """What serves the one and the other."""
    settings = base.settings
    remind, ask_again = (
        timedelta(days=settings.consent_reminder_days),
        timedelta(days=settings.consent_ask_again_days),
    )
    vault = Vault(base.keys.identity, "consents")
    theirs = Consents(
        store, catalogue=base.catalogue, handles=handles, journal=journal, vault=vault, connect=base.connect, clock=now,
        new_id=new_id, address=settings.public_url, remind=remind,
    )  # fmt: skip
    asked = ConsentRequests(
        store, catalogue=base.catalogue, handles=handles, journal=journal, vault=vault, connect=base.connect, clock=now,
        new_id=new_id, address=settings.public_url, remind=remind, ask_again=ask_again,
    )  # fmt: skip
    return theirs, asked
