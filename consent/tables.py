"""The tables of this room. Nobody else imports them; migrations take `metadata` through the room's door."""

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, MetaData, String, Text, text
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

metadata = MetaData()

_OPEN = text("status IN ('requested', 'given', 'renewed')")
_UNTOLD = text("remind_at IS NOT NULL AND reminded_at IS NULL")
_ASKED = text("status = 'requested'")


class _Base(SQLModel, registry=registry(metadata=metadata)):
    metadata = metadata


class Record(_Base, table=True):
    """A consent as it is now; its history is in `consent_event`. Times are UTC epoch milliseconds."""

    __tablename__ = "consent_record"
    __table_args__ = (
        Index(
            "consent_record_one_open",
            "subject",
            "activity",
            unique=True,
            sqlite_where=_OPEN,
            postgresql_where=_OPEN,
        ),
        Index("consent_record_subject", "subject", "created_at"),
        Index("consent_record_controller", "controller", "created_at"),
        Index("consent_record_due", "valid_until", sqlite_where=_OPEN, postgresql_where=_OPEN),
        Index("consent_record_remind", "remind_at", sqlite_where=_UNTOLD, postgresql_where=_UNTOLD),
        Index("consent_record_asked", "created_at", sqlite_where=_ASKED, postgresql_where=_ASKED),
    )

    id: str = Field(sa_column=Column(String(36), primary_key=True))
    subject: str = Field(sa_column=Column(String(64), nullable=False))
    activity: str = Field(sa_column=Column(String(200), nullable=False))
    controller: str = Field(sa_column=Column(String(200), nullable=False))
    attributes: str = Field(sa_column=Column(Text, nullable=False))
    """A JSON list, sorted."""
    status: str = Field(sa_column=Column(String(12), nullable=False))
    created_at: int = Field(sa_column=Column(BigInteger, nullable=False))
    given_at: int | None = Field(sa_column=Column(BigInteger))
    valid_until: int | None = Field(sa_column=Column(BigInteger))
    withdrawn_at: int | None = Field(sa_column=Column(BigInteger))
    changed_at: int = Field(sa_column=Column(BigInteger, nullable=False))
    notice_hash: str = Field(sa_column=Column(String(64), nullable=False))
    notice_id: str = Field(sa_column=Column(String(200), nullable=False))
    language: str = Field(sa_column=Column(String(35), nullable=False))
    method: str = Field(sa_column=Column(String(200), nullable=False))
    revision: int = Field(sa_column=Column(Integer, nullable=False))
    head: str = Field(sa_column=Column(String(64), nullable=False))
    """The digest of the last event."""
    guardian: str | None = Field(sa_column=Column(String(64)))
    basis: str | None = Field(sa_column=Column(String(20)))
    terms_hash: str | None = Field(sa_column=Column(String(64)))
    remind_at: int | None = Field(sa_column=Column(BigInteger))
    reminded_at: int | None = Field(sa_column=Column(BigInteger))
    tag: bytes | None = Field(sa_column=Column(LargeBinary))
    """The hub's own, opaque here."""


class Event(_Base, table=True):
    """One change of a consent: inserted, never updated, never deleted while the consent is kept."""

    __tablename__ = "consent_event"

    consent_id: str = Field(sa_column=Column(String(36), primary_key=True))
    revision: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    digest: str = Field(sa_column=Column(String(64), nullable=False))
    signed: str = Field(sa_column=Column(Text, nullable=False))


class NoticeText(_Base, table=True):
    """The exact bytes of a notice that somebody answered, by their hash."""

    __tablename__ = "consent_notice"

    hash: str = Field(sa_column=Column(String(64), primary_key=True))
    body: str = Field(sa_column=Column(Text, nullable=False))


class TermsText(_Base, table=True):
    """The exact bytes of the terms that somebody agreed to, by their hash."""

    __tablename__ = "consent_terms"

    hash: str = Field(sa_column=Column(String(64), primary_key=True))
    body: str = Field(sa_column=Column(Text, nullable=False))
