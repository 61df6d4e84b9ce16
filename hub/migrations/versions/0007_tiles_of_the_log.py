"""full tiles of the log's tree; those of the entries that are signed are made."""

from hashlib import sha256

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_WIDTH, _AT_ONCE = 256, 32


def upgrade() -> None:
    tile = op.create_table(
        "audit_tile",
        sa.Column("level", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("tile_index", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("root", sa.LargeBinary(), nullable=False),
        sa.Column("hashes", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("level", "tile_index"),
    )
    connection = op.get_bind()
    size = connection.scalar(sa.text("SELECT coalesce(max(size), 0) FROM audit_checkpoint"))
    level = 0
    while size >= _WIDTH ** (level + 1):
        count = size // _WIDTH ** (level + 1)
        for first in range(0, count, _AT_ONCE):
            _fill(connection, tile, level, first, min(first + _AT_ONCE, count))
        level += 1


def _fill(connection: sa.Connection, tile: sa.Table, level: int, first: int, last: int) -> None:
    where = {"start": first * _WIDTH, "end": last * _WIDTH, "below": level - 1}
    if level == 0:
        query = "SELECT leaf FROM audit_entry WHERE leaf_index >= :start AND leaf_index < :end ORDER BY leaf_index"
        found = connection.execute(sa.text(query), {"start": where["start"], "end": where["end"]})
        hashes = [sha256(b"\x00" + bytes(leaf)).digest() for (leaf,) in found]
    else:
        query = (
            "SELECT root FROM audit_tile WHERE level = :below AND tile_index >= :start AND tile_index < :end"
            " ORDER BY tile_index"
        )
        hashes = [bytes(root) for (root,) in connection.execute(sa.text(query), where)]
    if len(hashes) != (last - first) * _WIDTH:
        raise RuntimeError("entries of the log are missing: `onlyonce log verify` says which")
    rows = []
    for index in range(first, last):
        part = hashes[(index - first) * _WIDTH : (index - first + 1) * _WIDTH]
        rows.append({"level": level, "tile_index": index, "root": _root(part), "hashes": b"".join(part)})
    connection.execute(tile.insert(), rows)


def _root(hashes: list[bytes]) -> bytes:
    while len(hashes) > 1:
        hashes = [
            sha256(b"\x01" + hashes[at] + hashes[at + 1]).digest() for at in range(0, len(hashes), 2)
        ]
    return hashes[0]


def downgrade() -> None:
    op.drop_table("audit_tile")
