"""Step 6 of a prefill: the entry is durable before any value leaves, and closes the intent.

It relies on all that the answer rests on: the client, a mandate, consents, and what the copy of the seals said. Where one of them has gone
meanwhile, a refusal of what rested on it is recorded instead.
"""

import contextlib
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from audit import Appended, GrantGone
from hub.services.acts import Acts
from hub.services.delivery import CLIENT_WINDOW_S, DELIVERY_WINDOW_S
from hub.services.entries import Journal
from hub.services.errors import ClientGone, NotRecorded
from hub.services.grants import CLIENT, CONSENT, MANDATE, SEAL, of_kind
from hub.services.notices import NewNotice
from hub.services.outcomes import CHANGED, CLIENT_REVOKED, MANDATE_OVER, UNCONSENTED, Outcome
from hub.services.seals import Seals
from hub.services.telling import outcome_in_a_word
from hub.services.who import Run
from policies import Permit

_WHOLE: Final = ((CLIENT, CLIENT_REVOKED), (MANDATE, MANDATE_OVER), (SEAL, CHANGED))
"""What refuses a whole answer where it has gone, and with which reason: the first that applies."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """Where the entry stands; what became of each attribute in the end; and the reading of the monotonic clock before which the answer must leave."""

    appended: Appended[Any]
    results: Mapping[str, Outcome]
    deliver_before: float | None


class Recording:
    """Records prefills."""

    def __init__(self, journal: Journal, seals: Seals, acts: Acts) -> None:
        self._journal, self._seals, self._acts = journal, seals, acts

    async def __call__(
        self,
        run: Run,
        results: Mapping[str, Outcome],
        permits: Mapping[str, Permit],
        notice: NewNotice | None,
    ) -> Recorded:
        """Record what became of a run, and give the notice, if there is one, in the same transaction.

        Who acted for somebody else has a line too, in that transaction.

        Raises:
            ClientGone: its client was revoked meanwhile. That is on the record, and nobody gets an answer.
            NotRecorded: nothing may be disclosed.
        """
        results, gone, refused = dict(results), frozenset[str](), frozenset[str]()
        relies_on = run.rests | {run.sealed.reference} | _consents(permits) if permits else frozenset[str]()
        while True:
            started = time.monotonic()
            try:
                appended = await self._journal.prefill(
                    run.asked, run.subject, _told(run, relies_on, refused), results,
                    relies_on=relies_on, closes=run.id if permits else None, write=notice.write if notice else None,
                    beside=self._acts.acted_for(run.asked, run.request, run.standing, run=run.id, outcome=outcome_in_a_word(results)),
                )  # fmt: skip
            except GrantGone as error:
                gone |= error.references
                lost, relies_on = _refused(gone, relies_on, permits)
                results |= lost
                refused |= lost.keys()
                continue
            if notice is not None:
                notice.tell()
            await self._follow_up(results)
            return Recorded(appended, results, _deliver_before(started, relies_on))

    async def _follow_up(self, results: Mapping[str, Outcome]) -> None:
        reasons = {one.reason for one in results.values()}
        if CLIENT_REVOKED in reasons:
            raise ClientGone("the client was revoked meanwhile")
        if CHANGED in reasons:
            with contextlib.suppress(NotRecorded):  # it will be looked at again; the refusal is on the record
                await self._seals.refresh()


def _consents(permits: Mapping[str, Permit]) -> frozenset[str]:
    return frozenset(f"{CONSENT}{one}" for permit in permits.values() for one in permit.consents)


def _told(run: Run, relies_on: frozenset[str], refused: frozenset[str]) -> Mapping[str, object]:
    """What the entry says: of consents, those that it still rests on."""
    consents = sorted(one.removeprefix(CONSENT) for one in of_kind(relies_on, CONSENT))
    if not consents and not refused:
        return run.details
    return {
        **run.details,
        **({"consentIds": consents} if consents else {}),
        **({"grantGone": sorted(refused)} if refused else {}),
    }


def _refused(
    gone: frozenset[str], relies_on: frozenset[str], permits: Mapping[str, Permit]
) -> tuple[dict[str, Outcome], frozenset[str]]:
    """What is refused for grants that have gone, and what the rest relies on: nothing, where all is refused."""
    for kind, reason in _WHOLE:
        if of_kind(gone, kind):
            return dict.fromkeys(permits, Outcome("denied", reason=reason)), frozenset()
    resting = {
        name: permit for name, permit in permits.items() if not _consents({name: permit}).isdisjoint(gone)
    }
    kept = {name: permit for name, permit in permits.items() if name not in resting}
    return dict.fromkeys(resting, UNCONSENTED), (relies_on - of_kind(relies_on, CONSENT)) | _consents(kept)


def _deliver_before(started: float, relies_on: frozenset[str]) -> float | None:
    """Until when an answer may leave that was to be recorded from `started` on: docs/decisions/0005-late-answers.md."""
    if of_kind(relies_on, CONSENT, MANDATE):
        return started + DELIVERY_WINDOW_S
    return started + CLIENT_WINDOW_S if of_kind(relies_on, CLIENT) else None
