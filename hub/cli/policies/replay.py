"""`onlyonce policies replay ENTRY`: take a recorded decision again.

Exit codes: 0 the same; 1 another; 2 it could not be asked; 3 the line was shredded (`notReplayable`).
"""

import argparse
import json
import sys
from typing import TYPE_CHECKING, Any

from hub.cli.common import CannotAsk
from hub.cli.policy_room import add_room, opened

if TYPE_CHECKING:
    from hub.services.replay import Replayed, Ruling

NOT_REPLAYABLE = 3
_CODES = {"same": 0, "different": 1, "notAsked": 2, "notReplayable": NOT_REPLAYABLE}
_WORDS = {
    "same": "the same decision", "different": "ANOTHER DECISION THAN WAS RECORDED",
    "notAsked": "the decision could not be taken again", "notReplayable": "not replayable",
}  # fmt: skip


def add_replay(actions: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `replay`."""
    replay = actions.add_parser(
        "replay",
        help="take a recorded decision again; exit 1 if it comes out otherwise, 3 if it was shredded",
    )
    replay.add_argument("entry", metavar="ENTRY", help="id or index of an entry of the usage log")
    replay.add_argument("--language", choices=("fr", "nl", "de", "en"), default="en", help="of the texts")
    replay.add_argument("--json", action="store_true", help="print one JSON object")
    add_room(replay, reason="A decision was checked.")
    replay.set_defaults(run=replay_entry)


def replay_entry(given: argparse.Namespace) -> int:
    """Take a decision again, record that it was read, then show it."""
    from hub.services.replay import NoSuchEntry, find, note, replay  # noqa: PLC0415

    with opened(given) as room:
        try:
            line = find(room.history, given.entry)
        except NoSuchEntry as error:
            raise CannotAsk(str(error)) from None
        replayed = replay(line, room.sets)
        if line.details is not None:
            room.record(lambda readings: note(readings, line, purpose="replay", reader=room.reader))
    if given.json:
        print(json.dumps(_told(replayed, given.language), ensure_ascii=False))
    else:
        _show(replayed, given.language)
    return _CODES[replayed.outcome]


def _told(replayed: "Replayed", language: str) -> dict[str, Any]:
    line = replayed.line
    told = {
        "outcome": replayed.outcome, "entry": line.id, "index": line.index, "recordedAt": line.recorded_at.isoformat(timespec="milliseconds"),
        "revision": replayed.revision, "why": replayed.why,
        "rulings": [_ruling(replayed, ruling, language) for ruling in replayed.rulings],
    }  # fmt: skip
    return {name: value for name, value in told.items() if value is not None}


def _ruling(replayed: "Replayed", ruling: "Ruling", language: str) -> dict[str, Any]:
    from policies import Permit, dpo_text  # noqa: PLC0415

    told = {
        "attribute": ruling.attribute,
        "recorded": ruling.recorded,
        "agrees": ruling.agrees,
        "rule": ruling.now.rule,
    }
    if isinstance(ruling.now, Permit):
        return {
            **told,
            "now": "permit",
            "basis": ruling.now.basis,
            "obligations": list(ruling.now.obligations),
        }
    code = ruling.now.reason
    titles = _titles(replayed)
    title, source = titles.get(code, (None, None))
    return {**told, "now": code, "title": title, "source": source, "text": dpo_text(code, language)}


def _titles(replayed: "Replayed") -> dict[str, tuple[str, str]]:
    """Code → title and source of its rule, as far as the set tells its rules."""
    from policies.explain import told_rules  # noqa: PLC0415

    told = told_rules(replayed.policy_set) if replayed.policy_set else ()
    return {rule.reason: (rule.title, rule.source) for rule in told}


def _show(replayed: "Replayed", language: str) -> None:
    line = replayed.line
    out = sys.stdout if replayed.outcome in {"same", "different"} else sys.stderr
    when = line.recorded_at.isoformat(timespec="milliseconds")
    print(f"entry {line.index} ({line.id}) of {when}: {_WORDS[replayed.outcome]}", file=out)
    if replayed.why:
        print(f"  {replayed.why}", file=out)
        return
    print(f"  policies of revision {replayed.revision}")
    for ruling in replayed.rulings:
        told = _ruling(replayed, ruling, language)
        print(
            f"  {ruling.attribute}: {told['now']}{'' if ruling.agrees else f', but recorded was {ruling.recorded}'}"
        )
        if told["now"] == "permit":
            obligations = f", minimised: {', '.join(told['obligations'])}" if told["obligations"] else ""
            print(f"    legal basis {told['basis']}{obligations}")
        else:
            print(f"    {told['text']}")
            if told["title"]:
                print(f"    rule: {told['title']} ({told['source']})")
