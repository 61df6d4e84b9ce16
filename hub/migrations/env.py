"""Runs migrations: the tables of every room and of the hub, on SQLite and PostgreSQL alike."""

from alembic import context
from sqlalchemy import create_engine, pool

import audit
import consent
from hub import identity, oversight

METADATA = [audit.metadata, consent.metadata, identity.metadata, oversight.metadata]


def run() -> None:
    """Migrate inside one transaction."""
    engine = create_engine(context.config.attributes["url"], poolclass=pool.NullPool, hide_parameters=True)
    with engine.connect() as connection:
        if (
            connection.dialect.name == "sqlite"
        ):  # else each statement would be committed by itself, and what fails half-way could not be done again
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        context.configure(
            connection=connection, target_metadata=METADATA, render_as_batch=True, compare_type=True
        )
        with context.begin_transaction():
            context.run_migrations()
        connection.commit()
    engine.dispose()


run()
