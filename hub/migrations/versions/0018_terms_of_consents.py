"""what consents are to, who answered for a child, and when somebody was reminded."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

_UNTOLD = sa.text("remind_at IS NOT NULL AND reminded_at IS NULL")
_ASKED = sa.text("status = 'requested'")


def upgrade() -> None:
    op.create_table(
        "consent_terms",
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("hash"),
    )
    with op.batch_alter_table("consent_record", schema=None) as batch_op:
        batch_op.add_column(sa.Column("guardian", sa.String(length=64), nullable=True))
        batch_op.add_column(sa.Column("basis", sa.String(length=20), nullable=True))
        batch_op.add_column(sa.Column("terms_hash", sa.String(length=64), nullable=True))
        batch_op.add_column(sa.Column("remind_at", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("reminded_at", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("tag", sa.LargeBinary(), nullable=True))
        batch_op.create_index(
            "consent_record_remind", ["remind_at"], unique=False, sqlite_where=_UNTOLD, postgresql_where=_UNTOLD
        )
        batch_op.create_index(
            "consent_record_asked", ["created_at"], unique=False, sqlite_where=_ASKED, postgresql_where=_ASKED
        )


def downgrade() -> None:
    with op.batch_alter_table("consent_record", schema=None) as batch_op:
        batch_op.drop_index("consent_record_remind", sqlite_where=_UNTOLD, postgresql_where=_UNTOLD)
        batch_op.drop_index("consent_record_asked", sqlite_where=_ASKED, postgresql_where=_ASKED)
        for name in ("tag", "reminded_at", "remind_at", "terms_hash", "basis", "guardian"):
            batch_op.drop_column(name)
    op.drop_table("consent_terms")
