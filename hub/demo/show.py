"""The demo's result as a person would like to read it."""

from collections.abc import Iterable, Mapping
from typing import Any

from hub.demo.caller import Caller
from hub.demo.processes import Processes

Json = Mapping[str, Any]


def report(prefills: Iterable[Json], usage: Iterable[Json], *, verified: bool) -> str:
    """Forms with their fields, sources and reasons; then the lines of the log; then whether it holds."""
    parts = [_form(prefill) for prefill in prefills]
    parts.append(
        "Who used the data (newest first; first the citizen's lines, then the company's)\n"
        + "\n".join(map(_line, usage))
    )
    parts.append("The usage log was verified: it holds." if verified else "THE USAGE LOG DOES NOT HOLD.")
    return "\n\n".join(parts)


def _form(prefill: Json) -> str:
    lines = [f"Form {prefill['formId']}  (log entry {prefill['logIndex']})"]
    for name, field in prefill["fields"].items():
        if field["status"] == "filled":
            lines.append(f"  {name:<22} {_value(field['value']):<44} from {field['source']}")
        else:
            lines.append(
                f"  {name:<22} [{field['status']}] {field['reason']['text']}{_remedy(field['reason'])}"
            )
    return "\n".join(lines)


def _remedy(reason: Json) -> str:
    """What would mend it, as a form would read it."""
    remedy = reason.get("remedy")
    return f"  → {' '.join(str(part) for part in remedy.values())}" if remedy else ""


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(_value(one) for one in value)
    if isinstance(value, dict):
        return " ".join(_value(one) for one in value.values())
    return str(value)


def _line(line: Json) -> str:
    who = line["controller"]["name"].get("en", "?")
    why = line["activity"].get("purpose", {}).get("en", line["activity"]["id"])
    what = ", ".join(name.split(".", 1)[-1] for name in line.get("disclosed", [])) or "nothing"
    basis = line["activity"].get("legalBasis", "")
    return f"  #{line['index']:<3} {line['recordedAt'][:19]}  {line['kind']}: {who}, {line['outcome']}: {what}\n       why: {why} {f'({basis})' if basis else ''}"


def addresses(processes: Processes, caller: Caller, newest: int) -> str:
    """Where everything is, and lines to paste; the proof is that of `newest`, the citizen's last prefill. Tokens are those of the demo's own people; they expire in minutes."""
    hub, tokens = processes.hub_url, caller.tokens
    body = (
        f'{{"formId":"study-grant","subject":{{"ssin":"{caller.citizen.ssin}"}},'
        f'"actor":{{"role":"citizen","token":"{tokens["actor"]}"}}}}'
    )
    sources = "\n".join(f"  {name:<22} {url}" for name, url in processes.source_urls.items())
    return f"""
The demo is up (Ctrl-C ends it).
  hub                    {hub}
  login                  {processes.login_url}
{sources}
  API documents          {hub}/api/prefill/v1/doc/openapi.yaml  {hub}/api/citizen/v1/doc/openapi.yaml
  log in with a browser  {hub}/login
  check a proof          {hub}/verify.html

A fresh access token of the form that has a secret:
  curl -s -u 'municipal-forms:{processes.client_secret}' -d grant_type=client_credentials {hub}/oauth2/token

Prefill a study grant:
  curl -s {hub}/api/prefill/v1/prefills -H 'Content-Type: application/json' \\
    -H 'Authorization: Bearer {tokens["grants"]}' \\
    -d '{body}'

Who used my data:
  curl -s {hub}/api/citizen/v1/usage -H 'Authorization: Bearer {tokens["citizen"]}'

The proof that my last prefill is in the log, a file to drop on {hub}/verify.html:
  curl -s {hub}/api/citizen/v1/usage/{newest}/proof -o line-{newest}.proof.json -H 'Authorization: Bearer {tokens["citizen"]}'
"""
