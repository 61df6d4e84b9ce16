"""Files of one folder, and no other: how contracts and the documents that they import are read."""

from pathlib import Path
from urllib.parse import unquote, urlsplit

from connectors.doctype import without_schema_doctype

__all__ = ["Folder", "Outside"]

_LARGEST = 16 << 20


class Outside(Exception):
    """A document that is asked for and not given: outside the folder, at an address, too large, or not there."""


class Folder:
    """Reads files inside a folder, links followed. It is also the transport that zeep loads documents by."""

    def __init__(self, root: Path) -> None:
        """Serve the files below `root`."""
        self._root = root.resolve()

    def read(self, location: str) -> tuple[Path, bytes]:
        """The real path and bytes of a local path or `file:` URL; of a schema of the W3C, without its document type. Raises `Outside`."""
        path = self._local(location)
        try:
            real = path.resolve(strict=True)
            if not real.is_relative_to(self._root):
                raise Outside(f"it asks for {path.name}, which is outside its folder")
            if real.stat().st_size > _LARGEST:
                raise Outside(f"{path.name} is larger than {_LARGEST >> 20} MiB")
            return real, without_schema_doctype(real.read_bytes())
        except (OSError, ValueError, RuntimeError):
            raise Outside(f"{path.name} cannot be read") from None

    def load(self, location: str) -> bytes:
        """What zeep calls."""
        return self.read(location)[1]

    def _local(self, location: str) -> Path:
        try:
            parts = urlsplit(location)
        except ValueError:
            raise Outside("it asks for something that is no file") from None
        if parts.scheme not in {"", "file"} or parts.netloc:
            raise Outside(
                f"it asks for {location[:200]}: copy that document into the folder, name it by a relative path"
            )
        return self._root / (unquote(parts.path) if parts.scheme else location)
