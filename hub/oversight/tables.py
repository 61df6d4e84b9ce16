"""The tables of `hub/oversight`. Nobody else imports them; migrations take `metadata` through the room's door."""

from sqlalchemy import BigInteger, Column, LargeBinary, MetaData, String
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

metadata = MetaData()


class _Base(SQLModel, registry=registry(metadata=metadata)):
    metadata = metadata


class Revision(_Base, table=True):
    """A revision of the policies or of the catalogue that was active once."""

    __tablename__ = "hub_oversight_revision"

    kind: str = Field(sa_column=Column(String(20), primary_key=True))
    """`policies` or `catalogue`."""
    revision: str = Field(sa_column=Column(String(200), primary_key=True))
    """The hash by which entries of the log name it."""
    kept_at: int = Field(sa_column=Column(BigInteger, nullable=False))
    """When it was first kept, UTC epoch milliseconds."""


class RevisionFile(_Base, table=True):
    """One file of a revision, byte for byte."""

    __tablename__ = "hub_oversight_revision_file"
    kind: str = Field(sa_column=Column(String(20), primary_key=True))
    revision: str = Field(sa_column=Column(String(200), primary_key=True))
    path: str = Field(sa_column=Column(String(500), primary_key=True))
    """Inside the revision's folder, with `/`."""
    content: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
