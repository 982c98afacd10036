"""Alembic's environment: one connection, the model's metadata."""

from alembic import context
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

from core.model import Table

if not context.is_offline_mode():
    engine = create_engine(context.config.attributes["url"], poolclass=NullPool)
    with engine.begin() as connection:
        # Two programs that start at once must not both migrate.
        connection.exec_driver_sql("SELECT pg_advisory_xact_lock(hashtext('viis migrations'))")
        context.configure(connection=connection, target_metadata=Table.metadata, compare_type=True)
        context.run_migrations()
