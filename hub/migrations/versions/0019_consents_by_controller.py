"""an index: a controller looks for its own consents."""

from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("consent_record_controller", "consent_record", ["controller", "created_at"])


def downgrade() -> None:
    op.drop_index("consent_record_controller", table_name="consent_record")
