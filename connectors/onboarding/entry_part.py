"""How a skeleton says that we are let in: by secrets that it names, and never holds."""

import re
from collections.abc import Iterator, Sequence

from connectors.blanks import BLANK
from connectors.onboarding.shape import Entry
from connectors.onboarding.sheet import Sheet, scalar

__all__ = ["key_headers", "write_entries"]

_HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_A_FILE = "a file of ONLYONCE_SECRETS"


def key_headers(entries: Sequence[Entry], source_id: str) -> Iterator[tuple[str, str, str]]:
    """The headers that show a key or a token: name, value as YAML, what to say of it."""
    for one in entries:
        if one.kind == "apiKey" and one.place == "header" and _HEADER.fullmatch(one.name):
            yield one.name, f'"{{secret:{source_id}-key}}"', f"{_A_FILE}: {source_id}-key"
        elif one.kind == "bearer":
            yield (
                "Authorization", f'"Bearer {{secret:{source_id}-token}}"',
                f"{_A_FILE}: {source_id}-token; for tokens that are asked for, `authentication.oauth2` instead",
            )  # fmt: skip


def write_entries(sheet: Sheet, entries: Sequence[Entry], source_id: str) -> None:
    """Write `authentication` and `tls`."""
    for one in entries:
        if one.kind in {"oauth2", "openIdConnect"}:
            sheet.put(2, "authentication:")
            sheet.put(3, "oauth2:")
            sheet.put(4, f"tokenUrl: {scalar(one.url) if one.url.startswith('http') else BLANK}")
            sheet.put(4, f"clientId: {BLANK}")
            sheet.put(4, "method: client_secret_basic", "or private_key_jwt, with `key` instead of `secret`")
            sheet.put(4, f"secret: {source_id}-secret", _A_FILE)
            if one.scopes:
                sheet.put(4, f"scope: {scalar(' '.join(one.scopes))}")
        elif one.kind == "basic":
            sheet.put(2, "authentication:")
            sheet.put(3, "basic:")
            sheet.put(4, f"user: {BLANK}")
            sheet.put(4, f"password: {source_id}-password", _A_FILE)
        elif one.kind == "mutualTLS":
            sheet.put(
                2, f"tls: {{certificate: {source_id}-certificate, key: {source_id}-key}}", f"each {_A_FILE}"
            )
        elif one.kind == "apiKey" and one.place != "header":
            sheet.say(
                2,
                f"The contract wants a key in the {one.place}, where no secret may stand: ask for another way in.",
            )
