"""Bridges: each notice is signed, begins with the entries that there are, and is what its entry commits to."""

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from audit.checkpoints.bridging import LOG_BRIDGED, Bridge, digest, read_bridge
from audit.checkpoints.checkpoint import open_note
from audit.errors import CheckpointInvalid
from audit.verifying.check import Check, Log, Seen


class BridgesCheck(Check):
    """Every notice has its entry, the first after the bridge, and every such entry its notice; checkpoints bear the name of their time."""

    def __init__(self, log: Log) -> None:
        super().__init__(log)
        self._notes: dict[int, str] = {}
        self._bridges: list[Bridge] = []
        for row in log.rows("SELECT size, note FROM audit_bridge ORDER BY size"):
            self._read(row["size"], row["note"])
        self._roots = {bridge.new.size: bridge.new.root for bridge in self._bridges}

    def entry(self, seen: Seen) -> None:
        """Compare an entry that commits to a notice with it, and the tree with what a notice says that it began with."""
        size, root = self.log.tree.size, self._roots.get(self.log.tree.size)
        if root is not None and root != self.log.tree.root():
            self.log.findings.add(None, f"the notice of the bridge at {size} begins with other entries")
        note = self._notes.pop(seen.index, None)
        bridged = seen.row["kind"] == LOG_BRIDGED
        if bridged and note is None:
            self.log.findings.add(
                seen.index, f"entry {seen.index}: the notice of this bridge is gone", follows=True
            )
        elif note is not None and (not bridged or seen.row["outcome"] != digest(note)):
            self.log.findings.add(
                seen.index,
                f"entry {seen.index}: it does not commit to the notice of the bridge",
                follows=True,
            )

    def finish(self, *, whole: bool) -> None:
        """Name what has no entry, and checkpoints with another log's name."""
        if whole:
            for size in self._notes:
                self.log.findings.add(None, f"the notice of a bridge at {size} has no entry")
        first = self.log.find("SELECT note FROM audit_checkpoint ORDER BY size LIMIT 1")
        if not self._bridges and first and type(first[0]["note"]) is str:
            self._check_names(first[0]["note"].partition("\n")[0], 0, None)
        since = 0
        for bridge in self._bridges:
            self._check_names(bridge.old.origin, since, bridge.new.size)
            since = bridge.new.size
        if self._bridges:
            self._check_names(self._bridges[-1].new.origin, since, None)

    def _read(self, size: object, note: object) -> None:
        try:
            if type(size) is not int or type(note) is not str:
                raise CheckpointInvalid("a column holds what was never written there")  # noqa: TRY301
            self._notes[size] = note
            bridge = read_bridge(note)
            if bridge.new.size != size:
                raise CheckpointInvalid("it is one of another size")  # noqa: TRY301
            if self._bridges and self._bridges[-1].new.origin != bridge.old.origin:
                raise CheckpointInvalid("it does not lead on from the one before")  # noqa: TRY301
            self._check_signed(bridge, note)
        except CheckpointInvalid as error:
            self.log.findings.add(None, f"the notice of a bridge at {size}: {error}")
        else:
            self._bridges.append(bridge)

    def _check_signed(self, bridge: Bridge, note: str) -> None:
        keys = self.log.given.public_keys
        for name in (bridge.old.origin, bridge.new.origin):
            if keys and not any(_opens(note, name, key) for key in keys):
                raise CheckpointInvalid(f"no known key signed it in the name of {name}")

    def _check_names(self, origin: str, since: int, until: int | None) -> None:
        """Whether the checkpoints of these sizes have the name that the log had then."""
        first = f"{origin}\n"
        found = self.log.find(
            "SELECT min(size) AS size FROM audit_checkpoint WHERE size > ? AND size <= ? AND substr(note, 1, ?) <> ?",
            since, 2**62 if until is None else until, len(first), first,
        )  # fmt: skip
        if found[0]["size"] is not None:
            self.log.findings.add(None, f"the checkpoint at {found[0]['size']} bears the name of another log")


def _opens(note: str, name: str, key: Ed25519PublicKey) -> bool:
    try:
        open_note(note, {name: key})
    except CheckpointInvalid:
        return False
    return True
