"""Who reads the usage log: the people it is about, data protection officers, and portals of other states."""

from collections.abc import Mapping
from functools import partial

from audit import BlindKey, CompletenessProver, History, Officials, Prover, Search, UsageLog
from hub.assembly.base import Base, now
from hub.assembly.log import published, published_keys
from hub.identity import Logins
from hub.oversight import fetch
from hub.randomness import new_id
from hub.services.entries import Journal
from hub.services.explanations import Explanations
from hub.services.inspection import Inspections
from hub.services.policy_sets import PolicySets
from hub.services.portal_usage import PortalUsage
from hub.services.proofs import LineProofs
from hub.services.readings import Readings
from hub.services.representing import Representing
from hub.services.usage import Usage


def usage(base: Base, log: UsageLog, journal: Journal, representing: Representing) -> Usage:
    """What shows people their own lines, explains them and proves them."""

    def archive(revision: str) -> Mapping[str, bytes] | None:
        with base.connect() as connection:
            return fetch(connection, "policies", revision)

    prover = Prover(base.engine, base.keys.epochs, published(base.settings))
    return Usage(
        log,
        journal,
        base.catalogue,
        history=History(base.engine, base.keys.epochs),
        explanations=Explanations(base.catalogue, PolicySets(lambda: None, archive)),
        proofs=LineProofs(
            prover, journal, partial(published_keys, base), CompletenessProver(base.engine, prover)
        ),
        representing=representing,
    )


def inspections(base: Base, log: UsageLog, journal: Journal) -> Inspections:
    """What shows data protection officers the lines of their organisation."""
    engine, ring, blind = base.engine, base.keys.epochs, BlindKey(base.keys.blind)
    return Inspections(
        log,
        search=Search(engine, ring, blind),
        history=History(engine, ring),
        journal=journal,
        readings=Readings(log, new_id),
        officials=Officials(engine, ring),
        blind=blind,
        catalogue=base.catalogue,
        operator=base.settings.operator,
        clock=now,
    )


def portal_usage(base: Base, log: UsageLog, journal: Journal, logins: Logins) -> PortalUsage:
    """What answers portals of other states."""
    return PortalUsage(
        log,
        journal,
        base.catalogue,
        history=History(base.engine, base.keys.epochs),
        logins=logins,
        audience=base.settings.citizen_audience,
        clock=now,
    )
