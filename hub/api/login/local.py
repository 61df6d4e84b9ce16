"""Where people go on after a login: on the hub, nowhere else (CWE-601)."""

import re
from typing import Final

_LONGEST: Final = 500
_PATH: Final = re.compile(r"/[A-Za-z0-9\-._~!$&'()*+,;=:@/%?]*", re.ASCII)
_HIDDEN: Final = re.compile(
    r"%(?:2[ef5]|5c|[01][0-9a-f]|7f|[8-9a-f][0-9a-f])|%(?![0-9a-f]{2})", re.IGNORECASE
)
"""What a browser or a proxy may take for a slash, a dot, a percent sign or a control character; and what is no escape."""


def is_local(path: str) -> bool:
    """Whether this is the path of a page of the hub, however it is read: no other host, no scheme, no way up."""
    if len(path) > _LONGEST or not _PATH.fullmatch(path) or _HIDDEN.search(path):
        return False
    steps = path.partition("?")[0].split("/")[1:]
    return "" not in steps[:-1] and not {".", ".."} & set(steps)
