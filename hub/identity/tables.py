"""The tables of `hub/identity`. Nobody else imports them; migrations take `metadata` through the room's door."""

from datetime import date

from sqlalchemy import BigInteger, Column, Date, Index, Integer, MetaData, String, UniqueConstraint
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

metadata = MetaData()


class _Base(SQLModel, registry=registry(metadata=metadata)):
    metadata = metadata


class Assertion(_Base, table=True):
    """A client assertion that was used: its row is what makes a second use fail, on whichever replica."""

    __tablename__ = "hub_identity_assertion"
    __table_args__ = (Index("hub_identity_assertion_expires_at", "expires_at"),)

    digest: str = Field(sa_column=Column(String(64), primary_key=True))
    """SHA-256 over the client and its `jti`."""
    expires_at: int = Field(sa_column=Column(BigInteger, nullable=False))
    """When the assertion itself is over, UTC epoch milliseconds: the row may go after it."""


class AssertedSubject(_Base, table=True):
    """A subject that a client named on one day without a proven actor."""

    __tablename__ = "hub_identity_asserted_subject"
    __table_args__ = (
        UniqueConstraint("client", "day", "number", name="hub_identity_asserted_subject_number"),
    )

    client: str = Field(sa_column=Column(String(200), primary_key=True))
    day: date = Field(sa_column=Column(Date, primary_key=True))
    handle: str = Field(sa_column=Column(String(64), primary_key=True))
    number: int = Field(sa_column=Column(Integer, nullable=False))
    """1 for the client's first subject of the day, and so on: the highest is the count."""


class Keyprint(_Base, table=True):
    """The fingerprint of a key that this database was first used with."""

    __tablename__ = "hub_identity_keyprint"

    name: str = Field(sa_column=Column(String(100), primary_key=True))
    fingerprint: str = Field(sa_column=Column(String(64), nullable=False))
    """SHA-256, in hexadecimal."""
