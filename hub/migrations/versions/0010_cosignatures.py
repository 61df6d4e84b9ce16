"""cosignatures of witnesses."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "audit_cosignature",
        sa.Column("size", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("witness", sa.String(length=400), autoincrement=False, nullable=False),
        sa.Column("cosignature", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("size", "witness"),
    )
    with op.batch_alter_table("audit_cosignature", schema=None) as batch_op:
        batch_op.create_index("audit_cosignature_of_witness", ["witness", "size"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("audit_cosignature", schema=None) as batch_op:
        batch_op.drop_index("audit_cosignature_of_witness")

    op.drop_table("audit_cosignature")
