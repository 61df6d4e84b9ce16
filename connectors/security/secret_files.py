"""Secrets that are files of one folder, read again when they change."""

import time
from dataclasses import dataclass, field
from pathlib import Path

__all__ = ["SecretFiles"]

_RACY_NS = 2_000_000_000
"""A file that was changed this short a time before it was read may be changed again within the same tick of its clock."""


@dataclass(frozen=True, slots=True)
class _Kept:
    """A file's content, and what would tell that it is another now; `None`: nothing would."""

    stamp: tuple[int, int, int, int, int] | None
    text: str = field(repr=False)


class SecretFiles:
    """Gives a secret by its name: the content of the file of that name. As long as the file is the same, the same object is given."""

    def __init__(self, folder: Path | None) -> None:
        """Nothing is read yet. `None`: there are no secrets."""
        self._folder = folder
        self._kept: dict[str, _Kept] = {}

    def __call__(self, name: str) -> str:
        """The secret, without white space around it. Raises `LookupError` if there is none, or it cannot be read."""
        if self._folder is None or "/" in name or name in {"", ".", ".."}:
            raise LookupError(name)
        path = self._folder / name
        try:
            status = path.stat()
            stamp = (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)
            kept = self._kept.get(name)
            if kept is not None and kept.stamp == stamp:
                return kept.text
            text = path.read_text("utf-8").strip()
        except (OSError, ValueError):  # UnicodeError is a ValueError
            raise LookupError(name) from None
        settled = time.time_ns() - max(status.st_mtime_ns, status.st_ctime_ns) > _RACY_NS
        if kept is not None and kept.text == text:
            text = kept.text
        self._kept[name] = _Kept(stamp if settled else None, text)
        return text
