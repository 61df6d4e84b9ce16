"""what the log's entries are found by: tallies, and the blind index of agents."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "audit_tally",
        sa.Column("first_index", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("day", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=200), nullable=False),
        sa.Column("controller", sa.String(length=200), nullable=False),
        sa.Column("client", sa.String(length=200), nullable=False),
        sa.Column("activity", sa.String(length=200), nullable=False),
        sa.Column("outcome", sa.String(length=200), nullable=False),
        sa.Column("entries", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("first_index", "position"),
    )
    op.create_table(
        "audit_agent",
        sa.Column("leaf_index", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("tag", sa.LargeBinary(), nullable=False),
        sa.Column("key_id", sa.String(length=200), nullable=False),
        sa.Column("agents_key_id", sa.String(length=200), nullable=True),
        sa.PrimaryKeyConstraint("leaf_index"),
    )
    op.create_index("audit_agent_by_tag", "audit_agent", ["tag", "leaf_index"])
    op.create_index("ix_audit_agent_key_id", "audit_agent", ["key_id"])
    op.create_index("ix_audit_agent_agents_key_id", "audit_agent", ["agents_key_id"])


def downgrade() -> None:
    op.drop_table("audit_agent")
    op.drop_table("audit_tally")
