"""Who may act for whom: mandates kept here, registers that are declared, and what rests on them."""

from collections.abc import Mapping
from dataclasses import dataclass

from connectors import Source
from hub.assembly.base import Base, now
from hub.identity import MandateStore, Vault
from hub.randomness import new_id
from hub.services.acting_for import ActingFor
from hub.services.acts import Acts
from hub.services.entries import Journal
from hub.services.mandate_upkeep import MandateUpkeep
from hub.services.mandates import Mandates
from hub.services.registers import Registers
from hub.services.representing import Representing


@dataclass(frozen=True, slots=True)
class Representation:
    """The parts that know it."""

    mandates: Mandates
    representing: Representing
    acting_for: ActingFor
    upkeep: MandateUpkeep


def mandate_store(base: Base) -> MandateStore:
    """Where mandates stand."""
    return MandateStore(Vault(base.keys.identity, "mandates"), now)


def representation(
    base: Base, store: MandateStore, journal: Journal, acts: Acts, sources: Mapping[str, Source]
) -> Representation:
    """Put the parts together."""
    catalogue, connect = base.catalogue, base.connect
    registers = Registers(sources, catalogue=catalogue, journal=journal, acts=acts, new_id=new_id)
    return Representation(
        Mandates(store, catalogue=catalogue, acts=acts, connect=connect, clock=now, new_id=new_id),
        Representing(
            store, registers, vault=Vault(base.keys.identity, "children"), catalogue=catalogue, journal=journal, acts=acts,
            connect=connect, clock=now, new_id=new_id,
        ),
        ActingFor(
            store, registers, catalogue=catalogue, acts=acts, journal=journal, connect=connect, clock=now
        ),
        MandateUpkeep(store, connect=connect, clock=now),
    )  # fmt: skip
