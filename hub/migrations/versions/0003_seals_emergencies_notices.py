"""seals, emergencies, notices."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "hub_oversight_seal",
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.Column("attribute", sa.String(length=200), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("entry", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("subject", "attribute"),
    )
    with op.batch_alter_table("hub_oversight_seal", schema=None) as batch_op:
        batch_op.create_index("hub_oversight_seal_changed", ["version"], unique=False)

    op.create_table(
        "hub_oversight_seal_version",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "hub_oversight_emergency",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("client", sa.String(length=200), nullable=False),
        sa.Column("activity", sa.String(length=200), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.Column("case_digest", sa.String(length=64), nullable=False),
        sa.Column("valid_until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "hub_oversight_notice",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("given_at", sa.BigInteger(), nullable=False),
        sa.Column("controller", sa.String(length=200), nullable=False),
        sa.Column("client", sa.String(length=200), nullable=False),
        sa.Column("activity", sa.String(length=200), nullable=False),
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.Column("entry", sa.String(length=200), nullable=False),
        sa.Column("emergency", sa.String(length=36), nullable=True),
        sa.Column("acknowledged_at", sa.BigInteger(), nullable=True),
        sa.Column("acknowledgement", sa.String(length=200), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("hub_oversight_notice", schema=None) as batch_op:
        batch_op.create_index("hub_oversight_notice_given_at", ["given_at"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("hub_oversight_notice", schema=None) as batch_op:
        batch_op.drop_index("hub_oversight_notice_given_at")

    op.drop_table("hub_oversight_notice")
    op.drop_table("hub_oversight_emergency")
    op.drop_table("hub_oversight_seal_version")
    with op.batch_alter_table("hub_oversight_seal", schema=None) as batch_op:
        batch_op.drop_index("hub_oversight_seal_changed")

    op.drop_table("hub_oversight_seal")
