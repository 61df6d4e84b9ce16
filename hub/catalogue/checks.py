"""What only the whole catalogue shows: names that lead nowhere, forms that ask more than their activity, data without a basis."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from connectors import SourceDeclaration, Table
from hub.catalogue.model import SCHEMES, Activity, Attribute, Client, Controller, Form
from hub.catalogue.records import Record
from hub.catalogue.shapes import disagreements


@dataclass(slots=True)
class Shelf:
    """All records of one kind: as they stand in the files, and (when sound) as read."""

    kind: str
    records: dict[str, Record] = field(default_factory=dict)
    read: dict[str, Any] = field(default_factory=dict)


Shelves = Mapping[str, Shelf]
_FOLLOWED: Final = {
    "purpose": "activities",
    "controller": "controllers",
    "client": "clients",
    "form": "forms",
}
"""Which shelf has the values of a variable that a source's table may follow."""
_ROLES: Final = ("citizen", "representative", "agent", "system")


def serving_of(shelves: Shelves) -> dict[str, str]:
    """Which source serves each attribute; notes attributes that no source, or more than one, serves."""
    servers: dict[str, list[str]] = {}
    for source_id, record in shelves["sources"].records.items():
        for attribute_id in _mapping(record.node.get("attributes")):
            servers.setdefault(attribute_id, []).append(source_id)
    found: dict[str, str] = {}
    for attribute_id, record in shelves["attributes"].records.items():
        source = _serving_one(record, servers.get(attribute_id, []), shelves["sources"].records)
        if source is not None:
            found[attribute_id] = source
    return found


def _serving_one(record: Record, servers: list[str], sources: Collection[str]) -> str | None:
    named = record.node.get("source")
    if isinstance(named, str):
        if named in servers:
            return named
        if named in sources:
            record.offend(f"the source '{named}' does not serve it", "source")
        else:
            record.unknown("source", named, sources, "source")
        return None
    if not servers:
        record.offend("no source serves this attribute")
    elif len(servers) > 1:
        record.offend(f"several sources serve it ({', '.join(sorted(servers))}): name one as 'source'")
    else:
        return servers[0]
    return None


def check_sources(shelves: Shelves) -> None:
    """A source's controller and attributes exist, and it takes the identifier of those that its attributes are about."""
    for record in shelves["sources"].records.values():
        _refer(record, "controller", shelves["controllers"], "controller")
        schemes = record.node.get("subject")
        for attribute_id, declared in _mapping(record.node.get("attributes")).items():
            path = ("attributes", attribute_id)
            if attribute_id not in shelves["attributes"].records:
                record.unknown("attribute", attribute_id, shelves["attributes"].records, *path)
                continue
            attribute: Attribute | None = shelves["attributes"].read.get(attribute_id)
            if attribute is not None:
                place = shelves["attributes"].records[attribute_id]
                for below, message in disagreements(
                    attribute.shape, _mapping(declared), attribute.id, f"{place.file}:{place.line}"
                ):
                    record.offend(message, *path, *below)
                _check_served(record, attribute, schemes)


def _check_served(record: Record, attribute: Attribute, schemes: Any) -> None:
    wanted = SCHEMES[attribute.subject]
    if isinstance(schemes, list) and wanted not in schemes and not _has_its_own(schemes):
        record.offend(
            f"'{attribute.id}' is about a {attribute.subject}, but 'subject' does not take {wanted}",
            "attributes",
            attribute.id,
        )


def _has_its_own(schemes: list[Any]) -> bool:
    """Whether a source is asked by none of the hub's identifiers, but by one of its own: it can be tried, and no form can use it."""
    return not any(scheme in SCHEMES.values() for scheme in schemes)


def check_asked(shelves: Shelves, serving: Mapping[str, str]) -> None:
    """What fills a form's field can be asked by the identifier that the form gives."""
    for form_id, record in shelves["forms"].records.items():
        form: Form | None = shelves["forms"].read.get(form_id)
        for field_name, attribute_id in form.fields.items() if form is not None else ():
            source: SourceDeclaration | None = shelves["sources"].read.get(serving.get(attribute_id, ""))
            wanted = SCHEMES[form.subject_kind] if form is not None else ""
            if source is not None and wanted not in source.schemes:
                known = ", ".join(sorted(source.schemes))
                record.offend(
                    f"'{attribute_id}' comes from '{source.id}', which is asked by {known}, not by {wanted}",
                    "fields", field_name,
                )  # fmt: skip


def check_tables(shelves: Shelves, serving: Mapping[str, str]) -> None:
    """What a source is told per activity, controller, client or form: those exist, and no activity that asks the source is left out."""
    for source_id, record in shelves["sources"].records.items():
        source: SourceDeclaration | None = shelves["sources"].read.get(source_id)
        for name, table in source.parameters.items() if source is not None else ():
            if isinstance(table, Table):
                _check_table(record, name, table, shelves, _asking(source_id, shelves, serving))


def _asking(source_id: str, shelves: Shelves, serving: Mapping[str, str]) -> list[str]:
    """The activities for which a source is asked."""
    activities: Mapping[str, Activity] = shelves["activities"].read
    return [
        one.id
        for one in activities.values()
        if any(serving.get(name) == source_id for name in one.attributes)
    ]


