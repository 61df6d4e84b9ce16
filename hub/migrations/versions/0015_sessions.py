"""sessions of people who log in at the hub."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "hub_identity_session",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("rotated_at", sa.BigInteger(), nullable=False),
        sa.Column("confirmed_at", sa.BigInteger(), nullable=True),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.Column("ends_at", sa.BigInteger(), nullable=False),
        sa.Column("login", sa.String(length=64), nullable=False),
        sa.Column("provider_session", sa.String(length=64), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("hub_identity_session_ends_at", "hub_identity_session", ["ends_at"])
    op.create_index("hub_identity_session_login", "hub_identity_session", ["login"])


def downgrade() -> None:
    op.drop_index("hub_identity_session_login", table_name="hub_identity_session")
    op.drop_index("hub_identity_session_ends_at", table_name="hub_identity_session")
    op.drop_table("hub_identity_session")
