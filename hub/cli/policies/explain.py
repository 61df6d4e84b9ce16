"""`onlyonce policies explain ENTRY|FILE|-`: which rules decided, and what each looked at.

Exit codes: 0 it was explained; 2 it could not be asked; 3 the line was shredded (`notReplayable`).
"""

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from hub.cli.common import CannotAsk
from hub.cli.policies.chosen import add_policies_choice, chosen_policies
from hub.cli.policies.replay import NOT_REPLAYABLE
from hub.cli.policy_room import add_room, opened

if TYPE_CHECKING:
    from policies.explain import Explanation, Step

_VERDICTS: Final = {"holds": "holds", "refuses": "REFUSES", "notReached": "not reached"}
_LARGEST: Final = 4 * 1024 * 1024


def add_explain(actions: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `explain`."""
    explain = actions.add_parser(
        "explain", help="tell which rules decide on a question, with their legal sources"
    )
    explain.add_argument(
        "what",
        metavar="ENTRY|FILE|-",
        help="id or index of an entry of the usage log, or a question in JSON: a file, or standard input",
    )
    explain.add_argument("--language", choices=("fr", "nl", "de", "en"), default="en", help="of the texts")
    explain.add_argument("--json", action="store_true", help="print one JSON object")
    add_policies_choice(explain)
    add_room(explain, reason="A decision was explained.")
    explain.set_defaults(run=explain_it)


def explain_it(given: argparse.Namespace) -> int:
    """Explain a question with the policies of today, or an entry with those that decided."""
    file = None if given.what == "-" else Path(given.what)
    if file is None or file.is_file():
        _show(_of_question(_read(file), given), given)
        return 0
    return _explain_entry(given)


def _of_question(text: str, given: argparse.Namespace) -> "Explanation":
    from policies import PolicyUnavailable, QuestionInvalid  # noqa: PLC0415
    from policies.explain import explain  # noqa: PLC0415

    try:
        question = json.loads(text)
    except (ValueError, RecursionError):
        raise CannotAsk("the question is not JSON") from None
    if not isinstance(question, dict):
        raise CannotAsk("the question is no JSON object")
    try:
        return explain(chosen_policies(given), question)
    except QuestionInvalid as error:
        raise CannotAsk(f"the question does not fit: {error}") from None
    except PolicyUnavailable as error:
        raise CannotAsk(str(error)) from None


def _explain_entry(given: argparse.Namespace) -> int:
    from hub.services.replay import NoSuchEntry, find, note, replay  # noqa: PLC0415
    from policies.explain import explain  # noqa: PLC0415

    with opened(given) as room:
        try:
            line = find(room.history, given.what)
        except NoSuchEntry as error:
            raise CannotAsk(f"{error}, and there is no such file") from None
        replayed = replay(line, room.sets)
        if line.details is not None:
            room.record(lambda readings: note(readings, line, purpose="explanation", reader=room.reader))
    if replayed.outcome == "notReplayable":
        print(f"entry {line.index} ({line.id}): not replayable: {replayed.why}", file=sys.stderr)
        return NOT_REPLAYABLE
    if replayed.policy_set is None or replayed.outcome == "notAsked" or line.details is None:
        raise CannotAsk(f"entry {line.index} ({line.id}): {replayed.why}")
    _show(explain(replayed.policy_set, line.details["input"]), given)
    differing = [ruling.attribute for ruling in replayed.rulings if not ruling.agrees]
    if differing:
        print(f"the record says otherwise of {', '.join(differing)}: see `policies replay`", file=sys.stderr)
    return 0


def _read(file: Path | None) -> str:
    try:
        text = sys.stdin.read(_LARGEST + 1) if file is None else file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CannotAsk(f"{file or 'standard input'}: cannot be read ({type(error).__name__})") from None
    if len(text) > _LARGEST:
        raise CannotAsk("the question is too long")
    return text


def _show(explanation: "Explanation", given: argparse.Namespace) -> None:
    if given.json:
        print(json.dumps(_told(explanation, given.language), ensure_ascii=False))
        return
    print(f"policies of revision {explanation.decision.revision}")
    for told in _attributes(explanation, given.language):
        print(f"\n{told['attribute']}: {told['decision']}")
        for name in ("basis", "obligations", "duties", "text", "rule", "source", "remedy"):
            if told.get(name):
                print(f"  {name}: {_plain(told[name])}")
    if not explanation.steps:
        print(
            "\nthese policies do not tell their rules as docs/policies.md has it: only the rulings are known"
        )
        return
    print("\nthe rules, in the order in which they are told")
    for step in explanation.steps:
        print(f"  {_verdict(step):12} {step.rule.title} ({step.rule.source})")
        print(f"{'':15}{step.rule.description}")
        print(f"{'':15}looked at: {', '.join(step.facts) or 'nothing'}")
        if len(set(step.verdicts.values())) > 1:
            print(
                f"{'':15}" + "; ".join(f"{name}: {_VERDICTS[said]}" for name, said in step.verdicts.items())
            )


def _plain(value: object) -> str:
    """A value for people: a list with commas, a remedy as its action and level."""
    if isinstance(value, list):
        return ", ".join(map(str, value))
    if isinstance(value, dict):
        return " ".join(str(one) for one in value.values() if one is not None)
    return str(value)


def _verdict(step: "Step") -> str:
    """One word for all attributes, if one does."""
    said = set(step.verdicts.values())
    return _VERDICTS[said.pop()] if len(said) == 1 else "differs"


def _told(explanation: "Explanation", language: str) -> dict[str, Any]:
    steps = [
        {
            "rule": step.rule.path, "title": step.rule.title, "description": step.rule.description, "source": step.rule.source,
            "reason": step.rule.reason, "verdicts": dict(step.verdicts), "facts": list(step.facts),
        }
        for step in explanation.steps
    ]  # fmt: skip
    return {
        "revision": explanation.decision.revision,
        "attributes": list(_attributes(explanation, language)),
        "rules": steps,
    }


def _attributes(explanation: "Explanation", language: str) -> list[dict[str, Any]]:
    from dataclasses import asdict  # noqa: PLC0415

    from policies import Permit, dpo_text  # noqa: PLC0415

    found: list[dict[str, Any]] = []
    for name, ruling in explanation.decision.rulings.items():
        told: dict[str, Any]
        if isinstance(ruling, Permit):
            told = {
                "attribute": name,
                "decision": "permit",
                "basis": ruling.basis,
                "obligations": list(ruling.obligations),
                "duties": list(ruling.duties),
            }
        else:
            step = explanation.refusing(name)
            told = {
                "attribute": name, "decision": ruling.reason, "text": dpo_text(ruling.reason, language),
                "rule": step.rule.title if step else ruling.rule, "source": step.rule.source if step else None,
                "remedy": asdict(ruling.remedy) if ruling.remedy else None,
            }  # fmt: skip
        found.append({key: value for key, value in told.items() if value is not None})
    return found
