"""What stands before a body: the request's written, the answer's read."""

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache

from yarl import URL

__all__ = ["content_type", "request_head", "retry_after"]

_LONGEST_WAIT = 86_400.0
_AGENT = "onlyonce"


def request_head(method: str, url: URL, headers: Mapping[str, str], length: int | None) -> bytes:
    """Request line and headers of a request whose body has `length` bytes, if it has one.

    Raises `ValueError` where a name or value holds a line break or a NUL, for what follows would pass for another header (RFC 9110 §5.5).
    """
    lines = [f"{method} {url.raw_path_qs} HTTP/1.1", f"Host: {url.host_port_subcomponent}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    if not _names_agent(tuple(headers)):
        lines.append(f"User-Agent: {_AGENT}")
    if length is not None:
        lines.append(f"Content-Length: {length}")
    text = "\r\n".join(lines)
    if text.count("\n") >= len(lines) or text.count("\r") >= len(lines) or "\0" in text:
        raise ValueError("a header holds a line break")
    return f"{text}\r\n\r\n".encode()


@lru_cache(maxsize=256)
def _names_agent(names: tuple[str, ...]) -> bool:
    """Whether a request says itself who sends it. Those of a source have the same names each time."""
    return any(name.lower() == "user-agent" for name in names)


@lru_cache(maxsize=64)
def content_type(header: str) -> tuple[str, str | None]:
    """Media type and charset. A source says the same each time."""
    media_type, _, parameters = header.partition(";")
    charset = None
    for parameter in parameters.split(";"):
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "charset":
            charset = value.strip().strip('"').lower() or None
    return media_type.strip().lower(), charset


def retry_after(header: str | None) -> float | None:
    """Seconds to wait, from a number or an HTTP date; what is neither, or negative, is as if it were not there."""
    if header is None:
        return None
    header = header.strip()
    if header.isascii() and header.isdecimal():
        return min(float(header[:9]), _LONGEST_WAIT)
    try:
        at = parsedate_to_datetime(header)
        wait = (at.replace(tzinfo=at.tzinfo or UTC) - datetime.now(UTC)).total_seconds()
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return min(max(wait, 0.0), _LONGEST_WAIT)
