"""What consents look like to those who ask, and what is kept beside them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypedDict

from consent import ConsentRecord, ConsentStore, Matter
from hub.catalogue import Activity, Catalogue, Controller, Duration
from hub.identity import Vault
from hub.services.concerns import OWN_RETENTION, THE_HUB, Concern


class Term(TypedDict):
    """When a consent ends by itself, and from when its person is told that it is to be renewed."""

    valid_until: datetime | None
    remind_at: datetime | None


@dataclass(frozen=True, slots=True)
class ConsentView:
    """A consent with what its subject can do with it.

    Attributes:
        matter: the consent with its terms and its notice.
        activity, controller: as the catalogue has them now; None where they have left it.
        renewal_due: it ends soon, and can be renewed.
        sign: signs its receipt, JWS compact, when it is asked for.
        open_receipt: the same as JSON-LD.
    """

    matter: Matter
    activity: Activity | None
    controller: Controller | None
    renewal_due: bool
    sign: Callable[[Matter], str] = field(repr=False)
    open_receipt: Callable[[Matter], Mapping[str, Any]] = field(repr=False)

    @property
    def record(self) -> ConsentRecord:
        """The consent itself."""
        return self.matter.record

    @property
    def receipt(self) -> str:
        """Its signed receipt."""
        return self.sign(self.matter)


def view_of(matter: Matter, catalogue: Catalogue, now: datetime, store: ConsentStore) -> ConsentView:
    """A consent as it is shown now."""
    record = matter.record
    due = record.active and record.remind_at is not None and record.remind_at <= now
    return ConsentView(
        matter, catalogue.activities.get(record.activity), catalogue.controllers.get(record.controller), due,
        store.receipt, store.open_receipt,
    )  # fmt: skip


def term_of(activity: Activity, now: datetime, remind: timedelta) -> Term:
    """The term of a consent that is given or renewed now. Its person is reminded in its second half, however short it is."""
    if activity.consent_validity is None:
        return {"valid_until": None, "remind_at": None}
    end = Duration.parse(activity.consent_validity).after(now)
    before = min(remind, (end - now) / 2)
    return {"valid_until": end, "remind_at": end - before if before > timedelta() else None}


def concern_of(what: Activity | ConsentRecord) -> Concern:
    """What a line is about, also where the activity has left the catalogue: one can always withdraw."""
    if isinstance(what, Activity):
        return Concern.of(what)
    return Concern(what.activity, what.controller, OWN_RETENTION)


def seal_subject(vault: Vault, handle: str, consent_id: str) -> bytes:
    """Seal under which handle the usage log knows a consent's person. Tables alone do not show that the two handles are one person's."""
    return vault.seal({"audit": handle}, consent_id)


def subject_of(vault: Vault, record: ConsentRecord) -> str:
    """The handle under which the usage log knows a consent's person; the hub's own where it was not kept.

    Raises:
        Unsealable: what is kept is another consent's, or was sealed with another key.
    """
    return THE_HUB if record.tag is None else str(vault.open(record.tag, record.id)["audit"])
