"""the map of subjects; the hub fills it after the start."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "audit_map",
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("root", sa.LargeBinary(), nullable=True),
        sa.Column("entry", sa.String(length=200), nullable=True),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_table(
        "audit_map_leaf",
        sa.Column("key", sa.String(length=64), autoincrement=False, nullable=False),
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.Column("entries", sa.BigInteger(), nullable=False),
        sa.Column("last_index", sa.BigInteger(), nullable=False),
        sa.Column("last_leaf", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("key", "number"),
    )
    op.create_index("audit_map_leaf_of_state", "audit_map_leaf", ["number", "key"])
    op.create_table(
        "audit_map_page",
        sa.Column("path", sa.String(length=64), autoincrement=False, nullable=False),
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("path", "number"),
    )
    op.create_index("audit_map_page_of_state", "audit_map_page", ["number", "path"])


def downgrade() -> None:
    op.drop_table("audit_map_page")
    op.drop_table("audit_map_leaf")
    op.drop_table("audit_map")
