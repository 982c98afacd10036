"""Migrations of the schema (alembic)."""
