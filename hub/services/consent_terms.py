"""What a consent is to, as the catalogue says it today: plain values for the room of consents, which keeps them as they were."""

from collections.abc import Iterable

from consent import Datum, Party, Terms
from hub.catalogue import Activity, Catalogue
from hub.services.requests import EXPLICIT_CONSENT


def terms_of(catalogue: Catalogue, activity: Activity, attributes: Iterable[str], *, address: str) -> Terms:
    """The terms of a consent to these attributes for this activity.

    Who receives the data is its controller, and whoever runs a form of it with a client of their own.

    Args:
        catalogue: as it is now.
        activity: what the consent is for.
        attributes: what it is to.
        address: under which the person withdraws.
    """
    listed = sorted(attributes)
    forms = {form.id for form in catalogue.forms.values() if form.activity == activity.id}
    running = {client.controller for client in catalogue.clients.values() if forms & client.forms}
    keeping = {
        catalogue.sources[catalogue.source_of(one)].controller for one in listed if one in catalogue.serving
    }
    special = activity.special_basis
    return Terms(
        controller=_party(catalogue, activity.controller),
        data=tuple(_datum(catalogue, one) for one in listed),
        name=dict(activity.name),
        purpose=dict(activity.purpose),
        recipients=tuple(
            _party(catalogue, one)
            for one in (activity.controller, *sorted(running - {activity.controller}))
        ),
        sources=tuple(_party(catalogue, one) for one in sorted(one for one in keeping if one is not None)),
        retention=activity.retention,
        explicit=special is not None and special.article == EXPLICIT_CONSENT,
        control=address,
    )  # fmt: skip


def _party(catalogue: Catalogue, controller_id: str) -> Party:
    found = catalogue.controllers.get(controller_id)
    if found is None:
        return Party(controller_id)
    return Party(controller_id, found.enterprise_number, dict(found.name), found.contact)


def _datum(catalogue: Catalogue, attribute_id: str) -> Datum:
    found = catalogue.attributes.get(attribute_id)
    if found is None:
        return Datum(attribute_id)
    return Datum(attribute_id, dict(found.name), found.category, found.sensitivity != "normal")
