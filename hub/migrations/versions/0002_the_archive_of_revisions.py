"""the archive of revisions."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "hub_oversight_revision",
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("revision", sa.String(length=200), nullable=False),
        sa.Column("kept_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "revision"),
    )
    op.create_table(
        "hub_oversight_revision_file",
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("revision", sa.String(length=200), nullable=False),
        sa.Column("path", sa.String(length=500), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "revision", "path"),
    )


def downgrade() -> None:
    op.drop_table("hub_oversight_revision_file")
    op.drop_table("hub_oversight_revision")
