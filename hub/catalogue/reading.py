"""From one record to one thing of the catalogue: what each kind of record may say.

Each function notes what is wrong and returns nothing for a record that is not sound. Whether names lead anywhere is for
`hub.catalogue.checks`, once all is read.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import connectors
import policies
from hub.catalogue import keysets
from hub.catalogue.errors import IdentifierInvalid
from hub.catalogue.identifiers import check_enterprise_number
from hub.catalogue.model import Attribute, Controller, Form
from hub.catalogue.records import WORD, Record, at, is_slug, plain
from hub.catalogue.shapes import read_shape

_FIELD = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,99}")
_APPROVALS: Final = 2


def read_controller(record: Record, controller_id: str) -> Controller | None:
    """A controller."""
    record.only(("enterpriseNumber", "name", "contact", "approvers"))
    number = record.text("enterpriseNumber")
    if number:
        try:
            check_enterprise_number(number)
        except IdentifierInvalid as problem:
            record.offend(f"bad enterprise number: {problem.TEXTS[problem.reason]}", "enterpriseNumber")
    name = record.texts("name")
    contact = record.text("contact")
    approvers = _read_approvers(record)
    if not record.sound or name is None:
        return None
    return Controller(
        controller_id, number, MappingProxyType(dict(name)), contact, MappingProxyType(approvers)
    )


def _read_approvers(record: Record) -> dict[str, Mapping[str, Any]]:
    """Who may sign a controller's orders, and with which keys. No two of them share a key: that would be one person twice."""
    inner = record.inner("approvers", required=False)
    if inner is None:
        return {}
    if len(inner.node) < _APPROVALS:
        inner.offend(f"an order is signed by {_APPROVALS}: there are fewer")
    found: dict[str, Mapping[str, Any]] = {}
    owners: dict[str, str] = {}
    for approver in inner.node:
        if not isinstance(approver, str) or not is_slug(approver):
            inner.offend("an approver's id must look like legal-1", approver)
            continue
        keys = read_jwks(inner, approver, required=True)
        for print_ in keysets.thumbprints(keys or {}):
            if owners.setdefault(print_, approver) != approver:
                inner.offend(f"'{owners[print_]}' has the same key: each has one of their own", approver)
        found[approver] = keys or {}
    record.settle(inner)
    return found


def read_source(record: Record, source_id: str, folder: Path) -> connectors.SourceDeclaration | None:
    """A source: its name and controller are read here, the rest by the room that owns the schema."""
    record.texts("name")
    record.text("controller")
    try:
        declaration = connectors.read_declaration(source_id, plain(record.node), folder=folder)
    except connectors.DeclarationInvalid as invalid:
        at(record, ((problem.path, problem.message) for problem in invalid.problems))
        return None
    return declaration if record.sound else None


def read_attribute(record: Record, attribute_id: str) -> Attribute | None:
    """An attribute."""
    record.only(("name", "category", "sensitivity", "subject", "type", "many", "fields", "source"))
    name = record.texts("name")
    category = record.shaped("category", WORD, "a word such as identity")
    sensitivity = record.choice("sensitivity", ("normal", "special", "criminal"), "normal")
    subject = record.choice("subject", ("person", "organisation"))
    shape = read_shape(record)
    source = record.text("source", required=False) or None
    if not record.sound or name is None:
        return None
    return Attribute(
        attribute_id, MappingProxyType(dict(name)), category, sensitivity, subject, shape, source
    )


def read_form(record: Record, form_id: str, activity_digest: str) -> Form | None:
    """A form. `activity_digest` stands for the record of its activity, which its version follows."""
    record.only(("name", "subjectKind", "activity", "fields", "obligations"))
    name = record.texts("name")
    subject_kind = record.choice("subjectKind", ("person", "organisation"))
    activity = record.text("activity")
    fields = _read_fields(record)
    obligations = _read_obligations(record, fields)
    if not record.sound or name is None:
        return None
    version = digest_of([record.node, activity_digest])[:12]
    return Form(
        form_id, version, MappingProxyType(dict(name)), subject_kind, activity,
        MappingProxyType(fields), MappingProxyType(obligations),
    )  # fmt: skip


def _read_obligations(record: Record, fields: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """What must be taken off which attribute's value; only off one that the form shows."""
    inner = record.inner("obligations", required=False)
    if inner is None:
        return {}
    shown = sorted(set(fields.values()))
    found = {}
    for attribute in inner.node:
        if attribute not in shown:
            inner.unknown("attribute of this form", attribute, shown, attribute)
            continue
        found[attribute] = inner.names(attribute)
        for position, duty in enumerate(found[attribute]):
            if duty not in policies.OBLIGATIONS:
                inner.unknown("obligation", duty, sorted(policies.OBLIGATIONS), attribute, position)
    record.settle(inner)
    return found


def _read_fields(record: Record) -> dict[str, str]:
    inner = record.inner("fields")
    if inner is None:
        return {}
    if not inner.node:
        inner.offend("there is no field")
    for field in inner.node:
        if not isinstance(field, str) or not _FIELD.fullmatch(field):
            inner.offend("a field's name must look like lastName", field)
    found = {str(field): inner.text(str(field)) for field in inner.node if isinstance(field, str)}
    record.settle(inner)
    return found


def read_jwks(record: Record, key: str, *, required: bool) -> Mapping[str, Any] | None:
    """A set of public keys."""
    inner = record.inner(key, required=required)
    if inner is None:
        return None
    for path, message in keysets.problems(inner.node):
        inner.offend(message, *path)
    record.settle(inner)
    found: dict[str, Any] = plain(inner.node)
    return MappingProxyType(found)


def digest_of(value: Any) -> str:
    """The SHA-256 (hex) of a JSON value, whatever the order of its keys."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
