"""The request of a REST skeleton."""

import re
from collections.abc import Sequence

from connectors.address import check_address
from connectors.blanks import BLANK
from connectors.onboarding.entry_part import key_headers, write_entries
from connectors.onboarding.leaves import is_repeated, is_text
from connectors.onboarding.likely import likely
from connectors.onboarding.number_form import said_of
from connectors.onboarding.request_part import GUESS, QUOTED, Filler, Subject, hint, once
from connectors.onboarding.shape import Node, Operation
from connectors.onboarding.sheet import Sheet, scalar

__all__ = ["is_address", "write_rest_request"]

_FORM = "application/x-www-form-urlencoded"


def is_address(text: str | None) -> bool:
    """Whether a source can be called there."""
    return text is not None and check_address(text) is None


def write_rest_request(
    sheet: Sheet, operation: Operation, subject: Subject, scheme: str, source_id: str
) -> None:
    """Write `address`, `subject` and `request`."""
    first = subject.trail[0]
    in_the_open = first.place in {"path", "query", "header"}
    if is_address(operation.address):
        sheet.put(2, f"address: {scalar(operation.address)}", "without the operation's own path")
    else:
        said = f"; the contract says {operation.address}" if operation.address else ""
        sheet.put(2, f"address: {BLANK}", f"an http or https address, without the operation's own path{said}")
    if in_the_open and scheme == "ssin":
        sheet.say(2, "This source wants the number in its URL or a header, where a national number may not stand. So it is asked by a number of its "
                  "own, not `ssin`: forms that know a person by their national number cannot use it.")  # fmt: skip
        sheet.put(2, f"subject: [{scalar(first.name)}]")
    else:
        sheet.put(2, f"subject: [{scalar(scheme)}]", said_of(scheme))
    write_entries(sheet, operation.entries, source_id)
    sheet.put(2, "request:")
    sheet.put(3, f"method: {operation.method}")
    guessed = not subject.sure and first.place == "path"
    sheet.put(3, f"path: {scalar(_path(operation, subject))}", GUESS if guessed else "")
    for key, place in (("query", "query"), ("headers", "header")):
        shown = list(key_headers(operation.entries, source_id)) if place == "header" else []
        _parameters(sheet, key, [p for p in operation.parameters if p.place == place], subject, shown)
    if operation.request is not None:
        _body(sheet, operation.request, operation.media, subject)


def _body(sheet: Sheet, body: Node, media: str, subject: Subject) -> None:
    if media == _FORM:
        _form(sheet, body, subject)
        return
    filler = Filler(sheet, subject, json=True)
    if is_text(body):  # a list of texts: a text alone is no source's question
        sheet.put(3, f"body: [{filler.value((body,))[0]}]")
        return
    if not any(child.least > 0 or subject.passes(child) for child in body.children):
        sheet.put(3, "body: {}")
        return
    sheet.put(3, "body:")
    if is_repeated((body,), 0):
        sheet.put(4, "-")
    filler.children((body,), 5 if is_repeated((body,), 0) else 4)


def _form(sheet: Sheet, body: Node, subject: Subject) -> None:
    """A body that is a form: names and texts."""
    sheet.put(3, "form:")
    filler = Filler(sheet, subject)
    for node in once(body.children, subject):
        if is_text(node) and (node.least > 0 or subject.passes(node)):
            value, note = filler.value((body, node))
            sheet.put(4, f"{scalar(node.name)}: {value}", note)


def _path(operation: Operation, subject: Subject) -> str:
    """The path with the subject and likely variables in it; what nobody declared is a blank too."""
    filled = {
        node.name: "{subject}" if subject.passes(node) else likely((node,)) or BLANK
        for node in operation.parameters
        if node.place == "path"
    }
    return re.sub(r"\{([^{}]*)\}", lambda found: filled.get(found[1], BLANK), operation.path)


def _parameters(
    sheet: Sheet, key: str, nodes: Sequence[Node], subject: Subject, shown: Sequence[tuple[str, str, str]]
) -> None:
    """The query, or the headers: those that are needed, and the others turned off."""
    names = {name.lower() for name, _, _ in shown}
    nodes = [node for node in once(nodes, subject) if node.name.lower() not in names]
    if not nodes and not shown:
        return
    needed = [node for node in nodes if node.least > 0 or subject.passes(node)]
    sheet.put(3, f"{key}:", off=not needed and not shown)
    for name, value, said in shown:
        sheet.put(4, f"{scalar(name)}: {value}", said)
    for node in nodes:
        on = node in needed
        if subject.passes(node):
            value, note = "{subject}", "" if subject.sure else GUESS
        elif len(node.values) == 1:
            value, note = node.values[0].replace("{", "{{").replace("}", "}}"), ""
        else:
            value, note = likely((node,)) or BLANK, hint(node)
        quoted = QUOTED if value == BLANK else scalar(value)
        if value.isdigit() or value in {"true", "false"}:
            quoted = f'"{value}"'
        sheet.put(4, f"{scalar(node.name)}: {quoted}", note or ("" if on else "may be left out"), off=not on)
