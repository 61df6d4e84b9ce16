"""Registers of representation: which attribute of which source says who may act for somebody. Facts for the hub alone: no form shows them."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from hub.catalogue.checks import Shelves
from hub.catalogue.model import Attribute, Register, Shape
from hub.catalogue.records import Record

_MANDATE_FIELDS: Final = ("holder", "type", "validFrom", "validUntil")
_KEPT_AS: Final = ("text", "text or code", "date", "date")


def read_register(record: Record, register_id: str) -> Register | None:
    """A register of parents, or of mandates.

    `types` says for each type of mandate that the register knows which of our processing activities it covers.
    """
    record.only(("name", "basis", "attribute", "types"))
    name = record.texts("name")
    basis = record.choice("basis", ("parent", "mandate"))
    attribute = record.text("attribute")
    types = _read_types(record, required=basis == "mandate")
    if basis == "parent" and types:
        record.offend("'types' is only for a register of mandates", "types")
    if not record.sound or name is None:
        return None
    return Register(register_id, MappingProxyType(dict(name)), basis, attribute, MappingProxyType(types))


def _read_types(record: Record, *, required: bool) -> dict[str, frozenset[str]]:
    inner = record.inner("types", required=required)
    if inner is None:
        return {}
    found = {str(kind): frozenset(inner.names(str(kind))) for kind in inner.node}
    record.settle(inner)
    return found


def check_registers(shelves: Shelves) -> None:
    """The attribute of a register exists, has the shape that it must have, and is no form's and no activity's; and so do the activities of its types."""
    for register_id, record in shelves["representation"].records.items():
        register: Register | None = shelves["representation"].read.get(register_id)
        if register is None:
            continue
        attributes = shelves["attributes"]
        if register.attribute not in attributes.records:
            record.unknown("attribute", register.attribute, attributes.records, "attribute")
        elif (attribute := attributes.read.get(register.attribute)) is not None:
            _check_shape(record, register, attribute)
        _check_types(record, register, shelves)
        _keep_apart(register, record, shelves)


def _check_shape(record: Record, register: Register, attribute: Attribute) -> None:
    shape = attribute.shape
    if register.basis == "parent":
        if attribute.subject != "person" or shape.type != "text" or not shape.many:
            record.offend(
                f"'{attribute.id}' must be a list of texts about a person: the numbers of a child's parents", "attribute"
            )  # fmt: skip
    elif shape.type != "object" or not shape.many or not _is_mandate(shape.fields or {}):
        wanted = ", ".join(f"{name} ({kind})" for name, kind in zip(_MANDATE_FIELDS, _KEPT_AS, strict=True))
        record.offend(f"'{attribute.id}' must be a list of objects with {wanted}", "attribute")


def _is_mandate(fields: Mapping[str, Shape]) -> bool:
    return set(fields) == set(_MANDATE_FIELDS) and all(
        fields[name].type in kinds.split(" or ")
        for name, kinds in zip(_MANDATE_FIELDS, _KEPT_AS, strict=True)
    )


def _check_types(record: Record, register: Register, shelves: Shelves) -> None:
    known = shelves["activities"].records
    for kind, activities in register.types.items():
        for one in sorted(activities):
            if one not in known:
                record.unknown("activity", one, known, "types", kind)


def _keep_apart(register: Register, record: Record, shelves: Shelves) -> None:
    """Whose child somebody is, or who acts for them, reaches no form by this door."""
    for activity_id, activity in shelves["activities"].read.items():
        if register.attribute in activity.attributes:
            record.offend(
                f"'{register.attribute}' is for the hub alone: the activity '{activity_id}' may not ask for it",
                "attribute",
            )
