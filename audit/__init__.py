"""The usage log: append-only, verifiable, and able to forget.

`UsageLog` records intents and entries and reads a subject's lines; `History` reads across subjects; `Proofs` (and `Tree`, on a connection of
one's own) proves what is in the tree; `verify` checks a whole log; `merkle`, `checkpoint` and `cosignature` are what another verifier needs,
`witnessing` what a witness does. The format is specified in `docs/log-format.md`.
"""

from audit.checkpoints import bridging, checkpoint
from audit.checkpoints.bridging import LOG_BRIDGED, Bridge, sign_first
from audit.checkpoints.checkpoint import Checkpoint, CheckpointSigner
from audit.checkpoints.kept import KeptNote, holds, note_in, write_whole
from audit.checkpoints.rotation import SIGNING_KEY_CHANGED, RotatingSigner, SigningKey
from audit.entries.agents import AGENTS
from audit.errors import (
    AuditError,
    CheckpointInvalid,
    EntryRefused,
    ExportInvalid,
    GrantGone,
    IntentGone,
    LogChanged,
    LogFull,
    LogUnavailable,
    MerkleError,
    NotSigned,
    ProofInvalid,
    TooManyEntries,
)
from audit.exporting import export, opened_export
from audit.keys.forgetting import (
    KEY_DESTROYED,
    KeyInfo,
    destroy_key,
    drop_intent_keys,
    keys_of,
    keys_there,
    live_keys,
    opens_any,
    under_key,
)
from audit.keys.keyring import EPOCH_KEY, EpochKeys, EpochRing, KeyRing, MemoryKeyRing
from audit.keys.rewrapping import Rewrapped, elected, rewrap
from audit.log import MOST_COUNTED, UsageLog
from audit.model import Appended, Entry, Intent, Line, LogSettings, Page
from audit.proving.bundle import Bundle, read_bundle
from audit.proving.completeness import Completeness, read_completeness
from audit.proving.completing import CompletenessProver
from audit.proving.prover import Prover
from audit.proving.trust import Trust, check_signatures
from audit.reading.blind import BlindKey
from audit.reading.choice import EVERYTHING, Choice
from audit.reading.extent import Extent
from audit.reading.history import History
from audit.reading.indexing import Indexer
from audit.reading.officials import Officials
from audit.reading.search import By, Search
from audit.subject_map.building import MAP_ROOT, MapBuilder
from audit.subject_map.proving import last_told
from audit.subject_map.renewing import renew_map
from audit.subject_map.tables import State as MapState
from audit.tables import metadata
from audit.tree import merkle
from audit.tree.proofs import Consistency, Inclusion, Proofs, Published, Tree
from audit.verifying.report import Finding, Report
from audit.verifying.verify import verify
from audit.witnesses import cosignature, witnessing
from audit.witnesses.cosignature import WitnessKey
from audit.witnesses.cosigning import Cosigning, Newest, cosigned_note
from audit.witnesses.witnessing import Witness
from audit.writing.orphans import DELIVERY_UNKNOWN

__all__ = [
    "AGENTS",
    "DELIVERY_UNKNOWN",
    "EPOCH_KEY",
    "EVERYTHING",
    "KEY_DESTROYED",
    "LOG_BRIDGED",
    "MAP_ROOT",
    "MOST_COUNTED",
    "SIGNING_KEY_CHANGED",
    "Appended",
    "AuditError",
    "BlindKey",
    "Bridge",
    "Bundle",
    "By",
    "Checkpoint",
    "CheckpointInvalid",
    "CheckpointSigner",
    "Choice",
    "Completeness",
    "CompletenessProver",
    "Consistency",
    "Cosigning",
    "Entry",
    "EntryRefused",
    "EpochKeys",
    "EpochRing",
    "ExportInvalid",
    "Extent",
    "Finding",
    "GrantGone",
    "History",
    "Inclusion",
    "Indexer",
    "Intent",
    "IntentGone",
    "KeptNote",
    "KeyInfo",
    "KeyRing",
    "Line",
    "LogChanged",
    "LogFull",
    "LogSettings",
    "LogUnavailable",
    "MapBuilder",
    "MapState",
    "MemoryKeyRing",
    "MerkleError",
    "Newest",
    "NotSigned",
    "Officials",
    "Page",
    "ProofInvalid",
    "Proofs",
    "Prover",
    "Published",
    "Report",
    "Rewrapped",
    "RotatingSigner",
    "Search",
    "SigningKey",
    "TooManyEntries",
    "Tree",
    "Trust",
    "UsageLog",
    "Witness",
    "WitnessKey",
    "bridging",
    "check_signatures",
    "checkpoint",
    "cosignature",
    "cosigned_note",
    "destroy_key",
    "drop_intent_keys",
    "elected",
    "export",
    "holds",
    "keys_of",
    "keys_there",
    "last_told",
    "live_keys",
    "merkle",
    "metadata",
    "note_in",
    "opened_export",
    "opens_any",
    "read_bundle",
    "read_completeness",
    "renew_map",
    "rewrap",
    "sign_first",
    "under_key",
    "verify",
    "witnessing",
    "write_whole",
]
