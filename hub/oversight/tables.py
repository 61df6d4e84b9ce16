"""The tables of `hub/oversight`. Nobody else imports them; migrations take `metadata` through the room's door."""

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, MetaData, String, Text
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


class ActivationRow(_Base, table=True):
    """That a revision of the policies or of the catalogue began to rule."""

    __tablename__ = "hub_oversight_activation"
    kind: str = Field(sa_column=Column(String(20), primary_key=True))
    number: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    """Of its kind, from 1."""
    revision: str = Field(sa_column=Column(String(200), nullable=False))
    previous: str | None = Field(sa_column=Column(String(200), nullable=True))
    """What ruled before; none for the first."""
    process: str = Field(sa_column=Column(String(36), nullable=False))
    """The start of the hub that went over first."""
    activated_at: int = Field(sa_column=Column(BigInteger, nullable=False))
    """UTC epoch milliseconds."""


class Seal(_Base, table=True):
    """An attribute that is sealed for a subject, or was until a moment ago."""

    __tablename__ = "hub_oversight_seal"
    __table_args__ = (Index("hub_oversight_seal_changed", "version"),)

    subject: str = Field(sa_column=Column(String(64), primary_key=True))
    """The handle by which the usage log knows the subject."""
    attribute: str = Field(sa_column=Column(String(200), primary_key=True))
    until: int | None = Field(sa_column=Column(BigInteger, nullable=True))
    """When the seal is over, UTC epoch milliseconds; null: when it is lifted, which sets this."""
    version: int = Field(sa_column=Column(BigInteger, nullable=False))
    """Of all seals, when this one last changed."""
    entry: str = Field(sa_column=Column(String(200), nullable=False))
    """The entry of the log that says, sealed, who ordered it and on what legal ground."""


class SealVersion(_Base, table=True):
    """How often seals changed: one row."""

    __tablename__ = "hub_oversight_seal_version"

    id: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    version: int = Field(sa_column=Column(BigInteger, nullable=False))


class Emergency(_Base, table=True):
    """An emergency that an agent declared for one case of one subject."""

    __tablename__ = "hub_oversight_emergency"

    id: str = Field(sa_column=Column(String(36), primary_key=True))
    client: str = Field(sa_column=Column(String(200), nullable=False))
    activity: str = Field(sa_column=Column(String(200), nullable=False))
    actor: str = Field(sa_column=Column(String(64), nullable=False))
    """The agent's handle."""
    subject: str = Field(sa_column=Column(String(64), nullable=False))
    """The handle by which the usage log knows the subject."""
    case_digest: str = Field(sa_column=Column(String(64), nullable=False))
    """SHA-256 over the id and the caller's reference of the case, which may say something of a person."""
    valid_until: int = Field(sa_column=Column(BigInteger, nullable=False))
    """UTC epoch milliseconds."""


class Notice(_Base, table=True):
    """A notice to the data protection officer. What it is about stands sealed in the entry that it names."""

    __tablename__ = "hub_oversight_notice"
    __table_args__ = (Index("hub_oversight_notice_given_at", "given_at"),)

    id: str = Field(sa_column=Column(String(36), primary_key=True))
    kind: str = Field(sa_column=Column(String(40), nullable=False))
    given_at: int = Field(sa_column=Column(BigInteger, nullable=False))
    """UTC epoch milliseconds."""
    controller: str = Field(sa_column=Column(String(200), nullable=False))
    client: str = Field(sa_column=Column(String(200), nullable=False))
    activity: str = Field(sa_column=Column(String(200), nullable=False))
    subject: str = Field(sa_column=Column(String(64), nullable=False))
    """The handle by which the usage log knows the subject."""
    entry: str = Field(sa_column=Column(String(200), nullable=False))
    emergency: str | None = Field(sa_column=Column(String(36), nullable=True))
    acknowledged_at: int | None = Field(sa_column=Column(BigInteger, nullable=True))
    acknowledgement: str | None = Field(sa_column=Column(String(200), nullable=True))
    """The entry of the log that says, sealed, who took note of it and what they found."""


class DeferralRow(_Base, table=True):
    """A line of the log that its subject is shown later."""

    __tablename__ = "hub_oversight_deferral"
    __table_args__ = (Index("hub_oversight_deferral_due", "revealed_by", "due_at"),)

    entry: str = Field(sa_column=Column(String(200), primary_key=True))
    """Of the log; or the intent that no entry has closed yet."""
    due_at: int = Field(sa_column=Column(BigInteger, nullable=False))
    """UTC epoch milliseconds."""
    revealed_by: str | None = Field(sa_column=Column(String(200), nullable=True))
    """The entry of the log that shows it to its subject."""


class OrderRow(_Base, table=True):
    """A controller's order that was carried out. What it orders stands sealed in the entry that it names."""

    __tablename__ = "hub_oversight_order"

    id: str = Field(sa_column=Column(String(200), primary_key=True))
    kind: str = Field(sa_column=Column(String(200), nullable=False))
    controller: str = Field(sa_column=Column(String(200), nullable=False))
    digest: str = Field(sa_column=Column(String(64), nullable=False))
    """SHA-256 (hex) of its payload."""
    entry: str = Field(sa_column=Column(String(200), nullable=False))
    used_at: int = Field(sa_column=Column(BigInteger, nullable=False))
    """UTC epoch milliseconds."""


class ReceiptRow(_Base, table=True):
    """A signed receipt for keys of the usage log that were destroyed."""

    __tablename__ = "hub_oversight_receipt"

    id: str = Field(sa_column=Column(String(36), primary_key=True))
    reason: str = Field(sa_column=Column(String(40), nullable=False))
    made_at: int = Field(sa_column=Column(BigInteger, nullable=False))
    """UTC epoch milliseconds."""
    signed: str = Field(sa_column=Column(Text, nullable=False))
