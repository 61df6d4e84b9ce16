"""The documents of one contract: read inside its folder, counted, and parsed as what a stranger wrote."""

from pathlib import Path
from typing import Any

from lxml import etree

from connectors.errors import Problem
from connectors.folder import Folder, Outside
from connectors.onboarding.data import NotData, parse_data
from connectors.onboarding.shape import ContractUnreadable
from connectors.xml import NotXml, parse

__all__ = ["Documents", "unreadable"]

_MOST_FILES = 500
_MOST_BYTES = 50 << 20
_MOST_TAGS = 1_000_000
"""Of all XML together: a tree takes some 200 bytes for each."""


def unreadable(name: str, message: str) -> ContractUnreadable:
    """The error for one problem with one file."""
    return ContractUnreadable((Problem((name,), message),))


class Documents:
    """Files of one folder: each is parsed once, all together are bounded (500 files, 50 MiB, a million tags)."""

    def __init__(self, folder: Path) -> None:
        """Read below `folder`."""
        self._folder = Folder(folder)
        self._bytes = self._tags = 0
        self._xml: dict[Path, etree._Element] = {}
        self._data: dict[Path, Any] = {}
        self._raw: dict[Path, bytes] = {}

    def raw(self, location: str, asked_by: str) -> tuple[Path, bytes]:
        """The real path and the bytes of a document. Raises `ContractUnreadable`, naming the file that asks for it."""
        try:
            path, content = self._folder.read(location)
        except Outside as error:
            raise unreadable(asked_by, str(error)) from None
        if path not in self._raw:
            self._bytes += len(content)
            self._raw[path] = content
        if len(self._raw) > _MOST_FILES:
            raise unreadable(asked_by, f"the contract consists of more than {_MOST_FILES} files")
        if self._bytes > _MOST_BYTES:
            raise unreadable(asked_by, f"the contract is larger than {_MOST_BYTES >> 20} MiB in all")
        return path, content

    def xml(self, location: str, asked_by: str) -> tuple[Path, etree._Element]:
        """The real path and the root of an XML document. Raises `ContractUnreadable`."""
        path, content = self.raw(location, asked_by)
        if path not in self._xml:
            self._tags += content.count(b"<")
            if self._tags > _MOST_TAGS:
                raise unreadable(path.name, f"the contract has more than {_MOST_TAGS:,} tags in all")
            try:
                self._xml[path] = parse(content)
            except NotXml as error:
                is_page = b"<html" in content[:2000].lower()
                raise unreadable(path.name, "is a page for a browser" if is_page else str(error)) from None
        return path, self._xml[path]

    def data(self, location: str, asked_by: str) -> tuple[Path, Any]:
        """The real path and the content of a JSON or YAML document. Raises `ContractUnreadable`."""
        path, content = self.raw(location, asked_by)
        if path not in self._data:
            try:
                self._data[path] = parse_data(content)
            except NotData as error:
                raise unreadable(path.name, str(error)) from None
        return path, self._data[path]

    def beside(self, path: Path, reference: str) -> str:
        """A reference in the document at `path` as a location: relative to that document, or as it stands."""
        return reference if "://" in reference else str(path.parent / reference)
