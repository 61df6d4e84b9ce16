"""Storing a contract with all that it asks for, once: then nothing of it is ever fetched again."""

import asyncio
import hashlib
import json
import re
import tempfile
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

from connectors.errors import Problem
from connectors.folder import Folder, Outside
from connectors.onboarding.fetch import Fetcher, NotFetched
from connectors.onboarding.references import Document, Unusable, read_document
from connectors.onboarding.shape import ContractUnreadable

__all__ = ["HASHES", "ORIGINS", "Stored", "Vendored", "fetched", "vendor"]

HASHES = "SHA256SUMS"
"""The list of hashes, as `sha256sum --check` reads it."""
ORIGINS = "vendored.json"
"""Where each file came from."""
_MOST_DEPTH = 32
_MOST_PROBLEMS = 20
_MOST_FILES = 200
_MOST_BYTES = 50 << 20
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")
_TAKEN = frozenset({HASHES.lower(), ORIGINS})


@dataclass(frozen=True, slots=True)
class Stored:
    """One stored file."""

    name: str
    url: str
    """Where it was found; of a file its name."""
    sha256: str
    notes: tuple[str, ...] = ()
    """What was changed in it, beyond the names of what it asks for."""


@dataclass(frozen=True, slots=True)
class Vendored:
    """A stored contract: its own file comes first."""

    folder: Path
    files: tuple[Stored, ...]

    @property
    def contract(self) -> Path:
        """The contract's own file."""
        return self.folder / self.files[0].name


