"""`onlyonce log bridge`: go on with a log that lost entries, under a new name, in the open.

1. The new name is put beside the keys. From then on no hub appends, for what is kept there still bears the old one.
2. The notice and its entry are written, in one transaction.
3. The first checkpoint under the new name is signed, and takes the place of what was kept; that stays beside it.

Whatever step a crash leaves it at, hubs refuse to append, and running it again goes on from there.
"""

import argparse
import asyncio
import json
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from hub.cli.common import CannotAsk, partly
from hub.cli.desk import now, user, words
from hub.moments import to_millis

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from sqlalchemy import Engine

    from audit import Bridge, Checkpoint, Entry, KeptNote
    from hub.keys import KeyFolder
    from hub.settings import Settings


def add(actions: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `bridge`."""
    bridge = actions.add_parser(
        "bridge", help="go on with a log that lost entries, under a new name that says so in the open"
    )
    bridge.add_argument("--reason", type=words, required=True, help="why, for everybody to read")
    bridge.add_argument("--by", type=words, help="who does it (default: the user's name)")
    bridge.add_argument("--origin", help="the new name (default: the old one with /2, /3, …)")
    bridge.add_argument(
        "--checkpoint",
        type=Path,
        metavar="FILE",
        action="append",
        default=[],
        help="a later checkpoint of the log that somebody else kept; may be given again",
    )
    bridge.add_argument("--json", action="store_true", help="print one JSON object")
    bridge.set_defaults(run=bridge_log)


def bridge_log(given: argparse.Namespace) -> int:
    """Bridge the log."""
    from audit import checkpoint  # noqa: PLC0415
    from hub.cli.log.verify import read_checkpoint_file  # noqa: PLC0415
    from hub.database import check_schema, open_engine  # noqa: PLC0415
    from hub.identity import check_keyprints  # noqa: PLC0415
    from hub.keys import KeyFolder  # noqa: PLC0415

    settings = partly()
    shown = [read_checkpoint_file(file) for file in given.checkpoint]
    keys = KeyFolder(settings.keys, create=False)
    engine = open_engine(settings.database_url, create=False)
    try:
        check_schema(engine)
        check_keyprints(engine, keys.fingerprints)
        steps = _Steps(settings, keys, engine)
        bridge, note = steps.run(given, shown)
    finally:
        engine.dispose()
    verifier = checkpoint.verifier_key(bridge.new.origin, steps.key.public_key())
    if given.json:
        print(json.dumps({"origin": bridge.new.origin, "verifierKey": verifier, "notice": note}))
    else:
        _show(bridge, note, verifier)
    return 0


def _show(bridge: "Bridge", note: str, verifier: str) -> None:
    print(f"the log goes on as {bridge.new.origin}, from {bridge.new.size} entries of {bridge.old.origin}")
    print(f"  {bridge.old.origin} ended at {bridge.old.size}; what is not in it any more is lost")
    print("  restart every hub; give this verifier key to the witnesses, and to all who check the log:")
    print(f"  {verifier}\n\n{note}", end="")


@dataclass(frozen=True, slots=True)
class _Steps:
    settings: "Settings"
    keys: "KeyFolder"
    engine: "Engine"

    @property
    def key(self) -> "Ed25519PrivateKey":
        """What signs the notice, and begins to sign under the new name: the key in force, or the next one that still can."""
        from audit import checkpoint  # noqa: PLC0415
        from audit.checkpoints.rotation import in_force  # noqa: PLC0415
        from audit.tree.proofs import last_note  # noqa: PLC0415

        keys = self.keys.log()
        with self.engine.connect() as connection:
            last = last_note(connection)
        origin = checkpoint.read_checkpoint(last).origin if last is not None else ""
        for one in keys[in_force(origin, keys, last) or 0 :]:
            if one.private is not None:
                return one.private
        raise CannotAsk("no key of the log can sign any more")

    def run(self, given: argparse.Namespace, shown: list[str]) -> tuple["Bridge", str]:
        """All steps, or those that are left."""
        from audit import KeptNote, bridging, checkpoint, sign_first, write_whole  # noqa: PLC0415
        from hub.assembly.naming import log_origin  # noqa: PLC0415

        kept, name = KeptNote(self.settings.kept_checkpoint), log_origin(self.settings)
        lost = self._lost(kept, name, shown)
        origin = name if lost.origin != name else (given.origin or bridging.next_origin(name))
        if origin == lost.origin or not checkpoint.is_key_name(origin):
            raise CannotAsk("--origin: must be another name, without spaces and plus signs")
        self._refuse_if_broken()
        write_whole(self.settings.named_log, f"{origin}\n")
        note = self._written(lost, origin) or asyncio.run(self._write(lost, origin, given))
        if sign_first(self.engine, origin, self.key, kept) is None:
            raise CannotAsk("the first checkpoint could not be signed: run this again")
        return bridging.read_bridge(note), note

    def _lost(self, kept: "KeptNote", name: str, shown: list[str]) -> "Checkpoint":
        """The largest checkpoint that this log signed and does not go on from."""
        from audit import holds, note_in  # noqa: PLC0415

        notes = [note_in(kept.path.read_text("utf-8"))] if kept.path.exists() else []
        contradiction = kept.contradiction()
        known = [self._opened(note) for note in [*notes, *([contradiction] if contradiction else []), *shown]]
        origin = known[0].origin if notes or contradiction else name
        if any(one.origin != origin for one in known):
            raise CannotAsk(f"a checkpoint is not one of {origin}")
        with self.engine.connect() as connection:
            lost = [one for one in known if not holds(connection, one)]
        if lost:
            return max(lost, key=lambda one: one.size)
        if known and origin != name:  # a bridge was begun, and the entry is all that it added
            return max(known, key=lambda one: one.size)
        raise CannotAsk("the log goes on from every checkpoint that is known: there is nothing to bridge")

    def _opened(self, note: str) -> "Checkpoint":
        from audit import CheckpointInvalid, checkpoint  # noqa: PLC0415

        found = checkpoint.read_checkpoint(note)
        for key in self.keys.log.public:
            with suppress(CheckpointInvalid):
                return checkpoint.open_checkpoint(note, found.origin, key)
        raise CannotAsk(f"the checkpoint of {found.size} entries was not signed by this log")

    def _refuse_if_broken(self) -> None:
        """What is left has to hold by itself: a bridge is for entries that are lost, not for ones that were changed."""
        from audit import verify  # noqa: PLC0415

        found = verify(self.engine, keys=self.keys.epochs, public_key=self.keys.log.public)
        if found.first is not None:
            raise CannotAsk(
                f"what is left of the log does not hold, so nothing is bridged: {found.first.what}"
            )

    def _written(self, lost: "Checkpoint", origin: str) -> str | None:
        """The notice, where it was written before a crash."""
        from audit import bridging  # noqa: PLC0415

        with self.engine.connect() as connection:
            notes = bridging.notices(connection)
        if not notes:
            return None
        last = bridging.read_bridge(notes[-1])
        return notes[-1] if (last.old, last.new.origin) == (lost, origin) else None

    async def _write(self, lost: "Checkpoint", origin: str, given: argparse.Namespace) -> str:
        """Write the notice and its entry."""
        from audit import Bridge, LogChanged, UsageLog, bridging  # noqa: PLC0415

        # Nothing is kept from this log's sight: it appends to what is left.
        log = UsageLog(self.engine, keys=self.keys.epochs, grants=lambda _, __: frozenset(), clock=now)
        await log.start()
        try:
            while True:
                with self.engine.connect() as connection:
                    left = bridging.head(connection, origin)
                bridge = Bridge(lost, left, to_millis(now()), given.reason)
                note = bridge.sign(self.key)
                try:
                    await log.append(
                        _entry(bridge, note, given.by or user()),
                        write=partial(bridging.store, bridge=bridge, note=note),
                    )
                except LogChanged:  # an intent that nothing closed became an entry meanwhile
                    continue
                return note
        finally:
            await log.close()


def _entry(bridge: "Bridge", note: str, by: str) -> "Entry":
    """It is about nobody; its outcome commits to the notice."""
    from audit import LOG_BRIDGED, Entry, bridging  # noqa: PLC0415
    from hub.randomness import new_id  # noqa: PLC0415
    from hub.services.concerns import HUB, OWN_RETENTION, THE_HUB  # noqa: PLC0415

    return Entry(
        id=new_id(), kind=LOG_BRIDGED, controller=HUB, client=HUB, activity=HUB, outcome=bridging.digest(note),
        subject=THE_HUB, retention=OWN_RETENTION,
        details={
            "oldOrigin": bridge.old.origin, "oldSize": bridge.old.size, "oldRoot": bridge.old.root.hex(),
            "newOrigin": bridge.new.origin, "reason": bridge.reason, "by": by,
        },
    )  # fmt: skip
