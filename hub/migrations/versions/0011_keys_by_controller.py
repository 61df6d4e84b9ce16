"""a data key of its own for each controller; the keys that are there stay as they are, with an empty one."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_LIVE = sa.text("wrapped IS NOT NULL")


def _index(columns: list[str]) -> None:
    with op.batch_alter_table("audit_data_key", schema=None) as batch_op:
        batch_op.create_index(
            "audit_data_key_live", columns, unique=True, sqlite_where=_LIVE, postgresql_where=_LIVE
        )


def _drop_index() -> None:
    with op.batch_alter_table("audit_data_key", schema=None) as batch_op:
        batch_op.drop_index("audit_data_key_live", sqlite_where=_LIVE, postgresql_where=_LIVE)


def upgrade() -> None:
    _drop_index()
    op.add_column(
        "audit_data_key",
        sa.Column("controller", sa.String(length=200), server_default="", nullable=False),
    )
    _index(["subject", "period", "controller", "retention"])


def downgrade() -> None:
    if op.get_bind().scalar(sa.text("SELECT count(*) FROM audit_data_key WHERE controller <> ''")):
        raise RuntimeError("there are keys of single controllers, which an earlier version could not open")
    _drop_index()
    op.drop_column("audit_data_key", "controller")
    _index(["subject", "retention", "period"])
