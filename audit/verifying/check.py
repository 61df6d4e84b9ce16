"""What a check of the log is, and what all checks of one verification share."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import Connection

from audit.entries.checking import Columns
from audit.keys.destruction import Destructions
from audit.keys.keyring import KeyRing
from audit.keys.sealing import DataKeys
from audit.tree.merkle import CompactRange
from audit.verifying.report import Counts, Findings
from audit.witnesses.cosignature import WitnessKey

_CHUNK = 1000
_KEPT_KEYS = 10_000


@dataclass(frozen=True, slots=True)
class Given:
    """What a verification was given beside the database.

    Attributes:
        now: the time.
        ring: to open what is sealed; None: it is not opened.
        blind: to compute the tags of blind indexes; None: they are not compared.
        public_keys: of the checkpoints' signer, oldest first; none: no signature is checked.
        kept: checkpoints that were kept elsewhere.
        witnesses: whose cosignatures count.
        quorum: how many of them must have cosigned what is older than ten minutes.
    """

    now: datetime
    ring: KeyRing | None = None
    blind: bytes | None = field(default=None, repr=False)
    public_keys: Sequence[Ed25519PublicKey] = ()
    kept: Collection[str] = ()
    witnesses: Collection[WitnessKey] = ()
    quorum: int = 0


@dataclass(frozen=True, slots=True)
class Seen:
    """One entry, as the pass over all of them gives it to each check.

    Attributes:
        index: its place, counted from 0.
        row: its columns, as the driver gives them: nothing says that a cell has the type that was written there.
        leaf: the one that is stored, if it is one.
        fields: the sealed fields, if its body was opened.
    """

    index: int
    row: Columns
    leaf: bytes
    fields: dict[bytes, bytes] | None = field(repr=False)


class Log:
    """The log that is verified: one snapshot of the database, and what was found so far.

    Attributes:
        connection: in the snapshot.
        given: what the verification was given.
        keys: `given.ring` with its unwrapped keys; None without.
        findings: where problems go.
        counts: what the report tells beside them.
        tree: of the entries seen, the one at hand included.
        destructions: who destroyed a key.
    """

    def __init__(self, connection: Connection, given: Given) -> None:
        self.connection, self.given = connection, given
        self.keys = DataKeys(given.ring) if given.ring is not None else None
        self.findings, self.counts, self.tree = Findings(), Counts(), CompactRange()
        self.destructions = Destructions(connection, self.keys, self.key_row)
        self._mark = "%s" if connection.dialect.name == "postgresql" else "?"
        self._key_rows: dict[object, Columns | None] = {}

    def rows(self, query: str) -> Iterator[Columns]:
        """All rows of a query, as the driver gives them, a chunk at a time."""
        options = {"stream_results": True, "yield_per": _CHUNK}
        yield from self.connection.exec_driver_sql(query, execution_options=options).mappings()

    def find(self, query: str, *parameters: object) -> Sequence[Columns]:
        """The few rows of a query; `?` stands for a parameter."""
        return self.connection.exec_driver_sql(query.replace("?", self._mark), parameters).mappings().all()

    def key_row(self, key_id: object) -> Columns | None:
        """The row of a data key; None if there is none."""
        if key_id not in self._key_rows:
            if len(self._key_rows) >= _KEPT_KEYS:
                self._key_rows.clear()
            found = self.find("SELECT * FROM audit_data_key WHERE id = ?", key_id)
            self._key_rows[key_id] = found[0] if found else None
        return self._key_rows[key_id]


class Check:
    """One of the checks. Each is made anew for a verification; the ones that are listed earlier are asked first.

    A check adds what it finds to `log.findings`, with the index of the entry that is bad: the first bad entry of a log is the one that
    names itself, see `Findings`.
    """

    def __init__(self, log: Log) -> None:
        self.log = log

    def entry(self, seen: Seen) -> None:
        """Look at the next entry; `log.tree` counts it already. Called in the order of the indices, until one is missing."""

    def finish(self, *, whole: bool) -> None:
        """Look at what stands beside the entries, once all were seen.

        Args:
            whole: whether no entry was missing: else nothing that counts all of them can be computed.
        """
