"""Alembic migrations of every room and of the hub."""
