"""The usage log: how it is written, witnessed, found and forgotten."""

from pathlib import Path

from pydantic import Field

from hub.settings.basics import Basics
from hub.settings.kinds import File


class UsageLogSettings(Basics):
    """How the usage log is written, witnessed, found and forgotten, and what of it stands beside the keys."""

    checkpoint_interval_s: float = Field(
        1.0, gt=0, le=60, description="How often the log's checkpoint is signed, in seconds."
    )
    witnesses: File | None = Field(
        None,
        description="File of the witnesses that cosign the log's checkpoints: a line for each, its address and its verifier key; unset: none.",
    )
    witness_quorum: int | None = Field(
        None,
        ge=1,
        description="How many of the witnesses must have cosigned a checkpoint before it is published; unset: all.",
    )
    witness_patience_s: float = Field(
        60.0,
        gt=0,
        le=86_400,
        description="How long a witness may be away before the hub is degraded, in seconds; one that refuses degrades it at once.",
    )
    key_epoch_days: int = Field(
        30,
        ge=1,
        le=366,
        description="After how many days the keys of the log are wrapped anew: once the key that wrapped them is destroyed too, an older backup brings no destroyed key back.",
    )
    key_epoch_kept_days: int = Field(
        2,
        ge=1,
        le=90,
        description="How many days later the key that wrapped them is destroyed. Make a backup of the database within that time: after it, no earlier one can be read.",
    )
    key_rounds_s: float = Field(
        3600.0,
        ge=0,
        le=86_400,
        description="How often the log's keys are looked after (epochs that end, lines past their retention), in seconds; 0: only by command.",
    )
    orphan_after_s: float = Field(
        30.0,
        gt=0,
        le=45,
        description="After how many seconds a consultation that nothing closed becomes an entry of its own.",
    )
    log_index_s: float = Field(
        60.0,
        gt=0,
        le=3600,
        description="How often what the log's entries are found by is brought up to date, in seconds.",
    )
    map_interval_s: float = Field(
        300.0,
        gt=0,
        le=86_400,
        description="How often the map of subjects is renewed, in seconds: what came since is not yet proven to be all.",
    )
    log_queue: int = Field(
        4096, ge=1, description="How many entries may wait to be written; beyond that a prefill is refused."
    )
    log_deadline_s: float = Field(
        5.0,
        gt=0,
        le=60,
        description="In how many seconds an entry must be written; beyond that the caller is told that it was not, and nothing is disclosed.",
    )

    @property
    def kept_checkpoint(self) -> Path:
        """Where the log's last checkpoint is kept: beside the keys, out of reach of whoever can write to the database."""
        return self.keys / "log.checkpoint"

    @property
    def named_log(self) -> Path:
        """Where the name of the log stands, which outlives a change of the hub's address."""
        return self.keys / "log.origin"

    @property
    def shreds(self) -> Path:
        """The list of keys of the log that were destroyed on an order: beside the keys, out of reach of a restored database."""
        return self.keys / "shredded.jsonl"
