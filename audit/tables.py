"""The tables of the usage log. Nothing outside this room reads or writes them.

`audit_entry` is keyed by the leaf's index and refers to nothing, so that PostgreSQL can partition it by ranges of the index.
"""

from sqlalchemy import BigInteger, Column, Index, LargeBinary, MetaData, String, text
from sqlmodel import Field, SQLModel

metadata = MetaData()

HANDLE = 64
NAME = 200
WITNESS = 400


class _Table(SQLModel):
    """The room's own metadata: its tables are created by migrations, apart from everyone else's."""

    metadata = metadata


def _key(kind: type[BigInteger] | String) -> Column:  # type: ignore[type-arg]
    return Column(kind, primary_key=True, autoincrement=False)


class EntryRow(_Table, table=True):
    """One entry. Every column but `leaf` and `sealed_digest` is a field of the leaf (docs/log-format.md)."""

    __tablename__ = "audit_entry"
    # Entries come in the order of their times, so that PostgreSQL needs a few bytes for each hundred pages (BRIN) to find a time again, and
    # an append nothing. SQLite has no such index; there, the tallies of `audit_tally` tell where a time is.
    __table_args__ = (
        Index("audit_entry_of_subject", "subject", text("leaf_index DESC")),
        Index(
            "audit_entry_by_time",
            "recorded_at",
            postgresql_using="brin",
            postgresql_with={"autosummarize": "on"},
        ).ddl_if(dialect="postgresql"),
    )

    leaf_index: int = Field(sa_column=_key(BigInteger))
    id: str = Field(sa_column=Column(String(NAME), nullable=False, unique=True))
    recorded_at: int = Field(sa_column=Column(BigInteger, nullable=False))
    kind: str = Field(max_length=NAME)
    controller: str = Field(max_length=NAME)
    client: str = Field(max_length=NAME)
    activity: str = Field(max_length=NAME)
    outcome: str = Field(max_length=NAME)
    subject: str = Field(max_length=HANDLE)
    retention: str = Field(max_length=NAME)
    key_id: str = Field(max_length=NAME)
    body: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    salt: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    sealed_digest: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    leaf: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class IntentRow(_Table, table=True):
    """A consultation that was announced and not yet recorded. It says nothing in the clear but when."""

    __tablename__ = "audit_intent"

    id: str = Field(sa_column=_key(String(NAME)))
    recorded_at: int = Field(sa_column=Column(BigInteger, nullable=False, index=True))
    key_id: str = Field(max_length=NAME)
    body: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class HeadRow(_Table, table=True):
    """The one row that says how large the tree is; an append is a compare-and-set on its size."""

    __tablename__ = "audit_head"

    id: int = Field(sa_column=_key(BigInteger))
    size: int = Field(sa_column=Column(BigInteger, nullable=False))
    root: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    compact_range: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class CheckpointRow(_Table, table=True):
    """A signed checkpoint: one a size, for ever."""

    __tablename__ = "audit_checkpoint"

    size: int = Field(sa_column=_key(BigInteger))
    note: str


class TileRow(_Table, table=True):
    """A full tile of the tree (C2SP tlog-tiles): written once. It can be computed from the entries; with it proofs need no more than a few rows."""

    __tablename__ = "audit_tile"

    level: int = Field(sa_column=_key(BigInteger))
    tile_index: int = Field(sa_column=_key(BigInteger))
    root: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    hashes: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class CosignatureRow(_Table, table=True):
    """What a witness, by its verifier key, signed of the checkpoint of that size: time and signature (C2SP tlog-cosignature)."""

    __tablename__ = "audit_cosignature"
    __table_args__ = (Index("audit_cosignature_of_witness", "witness", "size"),)

    size: int = Field(sa_column=_key(BigInteger))
    witness: str = Field(sa_column=_key(String(WITNESS)))
    cosignature: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class BridgeRow(_Table, table=True):
    """The notice by which the log goes on under another name, from its first `size` entries on (docs/log-format.md)."""

    __tablename__ = "audit_bridge"

    size: int = Field(sa_column=_key(BigInteger))
    note: str


