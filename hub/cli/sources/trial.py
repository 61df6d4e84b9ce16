"""`onlyonce sources try`: call a source once, as the catalogue declares it, and show all of it."""

import argparse
import asyncio
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hub.cli.common import CannotAsk, add_catalogue, catalogue_settings

_MEANING = "       If it means something else than a refusal, such as an unknown subject, say so under `errors.meanings`."

if TYPE_CHECKING:
    from connectors import Enquiry, SourceDeclaration
    from connectors.onboarding.masking import Masks
    from connectors.onboarding.trial import Trial
    from hub.settings import Settings


def add_try(actions: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `try` to the actions of `sources`."""
    trial = actions.add_parser("try", help="call a source once, as it is declared, and show what came of it")
    trial.add_argument("source", metavar="ID")
    trial.add_argument(
        "--subject-from", required=True, metavar="FILE",
        help="whose data: a file with the number on its first line, or - for standard input (an argument would show in `ps`)",
    )  # fmt: skip
    trial.add_argument(
        "--scheme", metavar="NAME", help="what kind of number it is, where the source takes several"
    )
    trial.add_argument(
        "--set", metavar="NAME=VALUE", action="append", default=[], dest="variables",
        help="a variable or parameter of the request, such as purpose=study-grant; may be given again",
    )  # fmt: skip
    trial.add_argument(
        "--attribute", metavar="NAME", action="append", default=[], help="only this one; may be given again"
    )
    add_catalogue(trial)
    trial.add_argument(
        "--show-values",
        action="store_true",
        help="show personal values instead of their shapes; secrets are never shown",
    )
    trial.add_argument("--json", action="store_true", help="print one JSON object")
    trial.set_defaults(run=try_source)


def try_source(given: argparse.Namespace) -> int:
    """Call the source; 1 if it gave an error, or a value that is not as declared."""
    from connectors import DeclarationInvalid  # noqa: PLC0415
    from connectors.onboarding import trial  # noqa: PLC0415
    from connectors.onboarding.masking import Masks  # noqa: PLC0415
    from connectors.security import SecretFiles  # noqa: PLC0415
    from hub.assembly.sources import declared_source  # noqa: PLC0415

    settings = catalogue_settings(given.catalogue)
    declaration, declared = _declared(settings, given.source)
    enquiry = _enquiry(given, declaration)
    secrets = trial.WatchedSecrets(SecretFiles(settings.secrets))
    try:
        found = asyncio.run(
            trial.try_source(lambda wire: declared_source(settings, declaration, secrets, wire=wire), enquiry)
        )
    except DeclarationInvalid as error:
        raise CannotAsk("\n".join(f"{given.source}: {problem}" for problem in error.problems)) from None
    personal = [enquiry.subject.value, *enquiry.variables.values()]
    codes = declaration.reply.meanings
    report = _report(
        found, declaration, declared, Masks(personal, secrets.given, codes=codes, show=given.show_values)
    )
    print(
        json.dumps(report, ensure_ascii=False)
        if given.json
        else "\n".join(_told(report, show=given.show_values))
    )
    return 0 if found.answered_well else 1


def _declared(settings: "Settings", source_id: str) -> "tuple[SourceDeclaration, Mapping[str, Any]]":
    """A source of the catalogue: as read, and as written."""
    from hub.catalogue.loading import load_with_places  # noqa: PLC0415

    catalogue, places = load_with_places(settings.catalogue)
    declaration = catalogue.sources.get(source_id)
    if declaration is None:
        raise CannotAsk(
            f"the catalogue has no source {source_id}; it has: {', '.join(sorted(catalogue.sources))}"
        )
    return declaration, places["sources"].records[source_id].node  # type: ignore[return-value]


def _enquiry(given: argparse.Namespace, declaration: "SourceDeclaration") -> "Enquiry":
    from connectors import Enquiry, Identifier  # noqa: PLC0415

    scheme = given.scheme or (min(declaration.schemes) if len(declaration.schemes) == 1 else "")
    if scheme not in declaration.schemes:
        raise CannotAsk(f"name one --scheme: {', '.join(sorted(declaration.schemes))}")
    wanted = frozenset(given.attribute) or frozenset(declaration.attributes)
    if unserved := sorted(wanted - declaration.attributes.keys()):
        raise CannotAsk(f"{declaration.id} does not serve {', '.join(unserved)}")
    subject = Identifier(scheme, _subject(given.subject_from))
    return Enquiry(subject, wanted, _variables(given.variables, declaration))


def _subject(file: str) -> str:
    try:
        text = sys.stdin.readline() if file == "-" else Path(file).read_text("utf-8").partition("\n")[0]
    except (OSError, UnicodeDecodeError) as error:
        raise CannotAsk(f"{file}: cannot be read ({type(error).__name__})") from None
    if not text.strip():
        raise CannotAsk("no number of a subject was given")
    return text.strip()


def _variables(pairs: list[str], declaration: "SourceDeclaration") -> dict[str, str]:
    """What `--set` says. What the hub itself tells (who, when, whom) cannot be set."""
    from connectors.variables import GIVEN  # noqa: PLC0415

    known = {*GIVEN, *declaration.parameters}
    found = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or name not in known:
            raise CannotAsk(f"--set takes NAME=VALUE; the names are: {', '.join(sorted(known))}")
        found[name] = value
    return found


def _report(
    found: "Trial", declaration: "SourceDeclaration", declared: Mapping[str, Any], masks: "Masks"
) -> dict[str, Any]:
    """What a trial was, masked, as plain data."""
    last = found.exchanges[-1] if found.exchanges else None
    error = None if found.error is None else {"code": found.error.code, "cause": found.error.cause}
    return {
        "source": declaration.id,
        "ok": found.answered_well,
        "error": error,
        "request": None if last is None else masks.request(last.request),
        "reply": None if last is None or last.answer is None else masks.reply(last.answer),
        "attributes": _attributes(found, declaration, declared, masks),
        "sentEmpty": _sent_empty(found.enquiry.variables, declaration, declared),
        "reference": found.reading.reference if found.reading else None,
        "sourceDate": masks.text(found.reading.date) if found.reading and found.reading.date else None,
        "calls": len(found.exchanges),
        "milliseconds": {name: round(seconds * 1000, 1) for name, seconds in found.phases.items()},
    }


def _sent_empty(
    given: Mapping[str, str], declaration: "SourceDeclaration", declared: Mapping[str, Any]
) -> list[str]:
    """The variables of the request that a hub would fill and that nobody gave here."""
    from connectors.template import variables_in  # noqa: PLC0415
    from connectors.variables import GIVEN  # noqa: PLC0415

    parts = [declared.get(key) for key in ("request", "header")]
    used = {name for part in parts for _, name in variables_in(part)}
    return sorted((used & set(GIVEN)) - given.keys() - declaration.parameters.keys())


def _attributes(
    found: "Trial", declaration: "SourceDeclaration", declared: Mapping[str, Any], masks: "Masks"
) -> dict[str, dict[str, Any]]:
    from connectors.onboarding.whereabouts import how_far  # noqa: PLC0415

    reading = found.reading
    told: dict[str, dict[str, Any]] = {}
    for name in sorted(found.enquiry.attributes):
        rule = declared["attributes"][name]
        path = str(rule.get("path", ""))
        if reading is None:
            told[name] = {"status": "unavailable"}
        elif name in reading.values:
            told[name] = {"status": "filled", "value": masks.value(reading.values[name])}
        elif name in reading.broken:
            told[name] = {"status": "broken", "reason": reading.broken[name].cause, "path": path}
        else:
            answer = found.exchanges[-1].answer
            why = how_far(declaration, declared, answer, path) if answer and path else "nothing stands there"
            told[name] = {"status": "empty", "reason": why, "path": path}
    return told


def _told(report: dict[str, Any], *, show: bool) -> list[str]:
    """The report in words."""
    request, reply = report["request"], report["reply"]
    lines = []
    if request is not None:
        headers = [f"  {name}: {value}" for name, value in request["headers"].items()]
        lines += [
            "REQUEST",
            f"  {request['method']} {request['url']}",
            *headers,
            *_indented(request["body"]),
            "",
        ]
    if reply is not None:
        lines += [f"REPLY  (HTTP {reply['status']}, {reply['mediaType']})", *_indented(reply["body"]), ""]
    if report["error"] is not None:
        lines += [f"ERROR  {report['error']['code']}: {report['error']['cause']}"]
        lines += [_MEANING] if _is_undeclared(report["error"]) else []
        lines.append("")
    else:
        lines += ["ATTRIBUTES", *(_attribute(name, one) for name, one in report["attributes"].items()), ""]
    if report["sentEmpty"]:
        lines.append(f"sent empty: {', '.join(report['sentEmpty'])} (give them with --set NAME=VALUE)")
    if report["reference"]:
        lines.append(f"the source's own reference: {report['reference']}")
    if report["sourceDate"]:
        lines.append(f"from when the source says it is: {report['sourceDate']}")
    phases = ", ".join(f"{name} {value:g}" for name, value in report["milliseconds"].items())
    lines.append(f"milliseconds: {phases}" + (f"; {report['calls']} calls" if report["calls"] > 1 else ""))
    if not show:
        lines.append("Personal values are shown as their shapes; --show-values shows them.")
    return lines


def _is_undeclared(error: Mapping[str, str]) -> bool:
    return error["code"] == "sourceRefused" and "error code" in error["cause"]


def _indented(text: str) -> list[str]:
    return [f"  {line}" for line in text.splitlines()]


def _attribute(name: str, one: dict[str, Any]) -> str:
    if one["status"] == "filled":
        return f"  {name} = {json.dumps(one['value'], ensure_ascii=False)}"
    mark = "BROKEN" if one["status"] == "broken" else "empty"
    return f"  {name}: {mark}: {one['reason']}  ({one['path']})"
