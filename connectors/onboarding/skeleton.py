"""A declaration's skeleton: all that a contract can tell, and a blank for each thing that only a person knows."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from connectors.blanks import BLANK
from connectors.onboarding.attributes_part import AttributesPart, Known, Written
from connectors.onboarding.concepts import Kind
from connectors.onboarding.layout import Layout
from connectors.onboarding.leaves import is_repeated, is_text
from connectors.onboarding.number_form import said_of, takes
from connectors.onboarding.proposals import about
from connectors.onboarding.reply_part import ReplyPart
from connectors.onboarding.request_part import Filler, Subject, subject_in
from connectors.onboarding.rest_part import is_address, write_rest_request
from connectors.onboarding.shape import Contract, Operation
from connectors.onboarding.sheet import Sheet, flow, one_line, scalar

__all__ = ["Known", "NotAskable", "Skeleton", "Surroundings", "suggested_id", "write_skeleton"]

_FOUR = dict.fromkeys(("fr", "nl", "de", "en"), BLANK)
_SCHEMES: Mapping[Kind, str] = {"person": "ssin", "organisation": "enterpriseNumber"}


class NotAskable(Exception):
    """An operation that no declaration can ask, and why."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The catalogue that the source will be part of."""

    attributes: Mapping[str, Known] = field(default_factory=dict)
    controllers: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Skeleton:
    """The text of a catalogue file, and its blanks: line (from 1) and what stands there."""

    text: str
    blanks: tuple[tuple[int, str], ...]


def suggested_id(operation: Operation) -> str:
    """A source's id after an operation's name."""
    words = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+", operation.name)
    slug = "-".join(word.lower() for word in words)[:64].strip("-")
    return slug if re.match(r"[a-z]", slug) else f"source-{slug}".strip("-")


def write_skeleton(
    contract: Contract, operation: Operation, *, source_id: str, location: str, surroundings: Surroundings,
    origin: str | None = None,
) -> Skeleton:  # fmt: skip
    """Write the skeleton of one source.

    `location` is the contract's path from the catalogue's folder, `origin` the address that it was fetched from, if it was.

    Raises `NotAskable`.
    """
    kind = about(operation)
    subject = _askable(operation, kind)
    sheet = Sheet()
    _head(sheet, contract, operation, location)
    sheet.put(0, "sources:")
    sheet.put(1, f"{source_id}:")
    _identity(sheet, operation, location, source_id, surroundings)
    if origin is not None:
        sheet.put(2, f"contractUrl: {scalar(origin)}", "where `onlyonce sources verify` looks for changes")
    layout = Layout(operation, kind, subject.trail[-1].name)
    scheme = _scheme(subject, kind)
    if operation.protocol == "rest":
        write_rest_request(sheet, operation, subject, scheme, source_id)
    else:
        _soap_request(sheet, contract, operation, subject, scheme)
    written = _reply(sheet, layout, surroundings)
    sheet.put(2, "limits: {deadlineMs: 2000}", "for the whole call; raise it if the source is slow")
    _records(sheet, written, kind, source_id, surroundings)
    lines = sheet.lines
    blanks = [(n, one.strip()) for n, one in enumerate(lines, 1) if BLANK in _code(one)]
    return Skeleton("\n".join(lines) + "\n", tuple(blanks))


def _reply(sheet: Sheet, layout: Layout, surroundings: Surroundings) -> tuple[Written, ...]:
    """Write `reply` and `attributes`."""
    reply, attributes = ReplyPart(layout), AttributesPart(layout, surroundings.attributes)
    written: tuple[Written, ...] = ()
    for draft in (Sheet(), sheet):  # the draft tells which namespaces are used
        reply.write(draft)
        written = attributes.write(draft)
    return written


def _askable(operation: Operation, kind: Kind) -> Subject:
    """Where the subject's number goes. Raises `NotAskable`."""
    if operation.reply is None:
        raise NotAskable(f"{operation.name} gives no answer that its contract describes")
    if operation.unsupported:
        raise NotAskable(f"{operation.name} cannot be called: {operation.unsupported}")
    if operation.protocol == "rest" and operation.method not in {"GET", "POST"}:
        raise NotAskable(f"{operation.name} is a {operation.method}: a source is asked by GET or POST")
    subject = subject_in(operation, kind)
    bare = operation.request if operation.protocol == "rest" else None
    if bare is not None and is_text(bare) and not is_repeated((bare,), 0):
        raise NotAskable(f"the body of {operation.name} is a bare text, neither an object nor a list")
    if subject is None:
        raise NotAskable(
            f"nothing in the request of {operation.name} can hold a subject's number: it says nothing about one person or organisation"
        )
    return subject


