"""`onlyonce consent verify`: check a receipt, a record or a signed change of a consent offline, and say in plain words what it says."""

import argparse
import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from hub.cli.common import CannotAsk

if TYPE_CHECKING:
    from consent import ConsentEvent

_MOST_BYTES: Final = 32 * 1024 * 1024
_WORDS: Final[Mapping[str, str]] = {
    "dpv:ConsentRequested": "asked for",
    "dpv:ConsentGiven": "given",
    "dpv:ConsentRefused": "refused",
    "dpv:RenewedConsentGiven": "renewed",
    "dpv:ConsentExpired": "over, by time",
    "dpv:ConsentWithdrawn": "withdrawn",
    "dpv:ConsentInvalidated": "not valid",
}


def add_consent(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `consent`."""
    actions = commands.add_parser("consent", help="receipts and records of consents").add_subparsers(
        required=True, metavar="ACTION"
    )
    verify = actions.add_parser(
        "verify",
        help="check a receipt, a record, a history or a signed change with the hub's public keys alone, and say what it says",
    )
    verify.add_argument(
        "file", type=Path, metavar="FILE", help="as the hub gave it: JWS, JSON-LD or JSON; -: standard input"
    )
    given = verify.add_mutually_exclusive_group(required=True)
    given.add_argument(
        "--key", type=Path, metavar="FILE", help="the public key that it is signed with, as JWK or PEM"
    )
    given.add_argument(
        "--keys", type=Path, metavar="FILE", help="the hub's public keys, as /oauth2/jwks gives them"
    )
    verify.set_defaults(run=verify_consent)


def verify_consent(given: argparse.Namespace) -> int:
    """Check one file. 0: it verifies; 1: it does not; 2: it could not be read."""
    from consent import HistoryBroken, ReceiptInvalid  # noqa: PLC0415

    keys = _key(given.key) if given.key is not None else _key_set(given.keys)
    text = _text(given.file)
    try:
        lines = list(_said(text, keys))
    except HistoryBroken as error:
        print(f"does not verify: {error}")
        return 1
    except ReceiptInvalid:
        print(
            "does not verify: it was altered, or was signed with another key, or is nothing that a hub signs"
        )
        return 1
    print("verifies")
    for line in lines:
        print(line)
    return 0


def _said(text: str, keys: Mapping[str, Any]) -> Iterator[str]:
    """What a file says, line by line; nothing is told before all of it is checked."""
    from consent import ReceiptInvalid, verify_document, verify_event, verify_receipt  # noqa: PLC0415

    if not text.startswith("{"):
        try:
            yield from _document(verify_receipt(text, keys))
        except ReceiptInvalid:
            yield from _event(verify_event(text, keys))
        return
    document = _json(text)
    if "items" in document:
        yield from _history(document["items"], keys)
    elif isinstance(document.get("receipt"), str):
        yield from _document(verify_receipt(document["receipt"], keys))
    else:
        yield from _document(verify_document(document, keys))


def _history(items: object, keys: Mapping[str, Any]) -> Iterator[str]:
    from consent import ReceiptInvalid, verify_history  # noqa: PLC0415

    if not isinstance(items, list) or not items:
        raise ReceiptInvalid
    try:
        events: tuple[ConsentEvent, ...] = verify_history([one["signed"] for one in items], keys)
    except (KeyError, TypeError):
        raise ReceiptInvalid from None
    yield "history of a consent: every change from the first, in order, none missing between them"
    yield from _event(events[-1].said)
    for event in events:
        yield f"  {event.revision}. {event.said['at']}: {event.status}, by {event.by}"


def _event(said: Mapping[str, Any]) -> Iterator[str]:
    yield f"change {said['revision']} of consent {said['consent']}: {said['status']} at {said['at']}, by {said['by']}"
    yield f"  for: {said['activity']}"
    yield f"  controller: {said['controller']}"
    yield f"  data: {', '.join(said['attributes'])}"


def _document(said: Mapping[str, Any]) -> Iterator[str]:
    statuses = said["dpv:hasConsentStatus"]
    history = statuses if isinstance(statuses, list) else [statuses]
    kind = "record" if said["@type"] == "dpv:ConsentRecord" else "receipt"
    yield f"{kind} of consent {said['dct:identifier']}, revision {said['dct:hasVersion']}: {_state(history[-1])}"
    purpose, controller = said["dpv:hasPurpose"], said["dpv:hasDataController"]
    yield f"  for: {_named(purpose, 'dct:title')}"
    yield f"  controller: {_named(controller, 'dpv:hasName')}"
    for one in said["dpv:hasPersonalData"]:
        yield f"  data: {_named(one, 'dct:title')}"
    if "dct:valid" in said:
        yield f"  until: {said['dct:valid']['@value']}"
    notice = said["dpv:hasNotice"]
    if "dct:description" in notice:
        yield f"  read before ({notice['dct:language']}): {_plain(notice['dct:description']['@value'])}"
    if kind == "record":
        for place, one in enumerate(history, 1):
            yield f"  {place}. {_state(one)}"


def _state(status: Mapping[str, Any]) -> str:
    by = status["dpv:isIndicatedBy"]
    who = "" if "@type" not in by else ", by a parent"
    return f"{_WORDS[status['@type']]} at {status['dpv:isIndicatedAtTime']['@value']}{who}"


def _named(thing: Mapping[str, Any], texts: str) -> str:
    name = thing["@id"].rpartition(":")[2]
    said = {one["@language"]: one["@value"] for one in thing.get(texts, ())}
    best = said.get("en") or next(iter(said.values()), None)
    number = thing.get("dpv:hasIdentifier")
    told = name if best is None else f"{_plain(best)} ({name})"
    return told if number is None else f"{told}, {number}"


def _plain(text: str) -> str:
    """A text on one line, which moves no cursor."""
    return " ".join("".join(one if one.isprintable() else " " for one in text).split())


def _text(file: Path) -> str:
    try:
        if str(file) == "-":
            content = sys.stdin.buffer.read(_MOST_BYTES + 1)
        else:
            with file.open("rb") as opened:
                content = opened.read(_MOST_BYTES + 1)
        if len(content) > _MOST_BYTES:
            raise CannotAsk(f"{file}: is larger than anything that a hub gives")
        return content.decode("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise CannotAsk(f"{file}: cannot be read ({type(error).__name__})") from None


def _json(text: str) -> dict[str, Any]:
    from consent import ReceiptInvalid  # noqa: PLC0415

    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        raise ReceiptInvalid from None
    return dict(document)


def _key(file: Path) -> Mapping[str, Any]:
    text = _text(file)
    try:
        if text.startswith("-----BEGIN"):
            from joserfc.jwk import ECKey  # noqa: PLC0415

            return dict(ECKey.import_key(text).as_dict(private=False))
        key = json.loads(text)
        return {name: str(key[name]) for name in ("kty", "crv", "x", "y")}
    except (ValueError, KeyError, TypeError):
        raise CannotAsk(f"{file}: is not a public key on P-256, as JWK or PEM") from None


def _key_set(file: Path) -> Mapping[str, Any]:
    try:
        keys = json.loads(_text(file))["keys"]
        return {"keys": [one for one in keys if one.get("crv") == "P-256"]}
    except (ValueError, KeyError, TypeError, AttributeError):
        raise CannotAsk(f"{file}: is not a set of keys (JWKS)") from None
