"""Destroying keys of the usage log: on a controller's order, or at the end of retention. Each is an entry of its subject, in the same transaction.

An order is carried out in these steps. A crash after the third is made good at the next start, and so is a restored backup.

1. The order is read: two of the controller's people signed it. Its keys are looked up: the subject's, of that controller alone.
2. Where a law demands that the lines be kept, the answer is that law; that it was asked is an entry.
3. The keys are listed outside the database, durably.
4. Each key is destroyed by an entry that says so, why, and who advised what.
5. A signed receipt tells which keys are gone, and from when no backup can be read.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection

from audit import (
    AGENTS,
    KEY_DESTROYED,
    KeyInfo,
    destroy_key,
    drop_intent_keys,
    keys_of,
    keys_there,
    live_keys,
    under_key,
)
from hub.catalogue import Catalogue
from hub.oversight import Order, OrderInvalid, OrderUsed, keep_receipt, order_used, use_order
from hub.services.concerns import HUB, OWN_RETENTION, Concern
from hub.services.entries import Journal
from hub.services.erasure import Wanted, is_over, refuse_what_waits, wanted
from hub.services.erasure_receipts import Destroyed, ErasureReceipts
from hub.services.errors import LawKeeps, NothingToForget
from hub.services.orders import believed
from hub.services.reading import Reads
from hub.shredlist import Shred, ShredList

RECORDS: Final = "P1200M"
"""The retention class of entries that say that a key was destroyed: a hundred years, written so that no activity shares their keys."""
SHRED: Final = "shred"
"""What an order to destroy keys is called."""
_AT_ONCE: Final = 32
_INTENTS_KEPT: Final = timedelta(days=2)


class _KeyGone(Exception):
    """Somebody else destroyed the key meanwhile, and their entry says so."""


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What became of an order: the keys that are gone, and the receipt."""

    keys: tuple[Destroyed, ...]
    receipt: str