def _scheme(subject: Subject, kind: Kind) -> str:
    """The scheme that forms know, unless its numbers have another form than the contract's."""
    asked, known = subject.trail[-1], _SCHEMES[kind]
    in_the_open = kind == "person" and asked.place in {"path", "query", "header"}  # told by `rest_part`
    return known if in_the_open or takes(asked, known) else asked.name


def _code(line: str) -> str:
    """A line without its comment."""
    return "" if line.lstrip().startswith("#") else line.partition("  # ")[0]


def _head(sheet: Sheet, contract: Contract, operation: Operation, location: str) -> None:
    what = one_line(contract.title, 60) or PurePosixPath(location).name
    sheet.say(
        0,
        f"{operation.name} of {what}, as its contract has it. Fill in each {BLANK}: `onlyonce check` names what is left.",
    )
    sheet.say(0, "What is proposed is a guess by names: look at it. docs/connectors.md describes every key.")
    if text := one_line(operation.documentation, 200):
        sheet.say(0, f"The contract says: {text}")


def _identity(
    sheet: Sheet, operation: Operation, location: str, source_id: str, surroundings: Surroundings
) -> None:
    sheet.put(2, f"protocol: {operation.protocol}")
    sheet.put(2, f"name: {flow(_FOUR)}", "what citizens read")
    if surroundings.controllers:
        known = ", ".join(list(surroundings.controllers)[:8])
        sheet.put(2, f"controller: {BLANK}", f"who keeps the source; the catalogue has: {known}")
    else:
        sheet.put(2, f"controller: {source_id}-office", "who keeps the source: see `controllers` below")
    sheet.put(2, f"contract: {scalar(location)}")


def _soap_request(
    sheet: Sheet, contract: Contract, operation: Operation, subject: Subject, scheme: str
) -> None:
    sheet.put(2, f"operation: {scalar(operation.name)}")
    if sum(1 for one in contract.operations if one.name == operation.name) > 1:
        sheet.put(2, f"service: {scalar(operation.service)}")
        sheet.put(2, f"port: {scalar(operation.port)}", f"SOAP {operation.version}")
    if is_address(operation.address):
        note = "the contract's own; set this to call another"
        sheet.put(2, f"address: {scalar(operation.address)}", note, off=True)
    else:
        sheet.put(2, f"address: {BLANK}", "an http or https address: the contract has none")
    sheet.say(
        2,
        "If it wants a user name, a signature or a client certificate: `security` and `tls`, see docs/connectors.md.",
    )
    sheet.put(2, f"subject: [{scalar(scheme)}]", said_of(scheme))
    _headers(sheet, operation)
    if operation.request is None or not operation.request.children:
        sheet.put(2, "request:")
        name = operation.request.name if operation.request else BLANK
        sheet.put(
            3,
            f'{scalar(name)}: "{BLANK} {{subject}}"',
            "one text: what it must hold, the contract does not say",
        )
        return
    sheet.put(2, "request:")
    Filler(sheet, subject).children((operation.request,), 3)


def _headers(sheet: Sheet, operation: Operation) -> None:
    if not operation.headers:
        return
    sheet.put(2, "header:", "SOAP headers of the contract; leave out those that this source does not need")
    for node in operation.headers:
        Filler(sheet, None).element((node,), 3)


def _records(
    sheet: Sheet, written: Sequence[Written], kind: Kind, source_id: str, surroundings: Surroundings
) -> None:
    """The catalogue's own records of what it does not have yet."""
    new = [one for one in written if one.attribute not in surroundings.attributes]
    if new:
        sheet.gap()
        sheet.say(
            0,
            "These attributes are not in the catalogue yet: keep them here, or move them to where the others are.",
        )
        sheet.put(0, "attributes:")
        for one in new:
            sheet.put(1, f"{one.attribute}:")
            sheet.put(2, f"name: {flow(one.names or _FOUR)}")
            sheet.put(2, f"category: {one.category}")
            sheet.put(2, f"subject: {kind}")
            sheet.put(2, f"type: {one.type}")
    if not surroundings.controllers:
        sheet.gap()
        sheet.put(0, "controllers:")
        sheet.put(1, f"{source_id}-office:")
        sheet.put(2, f'enterpriseNumber: "{BLANK}"', "ten digits")
        sheet.put(2, f"name: {flow(_FOUR)}")
        sheet.put(2, f"contact: {BLANK}", "an e-mail or web address for citizens")
