"""revoked clients."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "hub_identity_revoked_client",
        sa.Column("client", sa.String(length=200), nullable=False),
        sa.Column("revoked_at", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("entry", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("client"),
    )


def downgrade() -> None:
    # A hub of the version before would let a revoked client in again.
    if op.get_bind().execute(sa.text("SELECT 1 FROM hub_identity_revoked_client")).first() is not None:
        raise RuntimeError("clients are revoked: strike them off the catalogue, and restore them, before going back")
    op.drop_table("hub_identity_revoked_client")
