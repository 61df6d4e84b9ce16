"""The usage log: append-only, verifiable, and able to forget.

`UsageLog` records intents and entries and reads a subject's lines; `History` reads across subjects; `Proofs` (and `Tree`, on a connection of
one's own) proves what is in the tree; `verify` checks a whole log; `merkle`, `checkpoint` and `cosignature` are what another verifier needs,
`witnessing` what a witness does. The format is specified in `docs/log-format.md`.
"""

from audit import bridging, checkpoint, cosignature, merkle, witnessing
from audit.agents import AGENTS
from audit.blind import BlindKey
from audit.bridging import LOG_BRIDGED, Bridge, sign_first
from audit.bundle import Bundle, read_bundle
from audit.checkpoint import Checkpoint, CheckpointSigner
from audit.choice import EVERYTHING, Choice
from audit.completeness import Completeness, read_completeness
from audit.completing import CompletenessProver
from audit.cosignature import WitnessKey
from audit.cosigning import Cosigning, Newest, cosigned_note
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
from audit.extent import Extent
from audit.forgetting import (
    KEY_DESTROYED,
    KeyInfo,
    destroy_key,
    drop_intent_keys,
    keys_of,
    keys_there,
    live_keys,
    under_key,
)
from audit.history import History
from audit.indexing import Indexer
from audit.kept import KeptNote, holds, note_in, write_whole
from audit.keyring import EPOCH_KEY, EpochKeys, EpochRing, KeyRing, MemoryKeyRing
from audit.log import MOST_COUNTED, UsageLog
from audit.model import Appended, Entry, Intent, Line, LogSettings, Page
from audit.officials import Officials
from audit.orphans import DELIVERY_UNKNOWN
from audit.proofs import Consistency, Inclusion, Proofs, Published, Tree
from audit.prover import Prover
from audit.report import Finding, Report
from audit.rewrapping import Rewrapped, elected, rewrap
from audit.rotation import SIGNING_KEY_CHANGED, RotatingSigner, SigningKey
from audit.search import By, Search
from audit.subject_map.building import MAP_ROOT, MapBuilder
from audit.subject_map.proving import last_told
from audit.subject_map.renewing import renew_map
from audit.subject_map.tables import State as MapState
from audit.tables import metadata
from audit.trust import Trust, check_signatures
from audit.verify import verify
from audit.witnessing import Witness

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
