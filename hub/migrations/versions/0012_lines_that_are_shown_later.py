"""lines that are shown later."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "hub_oversight_deferral",
        sa.Column("entry", sa.String(length=200), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("revealed_by", sa.String(length=200), nullable=True),
        sa.PrimaryKeyConstraint("entry"),
    )
    with op.batch_alter_table("hub_oversight_deferral", schema=None) as batch_op:
        batch_op.create_index("hub_oversight_deferral_due", ["revealed_by", "due_at"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("hub_oversight_deferral", schema=None) as batch_op:
        batch_op.drop_index("hub_oversight_deferral_due")

    op.drop_table("hub_oversight_deferral")
