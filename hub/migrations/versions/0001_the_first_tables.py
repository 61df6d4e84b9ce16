"""the first tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "audit_checkpoint",
        sa.Column("size", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("size"),
    )
    op.create_table(
        "audit_data_key",
        sa.Column("id", sa.String(length=200), autoincrement=False, nullable=False),
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.Column("retention", sa.String(length=200), nullable=False),
        sa.Column("period", sa.String(length=200), nullable=False),
        sa.Column("epoch", sa.String(length=200), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=True),
        sa.Column("destroyed_by", sa.String(length=200), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("audit_data_key", schema=None) as batch_op:
        batch_op.create_index(
            "audit_data_key_live",
            ["subject", "retention", "period"],
            unique=True,
            sqlite_where=sa.text("wrapped IS NOT NULL"),
            postgresql_where=sa.text("wrapped IS NOT NULL"),
        )

    op.create_table(
        "audit_entry",
        sa.Column("leaf_index", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.String(length=200), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=200), nullable=False),
        sa.Column("controller", sa.String(length=200), nullable=False),
        sa.Column("client", sa.String(length=200), nullable=False),
        sa.Column("activity", sa.String(length=200), nullable=False),
        sa.Column("outcome", sa.String(length=200), nullable=False),
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.Column("retention", sa.String(length=200), nullable=False),
        sa.Column("key_id", sa.String(length=200), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_digest", sa.LargeBinary(), nullable=False),
        sa.Column("leaf", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("leaf_index"),
        sa.UniqueConstraint("id"),
    )
    op.create_index(
        "audit_entry_of_subject", "audit_entry", ["subject", sa.text("leaf_index DESC")], unique=False
    )
    op.create_table(
        "audit_head",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("root", sa.LargeBinary(), nullable=False),
        sa.Column("compact_range", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "audit_intent",
        sa.Column("id", sa.String(length=200), autoincrement=False, nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.Column("key_id", sa.String(length=200), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("audit_intent", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_audit_intent_recorded_at"), ["recorded_at"], unique=False)

    op.create_table(
        "audit_subject",
        sa.Column("subject", sa.String(length=64), autoincrement=False, nullable=False),
        sa.Column("entries", sa.BigInteger(), nullable=False),
        sa.Column("last_index", sa.BigInteger(), nullable=False),
        sa.Column("last_leaf", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("subject"),
    )
    op.create_table(
        "consent_event",
        sa.Column("consent_id", sa.String(length=36), nullable=False),
        sa.Column("revision", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("signed", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("consent_id", "revision"),
    )
    op.create_table(
        "consent_notice",
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("hash"),
    )
    op.create_table(
        "consent_record",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.Column("activity", sa.String(length=200), nullable=False),
        sa.Column("controller", sa.String(length=200), nullable=False),
        sa.Column("attributes", sa.Text(), nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("given_at", sa.BigInteger(), nullable=True),
        sa.Column("valid_until", sa.BigInteger(), nullable=True),
        sa.Column("withdrawn_at", sa.BigInteger(), nullable=True),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.Column("notice_hash", sa.String(length=64), nullable=False),
        sa.Column("notice_id", sa.String(length=200), nullable=False),
        sa.Column("language", sa.String(length=35), nullable=False),
        sa.Column("method", sa.String(length=200), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("head", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("consent_record", schema=None) as batch_op:
        batch_op.create_index(
            "consent_record_due",
            ["valid_until"],
            unique=False,
            sqlite_where=sa.text("status IN ('requested', 'given', 'renewed')"),
            postgresql_where=sa.text("status IN ('requested', 'given', 'renewed')"),
        )
        batch_op.create_index(
            "consent_record_one_open",
            ["subject", "activity"],
            unique=True,
            sqlite_where=sa.text("status IN ('requested', 'given', 'renewed')"),
            postgresql_where=sa.text("status IN ('requested', 'given', 'renewed')"),
        )
        batch_op.create_index("consent_record_subject", ["subject", "created_at"], unique=False)

    op.create_table(
        "hub_identity_asserted_subject",
        sa.Column("client", sa.String(length=200), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("handle", sa.String(length=64), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("client", "day", "handle"),
        sa.UniqueConstraint("client", "day", "number", name="hub_identity_asserted_subject_number"),
    )
    op.create_table(
        "hub_identity_assertion",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("digest"),
    )
    with op.batch_alter_table("hub_identity_assertion", schema=None) as batch_op:
        batch_op.create_index("hub_identity_assertion_expires_at", ["expires_at"], unique=False)

    op.create_table(
        "hub_identity_keyprint",
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )


def downgrade() -> None:
    op.drop_table("hub_identity_keyprint")
    with op.batch_alter_table("hub_identity_assertion", schema=None) as batch_op:
        batch_op.drop_index("hub_identity_assertion_expires_at")

    op.drop_table("hub_identity_assertion")
    op.drop_table("hub_identity_asserted_subject")
    with op.batch_alter_table("consent_record", schema=None) as batch_op:
        batch_op.drop_index("consent_record_subject")
        batch_op.drop_index(
            "consent_record_one_open",
            sqlite_where=sa.text("status IN ('requested', 'given', 'renewed')"),
            postgresql_where=sa.text("status IN ('requested', 'given', 'renewed')"),
        )
        batch_op.drop_index(
            "consent_record_due",
            sqlite_where=sa.text("status IN ('requested', 'given', 'renewed')"),
            postgresql_where=sa.text("status IN ('requested', 'given', 'renewed')"),
        )

    op.drop_table("consent_record")
    op.drop_table("consent_notice")
    op.drop_table("consent_event")
    op.drop_table("audit_subject")
    with op.batch_alter_table("audit_intent", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_audit_intent_recorded_at"))

    op.drop_table("audit_intent")
    op.drop_table("audit_head")
    op.drop_index("audit_entry_of_subject", "audit_entry")
    op.drop_table("audit_entry")
    with op.batch_alter_table("audit_data_key", schema=None) as batch_op:
        batch_op.drop_index(
            "audit_data_key_live",
            sqlite_where=sa.text("wrapped IS NOT NULL"),
            postgresql_where=sa.text("wrapped IS NOT NULL"),
        )

    op.drop_table("audit_data_key")
    op.drop_table("audit_checkpoint")