class Forgetting:
    """Destroys keys.

    Args:
        journal: writes the entries.
        catalogue: whose people may order what, and which law keeps lines.
        connect: to the hub's database.
        shreds: the list outside the database.
        receipts: signs what was done.
        audience: this hub's address: what orders are for.
        clock: aware, UTC.
        database_time: the same by the database's clock: what ends with time ends by both, so that one that is wrong destroys nothing.
        new_id: of receipts.
    """

    def __init__(
        self,
        journal: Journal,
        *,
        catalogue: Catalogue,
        connect: Callable[[], AbstractContextManager[Connection]],
        shreds: ShredList,
        receipts: ErasureReceipts,
        audience: str,
        clock: Callable[[], datetime],
        database_time: Callable[[Connection], datetime],
        new_id: Callable[[], str],
    ) -> None:
        self._database_time = database_time
        self._journal, self._catalogue, self._connect = journal, catalogue, connect
        self._shreds, self._receipts, self._audience = shreds, receipts, audience
        self._clock, self._new_id = clock, new_id
        self._reads = Reads("forgetting", threads=1, within_s=60.0)

    async def shred(self, document: bytes) -> Forgotten:
        """Carry out a controller's order; an order that was interrupted is finished.

        Raises:
            OrderInvalid, OrderUsed: nothing was destroyed.
            LawKeeps: a law demands that lines be kept; that is recorded, and nothing was destroyed.
            NothingToForget: there is no such key.
            NotRecorded: not all was destroyed; what is listed will be at the next start, or when this is done again.
            OSError: the list could not be written; nothing was destroyed.
        """
        order = await self._reads(lambda: self._believed(document))
        asked = wanted(order)
        keys, begun = await self._reads(lambda: self._keys(order, asked))
        if not begun:
            await self._refuse_where_the_law_keeps(order, asked, keys)
            at = self._clock().isoformat(timespec="seconds")
            await self._reads(lambda: self._shreds.add([Shred(key.id, order.id, at) for key in keys]))
        told = {
            **asked.told(), "reason": "order", "orderId": order.id, "orderDigest": order.digest, "role": "agent",
            "approver": " ".join(order.approvers),
        }  # fmt: skip
        done = await self._all(keys, told, order, "order", orderId=order.id, orderDigest=order.digest)
        if done is None:
            raise NothingToForget("the keys were destroyed meanwhile, as other entries say")
        return done

    def _believed(self, document: bytes) -> Order:
        return believed(
            document, kind=SHRED, audience=self._audience, catalogue=self._catalogue, connect=self._connect, now=self._clock()
        )  # fmt: skip

    async def _all(
        self,
        keys: Sequence[KeyInfo],
        told: Mapping[str, object],
        order: Order | None,
        reason: str,
        **more: object,
    ) -> Forgotten | None:
        """Destroy keys, and give a receipt for those that are gone, also where others could not be destroyed."""
        done, failed = list[Destroyed](), list[BaseException]()
        for start in range(0, len(keys), _AT_ONCE):
            some = (self._destroy(key, told, order) for key in keys[start : start + _AT_ONCE])
            for outcome in await asyncio.gather(*some, return_exceptions=True):
                if isinstance(outcome, Destroyed):
                    done.append(outcome)
                elif outcome is not None:
                    failed.append(outcome)
            if failed:
                break
        forgotten = await self._receipt(done, reason, **more) if done else None
        if failed:
            raise failed[0]
        return forgotten

    def _keys(self, order: Order, asked: Wanted) -> tuple[list[KeyInfo], bool]:
        """The keys that an order means, and whether it was begun before: the list says so, whoever takes that from the database."""
        listed = self._shreds.of_order(order.id)
        with self._connect() as connection:
            if listed or order_used(connection, order.id) is not None:
                left = keys_there(connection, listed)
                if not left:
                    raise OrderUsed(order.id)
                return list(left), True
            mine = [
                key
                for key in keys_of(connection, asked.subject)
                if self._is_meant(connection, key, order, asked)
            ]
            refuse_what_waits(connection, mine)
        if not mine:
            raise NothingToForget("no lines of this subject are there that the order could mean")
        return mine, False

    @staticmethod
    def _is_meant(connection: Connection, key: KeyInfo, order: Order, asked: Wanted) -> bool:
        if key.retention == RECORDS or not asked.fits(key):
            return False
        if key.controller:
            return key.controller == order.controller
        # Of before each controller had its own: only if it opens no other's lines.
        return {controller for controller, _ in under_key(connection, key)} == {order.controller}

    async def _refuse_where_the_law_keeps(self, order: Order, asked: Wanted, keys: Sequence[KeyInfo]) -> None:
        def activities() -> set[str]:
            with self._connect() as connection:
                return {activity for key in keys for _, activity in under_key(connection, key)}

        declared, named = self._catalogue.activities, await self._reads(activities) - {HUB}
        if unknown := sorted(named - declared.keys()):
            raise OrderInvalid(
                f"whether a law keeps the lines of {', '.join(unknown)} is not known: the catalogue has no such activity any more"
            )
        laws: dict[str, Mapping[str, str]] = {
            name: law for name in named if (law := declared[name].log_kept_by) is not None
        }
        if not laws:
            return
        concern = Concern(HUB, order.controller, OWN_RETENTION)
        details = {
            **asked.told(),
            "orderId": order.id,
            "keptBy": {name: dict(law) for name, law in laws.items()},
        }
        await self._journal.overseen(
            "erasureRefused", concern, client=HUB, subject=asked.subject, details=details, write=None
        )
        raise LawKeeps(laws)

    async def _destroy(
        self, key: KeyInfo, told: Mapping[str, object], order: Order | None
    ) -> Destroyed | None:
        """Destroy a key, in the transaction of the entry that says so; None: somebody else did."""
        entries: list[str] = []

        def write(connection: Connection, entry: str) -> None:
            if not destroy_key(connection, key.id, entry):
                raise _KeyGone
            if order is not None and order_used(connection, order.id) is None:
                use_order(connection, order, entry, self._clock())
            entries[:] = [entry]

        details = {**told, "retention": key.retention, "period": key.period}
        concern = Concern(HUB, key.controller or HUB, RECORDS)
        try:
            appended: Any = await self._journal.overseen(
                KEY_DESTROYED,
                concern,
                client=HUB,
                subject=key.subject,
                outcome=key.id,
                details=details,
                write=write,
            )
        except _KeyGone:
            return None
        return Destroyed(key, entries[0], appended)

    async def _receipt(self, done: Sequence[Destroyed], reason: str, **more: object) -> Forgotten:
        receipt_id, at = self._new_id(), self._clock()

        def issue() -> str:
            receipt = self._receipts.issue(receipt_id, reason, done, **more)
            with self._connect() as connection:
                keep_receipt(connection, receipt_id, reason, receipt, at)
                connection.commit()
            return receipt

        return Forgotten(tuple(done), await self._reads(issue))

    async def reapply(self) -> int:
        """Destroy every key that is listed and there again: a backup was restored, or a crash came in between. How many there were.

        Raises:
            KeysUnusable: the list is damaged.
            NotRecorded: not all was destroyed: nothing may be read.
        """
        count = 0
        for chunk in self._shreds.read():
            orders = {one.key: one.order for one in chunk}
            there = await self._reads(lambda orders=orders: self._there(orders))  # type: ignore[misc]
            for order in sorted({orders[key.id] for key in there}):
                keys = [key for key in there if orders[key.id] == order]
                told = {"reason": "order", "orderId": order, "again": True}
                done = await self._all(keys, told, None, "order", orderId=order, again=True)
                count += len(done.keys) if done else 0
        return count

    def _there(self, ids: Mapping[str, str]) -> tuple[KeyInfo, ...]:
        with self._connect() as connection:
            return keys_there(connection, ids)

    async def retire(self) -> int:
        """Destroy every key whose lines are all past their retention; how many. Those of agents come last: their lines go before them.

        Raises:
            NotRecorded: not all was destroyed; the next time goes on.
        """

        def begin() -> datetime:
            with self._connect() as connection:
                now = min(self._clock(), self._database_time(connection))
                drop_intent_keys(connection, (now - _INTENTS_KEPT).date())
                connection.commit()
            return now

        now = await self._reads(begin)
        return await self._retire(now, agents=False) + await self._retire(now, agents=True)

    async def _retire(self, now: datetime, *, agents: bool) -> int:
        after, count = "", 0
        while page := await self._reads(lambda after=after: self._page(after)):  # type: ignore[misc]
            due = [key for key in page if (key.subject == AGENTS) is agents and is_over(key, now)]
            done = await self._all(due, {"reason": "retention"}, None, "retention")
            count += len(done.keys) if done else 0
            after = page[-1].id
        return count

    def _page(self, after: str) -> tuple[KeyInfo, ...]:
        with self._connect() as connection:
            return live_keys(connection, after=after)
