"""What the policies would refuse whatever the request: better told by the check of the catalogue, with its line, than at a counter."""

from collections.abc import Iterator

from hub.catalogue.checks import Shelves
from hub.catalogue.model import Activity, Client, Form


def check_national_number(shelves: Shelves) -> None:
    """An activity that a form about persons serves says what authorises the use of their national number.

    Act of 8 August 1983 organising a National Register of natural persons, Art. 8.
    """
    for form_id, form in _forms(shelves):
        activity: Activity | None = shelves["activities"].read.get(form.activity)
        if form.subject_kind == "person" and activity is not None and activity.national_number_basis is None:
            place = shelves["forms"].records[form_id]
            shelves["activities"].records[activity.id].offend(
                f"'nationalNumberBasis' is missing: the form '{form_id}' ({place.file}:{place.line}) is about persons",
                "nationalNumberBasis",
            )


def check_client_channels(shelves: Shelves) -> None:
    """A channel of a client is one on which some form of it is open."""
    forms = dict(_forms(shelves))
    activities: dict[str, Activity] = shelves["activities"].read
    for client_id, record in shelves["clients"].records.items():
        client: Client | None = shelves["clients"].read.get(client_id)
        if client is None or not client.channels:
            continue
        used = [activities.get(forms[one].activity) if one in forms else None for one in client.forms]
        if None in used:
            continue  # what is wrong with those is told elsewhere
        open_on = {channel for one in used if one is not None for channel in one.channels}
        for position, channel in enumerate(record.node["channels"]):
            if channel not in open_on:
                record.unknown("channel of its forms", channel, open_on, "channels", position)


def _forms(shelves: Shelves) -> Iterator[tuple[str, Form]]:
    yield from shelves["forms"].read.items()