def vendor(url: str, folder: Path, *, allow: Iterable[str] = (), root: Path | None = None) -> Vendored:
    """Fetch the contract at `url` with all that it imports, includes or refers to, and store it in `folder`.

    `url` may also be a file; then what it asks for are files below `root` (its own folder by default), or at addresses.

    Fetched is from the origin of `url` and from those in `allow` (`https://schemas.example.org`) alone. The files get plain
    names, the references between them are rewritten, and `SHA256SUMS` and `vendored.json` say what they are. Nothing is
    stored unless all is. `folder` is made; if it exists, it is empty or holds what was vendored before, which is replaced.

    Raises `ContractUnreadable` with everything that was not fetched or is no document of a contract, `OSError` if it cannot be
    stored. Not for a running event loop.
    """
    _check_folder(folder)
    found = asyncio.run(_gather(url, tuple(allow), root))
    files = {name: content for name, content, _ in found.written()}
    stored = tuple(
        Stored(n, at, hashlib.sha256(files[n]).hexdigest(), notes) for n, at, notes in found.listed()
    )
    folder.mkdir(parents=True, exist_ok=True)
    for old in _vendored_before(folder):
        (folder / old).unlink(missing_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    (folder / HASHES).write_text("".join(f"{one.sha256}  {one.name}\n" for one in stored))
    listed: list[dict[str, object]] = [
        {"name": o.name, "url": o.url, "sha256": o.sha256, **({"changed": list(o.notes)} if o.notes else {})}
        for o in stored
    ]
    (folder / ORIGINS).write_text(json.dumps({"url": stored[0].url, "files": listed}, indent=2) + "\n")
    return Vendored(folder, stored)


@contextmanager
def fetched(url: str, *, allow: Iterable[str] = ()) -> Iterator[Vendored]:
    """The contract at `url` in a folder that is gone afterwards. Raises what `vendor` raises."""
    with tempfile.TemporaryDirectory(prefix="onlyonce-contract-") as folder:
        yield vendor(url, Path(folder) / "contract", allow=allow)


def _check_folder(folder: Path) -> None:
    """Refuse a folder that holds anything that was not vendored into it."""
    if folder.exists() and not folder.is_dir():
        raise ContractUnreadable((Problem((folder.name,), "is no folder"),))
    others = {one.name for one in folder.iterdir()} - _vendored_before(folder) if folder.exists() else set()
    if others:
        names = ", ".join(sorted(others)[:5])
        raise ContractUnreadable((Problem((folder.name,), f"holds other files already: {names}"),))


def _vendored_before(folder: Path) -> set[str]:
    """The names of the files that were stored by an earlier `vendor`."""
    try:
        lines = (folder / HASHES).read_text().splitlines()
    except (OSError, ValueError):
        return set()
    names = {line.partition("  ")[2] for line in lines}
    return {name for name in names if name and not _UNSAFE.search(name) and name[0] != "."} | {
        HASHES,
        ORIGINS,
    }


@dataclass(slots=True)
class _Gathered:
    """The documents of a contract by the address that they were found at, in the order in which they were found."""

    documents: dict[str, Document] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    found_at: dict[str, str] = field(default_factory=dict)
    """Where each asked address led to."""

    def add(self, asked: str, url: str, document: Document) -> bool:
        """Take in a document; say whether it is a new one."""
        self.found_at[asked] = url
        if url in self.documents:
            return False
        self.documents[url] = document
        self.names[url] = _name(url, document.suffix, {name.lower() for name in self.names.values()} | _TAKEN)
        return True

    def written(self) -> Iterator[tuple[str, bytes, str]]:
        """Name, content and address of each file."""
        for url, document in self.documents.items():
            names = {r: self.names[self.found_at[_absolute(url, r)]] for r in document.references}
            changed = any(reference != name for reference, name in names.items())
            yield self.names[url], document.rewrite(names) if changed else document.content, url

    def listed(self) -> Iterator[tuple[str, str, tuple[str, ...]]]:
        """Name, address and notes of each file."""
        for url, document in self.documents.items():
            notes = ("its document type declaration is left out",) if document.without_dtd else ()
            yield self.names[url], _told(url), notes


async def _gather(url: str, allow: tuple[str, ...], root: Path | None) -> _Gathered:
    """Fetch everything. Raises `ContractUnreadable` with all that is in the way."""
    gathered, problems = _Gathered(), list[Problem]()
    try:
        places = _Places(url, allow, root)
    except NotFetched as error:
        raise ContractUnreadable((Problem((url[:200],), str(error)),)) from None
    waiting = deque([(places.first, "", 0)])
    async with places.fetcher:
        while waiting and len(problems) < _MOST_PROBLEMS:
            asked, asked_by, depth = waiting.popleft()
            if asked in gathered.found_at:
                continue
            try:
                at, document = await _one(places, asked, asked_by, depth)
            except (NotFetched, Unusable) as error:
                who = f" (asked for by {asked_by[:200]})" if asked_by else ""
                problems.append(Problem((asked[:200],), f"{error}{who}"))
                gathered.found_at[asked] = asked
                continue
            if gathered.add(asked, at, document):
                waiting.extend((_absolute(at, one), at, depth + 1) for one in document.references)
    if problems:
        raise ContractUnreadable(tuple(problems))
    return gathered


class _Places:
    """Where documents come from: addresses, and files of one folder if the contract is a file itself."""

    def __init__(self, url: str, allow: tuple[str, ...], root: Path | None) -> None:
        """Raises `NotFetched` if something is no address."""
        is_file = "://" not in url
        path = Path(url).resolve()
        self.first = path.as_uri() if is_file else urldefrag(url).url
        self.fetcher = Fetcher(None if is_file else url, allow)
        self._files = Folder(root or path.parent) if is_file else None
        self._count, self._left = 0, _MOST_BYTES

    async def get(self, url: str, asked_by: str) -> tuple[str, bytes]:
        """Where a document was found in the end, and its bytes. What comes from an address gets no file."""
        if not url.startswith("file:"):
            return await self.fetcher.fetch(url)
        if self._files is None or not (asked_by.startswith("file:") or not asked_by):
            raise NotFetched("only http and https addresses are fetched")
        try:
            path, content = self._files.read(url)
        except Outside as error:
            raise NotFetched(str(error)) from None
        self._count, self._left = self._count + 1, self._left - len(content)
        if self._count > _MOST_FILES or self._left < 0:
            raise NotFetched(f"the contract is larger than {_MOST_FILES} files or {_MOST_BYTES >> 20} MiB")
        return path.as_uri(), content


async def _one(places: _Places, url: str, asked_by: str, depth: int) -> tuple[str, Document]:
    if depth > _MOST_DEPTH:
        raise NotFetched(f"it is more than {_MOST_DEPTH} imports deep")
    at, content = await places.get(url, asked_by)
    return at, await asyncio.to_thread(read_document, content)


def _told(url: str) -> str:
    """An address as it is kept; of a file its name, for where it lay is nobody's affair."""
    return unquote(url.rpartition("/")[2]) if url.startswith("file:") else url


def _absolute(base: str, reference: str) -> str:
    """Where a reference leads; one that is no address at all stays what it is, and is refused when it is fetched."""
    try:
        return urldefrag(urljoin(base, reference.strip())).url
    except ValueError:
        return reference


def _name(url: str, suffix: str, taken: set[str]) -> str:
    """A plain file name for a document, like the one in its address, and like no other in the folder."""
    parts = urlsplit(url)
    last = unquote(parts.path.rstrip("/").rpartition("/")[2])
    stem = last.rpartition(".")[0] if "." in last else last
    query = "" if parts.query.lower() in {"", "wsdl", "singlewsdl"} else f"-{unquote(parts.query)[:60]}"
    base = _UNSAFE.sub("-", f"{stem or 'contract'}{query}").strip("-._")[:80] or "contract"
    name, number = f"{base}{suffix}", 2
    while name.lower() in taken:
        name, number = f"{base}-{number}{suffix}", number + 1
    return name
