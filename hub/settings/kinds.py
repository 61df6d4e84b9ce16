"""The kinds of values that settings have, each with its check."""

from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator


def _folder(path: Path) -> Path:
    if not path.is_dir():
        raise ValueError("there is no such folder")
    return path


def _file(path: Path) -> Path:
    if not path.is_file():
        raise ValueError("there is no such file")
    return path


def _folder_or_bundle(path: Path) -> Path:
    if not path.exists():
        raise ValueError("there is no such folder or bundle")
    return path


def _database_url(url: str) -> str:
    if not url.startswith(("sqlite:///", "postgresql+psycopg://")):
        raise ValueError("must start with sqlite:/// or postgresql+psycopg://")
    return url


def _http_address(url: str) -> str:
    if not url.startswith(("http://", "https://")):
        raise ValueError("must start with http:// or https://")
    return url.rstrip("/")


Folder = Annotated[Path, AfterValidator(_folder)]
"""A folder that is there."""

File = Annotated[Path, AfterValidator(_file)]
"""A file that is there."""

FolderOrBundle = Annotated[Path, AfterValidator(_folder_or_bundle)]
"""A folder or a bundle of policies that is there."""

DatabaseUrl = Annotated[str, AfterValidator(_database_url)]
"""The SQLAlchemy URL of a database that the hub knows."""

HttpAddress = Annotated[str, AfterValidator(_http_address)]
"""An address on the web, without a slash at its end."""
