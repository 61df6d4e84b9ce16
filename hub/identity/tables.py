"""The tables of `hub/identity`. Nobody else imports them; migrations take `metadata` through the room's door."""

from datetime import date

from sqlalchemy import (
    BigInteger,
    Column,
    Date,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Text,
    UniqueConstraint,
)
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


class RevokedClient(_Base, table=True):
    """A client that is revoked: nothing is disclosed to it any more. Restored, its row goes; the usage log has both."""

    __tablename__ = "hub_identity_revoked_client"

    client: str = Field(sa_column=Column(String(200), primary_key=True))
    revoked_at: int = Field(sa_column=Column(BigInteger, nullable=False))
    """UTC epoch milliseconds."""
    reason: str = Field(sa_column=Column(String(500), nullable=False))
    entry: str = Field(sa_column=Column(String(200), nullable=False))
    """The entry of the log that says, sealed, who revoked it."""


class Keyprint(_Base, table=True):
    """The fingerprint of a key that this database was first used with."""

    __tablename__ = "hub_identity_keyprint"

    name: str = Field(sa_column=Column(String(100), primary_key=True))
    fingerprint: str = Field(sa_column=Column(String(64), nullable=False))
    """SHA-256, in hexadecimal."""


class Session(_Base, table=True):
    """Somebody who is logged in. To delete the row is to log them out, on every replica."""

    __tablename__ = "hub_identity_session"
    __table_args__ = (
        Index("hub_identity_session_ends_at", "ends_at"),
        Index("hub_identity_session_login", "login"),
    )

    id: str = Field(sa_column=Column(String(32), primary_key=True))
    generation: int = Field(sa_column=Column(Integer, nullable=False))
    """Of the cookie that is good now: one more each time it is changed."""
    rotated_at: int = Field(sa_column=Column(BigInteger, nullable=False))
    """When that cookie was made, UTC epoch milliseconds, as are all here."""
    confirmed_at: int | None = Field(sa_column=Column(BigInteger, nullable=True))
    """When it first came back: from then on the one before it is on its way out."""
    seen_at: int = Field(sa_column=Column(BigInteger, nullable=False))
    """About when the person was last here."""
    ends_at: int = Field(sa_column=Column(BigInteger, nullable=False))
    """When it ends whatever happens."""
    login: str = Field(sa_column=Column(String(64), nullable=False))
    """Keyed digest of the provider and whom it logged in, for its logout tokens."""
    provider_session: str | None = Field(sa_column=Column(String(64), nullable=True))
    """Keyed digest of the provider and its own session, if it named one."""
    sealed: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    """What is known of the person (`hub.identity.Vault`)."""


class MandateRow(_Base, table=True):
    """A mandate: one lets another act for them. Handles are of the room of mandates."""

    __tablename__ = "hub_identity_mandate"
    __table_args__ = (
        Index("hub_identity_mandate_giver", "giver", "given_at"),
        Index("hub_identity_mandate_holder", "holder", "given_at"),
    )

    id: str = Field(sa_column=Column(String(36), primary_key=True))
    revision: int = Field(sa_column=Column(Integer, nullable=False))
    """How often it changed: a change is made only from the one that was seen."""
    state: str = Field(sa_column=Column(String(20), nullable=False))
    """`offered`, `signed`, `declined` or `revoked`."""
    giver: str = Field(sa_column=Column(String(64), nullable=False))
    holder: str = Field(sa_column=Column(String(64), nullable=False))
    giver_kind: str = Field(sa_column=Column(String(20), nullable=False))
    """`person` or `organisation`."""
    scope: str = Field(sa_column=Column(Text, nullable=False))
    """What it covers, as JSON."""
    starts_at: int = Field(sa_column=Column(BigInteger, nullable=False))
    """UTC epoch milliseconds, as all times here."""
    ends_at: int | None = Field(sa_column=Column(BigInteger, nullable=True))
    """Before it the mandate holds; null: until it is revoked."""
    given_at: int = Field(sa_column=Column(BigInteger, nullable=False))
    """When its giver signed."""
    given_level: int | None = Field(sa_column=Column(Integer, nullable=True))
    """The assurance level of that login."""
    accepted_at: int | None = Field(sa_column=Column(BigInteger, nullable=True))
    """When its holder signed."""
    accepted_level: int | None = Field(sa_column=Column(Integer, nullable=True))
    over_at: int | None = Field(sa_column=Column(BigInteger, nullable=True))
    """When it was declined or revoked."""
    over_by: str | None = Field(sa_column=Column(String(10), nullable=True))
    """By which side: `giver` or `holder`."""
    sealed: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    """The numbers of both sides and what each is called."""


class ChildRow(_Base, table=True):
    """A child that a parent named, and whose register confirmed it."""

    __tablename__ = "hub_identity_child"
    __table_args__ = (UniqueConstraint("parent", "child", name="hub_identity_child_once"),)

    id: str = Field(sa_column=Column(String(36), primary_key=True))
    parent: str = Field(sa_column=Column(String(64), nullable=False))
    child: str = Field(sa_column=Column(String(64), nullable=False))
    confirmed_at: int = Field(sa_column=Column(BigInteger, nullable=False))
    sealed: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    """The child's number, and the name that the parent gave."""
