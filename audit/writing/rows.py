"""From what was admitted to the rows of a batch: sealed, chained, hashed into the tree."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from audit.entries.agents import FIELD, seal_agents
from audit.entries.leaf import NUMBER, OPEN_SEED, PREVIOUS, SEALED_SEED, leaf, open_values, seal_fields
from audit.keys.sealing import (
    NONCE,
    DataKey,
    Purpose,
    body_binding,
    intent_binding,
    intent_purpose,
)
from audit.model import Appended, to_millis
from audit.store import Chain
from audit.tree.merkle import CompactRange, hash_leaf
from audit.writing.jobs import AppendJob, IntendJob

RANDOM = OPEN_SEED + SEALED_SEED + NONCE + NONCE
"""Random bytes that an entry or an intent takes."""

Row = Mapping[str, Any]
_NUMBER, _PREVIOUS, _AGENTS = NUMBER.encode(), PREVIOUS.encode(), FIELD.encode()


class Rows:
    """The rows of one batch, in the order of their indices.

    Args:
        tree: the tree before the batch; it grows.
        keys: for every purpose in the batch.
        chains: the ends of the chains of the batch's subjects.
        now: the time of everything in the batch but of its intents.
        intended: the time of its intents, in milliseconds.
    """

    def __init__(
        self,
        tree: CompactRange,
        keys: Mapping[Purpose, DataKey],
        chains: Mapping[str, Chain],
        now: datetime,
        intended: int,
    ) -> None:
        self._tree, self._keys, self._now, self._millis = tree, keys, now, to_millis(now)
        self._intents, self._intended = intent_purpose(now), intended
        self._ends = dict(chains)
        self.entries: list[Row] = []
        self.intents: list[Row] = []
        self.chains: dict[str, Row] = {}

    def intend(self, job: IntendJob, random: bytes) -> None:
        """Seal an intent."""
        key, intent_id = self._keys[self._intents], job.intent.id
        sealed = key.seal(random[:NONCE], job.body, intent_binding(intent_id, self._intended))
        self.intents.append(
            {"id": intent_id, "recorded_at": self._intended, "key_id": key.id, "body": sealed}
        )

    def append(self, job: AppendJob, random: bytes) -> None:
        """Seal an entry, and give it the next place in the tree and in its subject's chain."""
        entry, index = job.entry, self._tree.size
        key = self._keys[job.purpose(self._now)]
        end = self._ends.get(entry.subject, Chain(0, b""))
        salt, seed, nonce = random[:OPEN_SEED], random[OPEN_SEED : -2 * NONCE], random[-2 * NONCE : -NONCE]
        fields = [*job.fields, (_NUMBER, b"%d" % end.entries), (_PREVIOUS, end.last_leaf)]
        if (agents := job.agents_purpose(self._now)) is not None:
            sealed_agents = seal_agents(self._keys[agents], random[-NONCE:], entry.agents, entry.id)
            fields.insert(-2, (_AGENTS, sealed_agents))
        sealed, body = seal_fields(seed, fields)
        row: dict[str, Any] = {
            "leaf_index": index,
            "id": entry.id,
            "recorded_at": self._millis,
            "kind": entry.kind,
            "controller": entry.controller,
            "client": entry.client,
            "activity": entry.activity,
            "outcome": entry.outcome,
            "subject": entry.subject,
            "retention": entry.retention,
            "key_id": key.id,
            "salt": salt,
            "sealed_digest": sealed,
        }
        values = open_values(row)
        row["body"] = key.seal(nonce, body, body_binding(salt, values))
        value = row["leaf"] = leaf(salt, values, row["body"], sealed)
        self._tree.append(hash_leaf(value))
        self.entries.append(row)
        self._chain(entry.subject, Chain(end.entries + 1, value), index)
        job.result = Appended(index, value, self._now, job.written)

    def _chain(self, subject: str, end: Chain, index: int) -> None:
        self._ends[subject] = end
        self.chains[subject] = {
            "subject": subject,
            "entries": end.entries,
            "last_index": index,
            "last_leaf": end.last_leaf,
        }