def _check_table(record: Record, name: str, table: Table, shelves: Shelves, asking: list[str]) -> None:
    kind, known = _values_of(table.by, shelves)
    path = ("parameters", name, "values")
    for key in table.values:
        if key not in known:
            record.unknown(kind, key, known, *path, key)
    if table.by == "purpose" and table.default is None:
        for activity_id in asking:
            if activity_id not in table.values:
                record.offend(
                    f"says nothing for the activity '{activity_id}', for which this source is asked", *path
                )


def _values_of(variable: str, shelves: Shelves) -> tuple[str, Collection[str]]:
    """The values that a variable can have, and what one is called."""
    if variable in _FOLLOWED:
        shelf = shelves[_FOLLOWED[variable]]
        return shelf.kind, shelf.records
    activities: Collection[Activity] = shelves["activities"].read.values()
    controllers: Collection[Controller] = shelves["controllers"].read.values()
    return variable, {
        "role": _ROLES,
        "channel": {channel for one in activities for channel in one.channels},
        "legalBasis": {one.legal_basis.article for one in activities},
        "controllerNumber": {one.enterprise_number for one in controllers},
    }[variable]


def check_activities(shelves: Shelves) -> None:
    """An activity's controller and attributes exist, and special and criminal data have their basis."""
    known = shelves["attributes"]
    for activity_id, record in shelves["activities"].records.items():
        _refer(record, "controller", shelves["controllers"], "controller")
        activity: Activity | None = shelves["activities"].read.get(activity_id)
        for position, attribute_id in _listed(record.node.get("attributes")):
            if attribute_id not in known.records:
                record.unknown("attribute", attribute_id, known.records, "attributes", position)
            elif activity is not None and attribute_id in known.read:
                _check_basis(record, activity, known.read[attribute_id], position)


def _check_basis(record: Record, activity: Activity, attribute: Attribute, position: int) -> None:
    if attribute.sensitivity == "special" and activity.special_basis is None:
        record.offend(
            f"'{attribute.id}' is a special category (GDPR Art. 9): the activity needs a 'specialBasis'",
            "attributes",
            position,
        )
    if attribute.sensitivity == "criminal" and activity.criminal_basis is None:
        record.offend(
            f"'{attribute.id}' is criminal data (GDPR Art. 10): the activity needs a 'criminalBasis'",
            "attributes",
            position,
        )


def check_forms(shelves: Shelves) -> None:
    """A form's activity exists and covers its fields, and the fields are about the form's kind of subject."""
    known = shelves["attributes"]
    for form_id, record in shelves["forms"].records.items():
        _refer(record, "activity", shelves["activities"], "activity")
        activity: Activity | None = shelves["activities"].read.get(str(record.node.get("activity")))
        form: Form | None = shelves["forms"].read.get(form_id)
        for field_name, attribute_id in _mapping(record.node.get("fields")).items():
            if not isinstance(attribute_id, str):
                continue
            if attribute_id not in known.records:
                record.unknown("attribute", attribute_id, known.records, "fields", field_name)
                continue
            for fault in _field_faults(form, activity, attribute_id, known.read.get(attribute_id)):
                record.offend(fault, "fields", field_name)


def _field_faults(
    form: Form | None, activity: Activity | None, attribute_id: str, attribute: Attribute | None
) -> Iterator[str]:
    if activity is not None and attribute_id not in activity.attributes:
        yield f"'{attribute_id}' is outside the processing activity '{activity.id}'"
    if form is not None and attribute is not None and attribute.subject != form.subject_kind:
        yield f"'{attribute_id}' is about a {attribute.subject}, the form about a {form.subject_kind}"


def check_clients(shelves: Shelves) -> None:
    """A client's controller and forms exist, and it runs only forms of its own controller."""
    for client_id, record in shelves["clients"].records.items():
        _refer(record, "controller", shelves["controllers"], "controller")
        client: Client | None = shelves["clients"].read.get(client_id)
        for position, form_id in _listed(record.node.get("forms")):
            if form_id not in shelves["forms"].records:
                record.unknown("form", form_id, shelves["forms"].records, "forms", position)
            elif client is not None:
                _check_controller(record, client, shelves, form_id, position)


def _check_controller(record: Record, client: Client, shelves: Shelves, form_id: str, position: int) -> None:
    form: Form | None = shelves["forms"].read.get(form_id)
    activity: Activity | None = shelves["activities"].read.get(form.activity) if form else None
    if activity is not None and activity.controller != client.controller:
        record.offend(
            f"the form '{form_id}' serves the controller '{activity.controller}', the client belongs to '{client.controller}'",
            "forms", position,
        )  # fmt: skip


def _refer(record: Record, key: str, shelf: Shelf, kind: str) -> None:
    name = record.node.get(key)
    if isinstance(name, str) and name.strip() and name not in shelf.records:
        record.unknown(kind, name, shelf.records, key)


def _mapping(value: Any) -> Mapping[Any, Any]:
    return value if isinstance(value, Mapping) else {}


def _listed(value: Any) -> list[tuple[int, str]]:
    """The texts of a list, each with its position; what is no text has been noted when the record was read."""
    return (
        [(n, item) for n, item in enumerate(value) if isinstance(item, str)]
        if isinstance(value, list)
        else []
    )