class DataKeyRow(_Table, table=True):
    """A data key, wrapped under an epoch's key. A destroyed one keeps its row, without the key, and names the entry that says so."""

    __tablename__ = "audit_data_key"
    __table_args__ = (
        Index(
            "audit_data_key_live",
            "subject",
            "period",
            "controller",
            "retention",
            unique=True,
            sqlite_where=text("wrapped IS NOT NULL"),
            postgresql_where=text("wrapped IS NOT NULL"),
        ),
    )

    id: str = Field(sa_column=_key(String(NAME)))
    subject: str = Field(max_length=HANDLE)
    retention: str = Field(max_length=NAME)
    period: str = Field(max_length=NAME)
    controller: str = Field(sa_column=Column(String(NAME), nullable=False, server_default=""))
    """Whose lines it seals; empty: made when there was one key for all controllers."""
    epoch: str = Field(max_length=NAME)
    wrapped: bytes | None = Field(sa_column=Column(LargeBinary, nullable=True))
    destroyed_by: str | None = Field(default=None, max_length=NAME)


class SubjectRow(_Table, table=True):
    """The end of each subject's chain: how many entries there are, and the last one's index and leaf."""

    __tablename__ = "audit_subject"

    subject: str = Field(sa_column=_key(String(HANDLE)))
    entries: int = Field(sa_column=Column(BigInteger, nullable=False))
    last_index: int = Field(sa_column=Column(BigInteger, nullable=False))
    last_leaf: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class MapRow(_Table, table=True):
    """A state of the map of subjects: built, then told in an entry. A state without `entry` was not told; nobody is shown anything of it."""

    __tablename__ = "audit_map"

    number: int = Field(sa_column=_key(BigInteger))
    size: int = Field(sa_column=Column(BigInteger, nullable=False))
    root: bytes | None = Field(sa_column=Column(LargeBinary, nullable=True))
    entry: str | None = Field(default=None, max_length=NAME)


class MapLeafRow(_Table, table=True):
    """What the map says of one subject since the state of that number, until a later row for the same key."""

    __tablename__ = "audit_map_leaf"
    __table_args__ = (Index("audit_map_leaf_of_state", "number", "key"),)

    key: str = Field(sa_column=_key(String(HANDLE)))
    number: int = Field(sa_column=_key(BigInteger))
    salt: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    entries: int = Field(sa_column=Column(BigInteger, nullable=False))
    last_index: int = Field(sa_column=Column(BigInteger, nullable=False))
    last_leaf: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class MapPageRow(_Table, table=True):
    """Four levels of the map, since the state of that number, until a later row for the same path."""

    __tablename__ = "audit_map_page"
    __table_args__ = (Index("audit_map_page_of_state", "number", "path"),)

    path: str = Field(sa_column=_key(String(HANDLE)))
    number: int = Field(sa_column=_key(BigInteger))
    body: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class TallyRow(_Table, table=True):
    """How many entries of a block are of one day, kind, controller, client, activity and outcome."""

    __tablename__ = "audit_tally"

    first_index: int = Field(sa_column=_key(BigInteger))
    position: int = Field(sa_column=_key(BigInteger))
    day: int = Field(sa_column=Column(BigInteger, nullable=False))
    kind: str = Field(max_length=NAME)
    controller: str = Field(max_length=NAME)
    client: str = Field(max_length=NAME)
    activity: str = Field(max_length=NAME)
    outcome: str = Field(max_length=NAME)
    entries: int = Field(sa_column=Column(BigInteger, nullable=False))


class AgentRow(_Table, table=True):
    """A blind index of the agents: the tag of the one who made an entry, and the data keys without which nobody may know it."""

    __tablename__ = "audit_agent"
    __table_args__ = (Index("audit_agent_by_tag", "tag", "leaf_index"),)

    leaf_index: int = Field(sa_column=_key(BigInteger))
    tag: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    key_id: str = Field(max_length=NAME, index=True)
    agents_key_id: str | None = Field(default=None, max_length=NAME, index=True)
