"""The tree of the usage log: its keys, its proofs, its bridges."""

from typing import Final

from pydantic import ConfigDict, Field

from hub.api.replies.base import Reply

_HASH: Final = "In base 64, as in a checkpoint"


class LogKey(Reply):
    """A key of the log."""

    verifier_key: str = Field(description="As C2SP signed-note writes it")
    named_by: int | None = Field(
        None, description="The index of the entry that names it; none for the first key"
    )


class LogKeys(Reply):
    """The keys of the log, oldest first."""

    items: list[LogKey]
    total: int


class InclusionRead(Reply):
    """That an entry is in the tree (RFC 9162, section 2.1.3)."""

    model_config = ConfigDict(title="Inclusion", json_schema_extra={"example": {
        "index": 1, "size": 2, "leafHash": "0a2m…", "rootHash": "w2pZ…", "path": ["E3kE…"]}})  # fmt: skip

    index: int
    size: int
    leaf_hash: str = Field(description=_HASH)
    root_hash: str = Field(description=_HASH)
    path: list[str] = Field(description=_HASH)


class ConsistencyRead(Reply):
    """That one tree is the beginning of another (RFC 9162, section 2.1.4)."""

    model_config = ConfigDict(title="Consistency", json_schema_extra={"example": {
        "oldSize": 1, "newSize": 2, "oldRootHash": "0a2m…", "newRootHash": "w2pZ…", "path": ["E3kE…"]}})  # fmt: skip

    old_size: int
    new_size: int
    old_root_hash: str = Field(description=_HASH)
    new_root_hash: str = Field(description=_HASH)
    path: list[str] = Field(description=_HASH)


class BridgeRead(Reply):
    """A log that lost entries goes on under another name."""

    model_config = ConfigDict(title="Bridge", json_schema_extra={"example": {
        "notice": "onlyonce log bridge v1\nhub.example/log\n9\n0a2m…\nhub.example/log/2\n7\nw2pZ…\n1795435200000\nThe disk burnt\n\n— hub.example/log E3kE…\n— hub.example/log/2 9xQd…\n"}})  # fmt: skip

    notice: str = Field(
        description="A C2SP signed note: the log that ended and its last known checkpoint, the log that goes on and what it begins with, when and why; signed in both names"
    )


class BridgesRead(Reply):
    """The notices of all bridges, oldest first."""

    model_config = ConfigDict(title="Bridges", json_schema_extra={"example": {"items": [], "total": 0}})

    items: list[BridgeRead]
    total: int
