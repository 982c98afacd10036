"""Alembic's environment: one connection, the model's metadata.

A replica takes the schema of a revision and not its data: these come from the register. What a revision inserts, updates or deletes is left
out there, and what it wants to be NOT NULL may still be empty, because a subscriber's columns are filled by the copy.
"""

import re
from typing import Any

from alembic import context
from sqlalchemy import event
from sqlalchemy.pool import NullPool

from core.database import connecting
from core.model import Table

MOVES_DATA = re.compile(
    r"\s*(INSERT|UPDATE|DELETE|TRUNCATE|WITH|SELECT\s+setval|ALTER\s+TABLE\s+\S+\s+ALTER\s+COLUMN\s+\S+\s+SET\s+NOT\s+NULL)\b",
    re.IGNORECASE,
)
NOTHING = "SELECT 1 WHERE false"


def without_data(_connection: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, _many: bool) -> tuple[str, Any]:
    """For a replica: nothing instead of a statement that moves data, except alembic's own."""
    return (NOTHING, ()) if MOVES_DATA.match(statement) and "alembic_version" not in statement else (statement, parameters)


if not context.is_offline_mode():
    attributes = context.config.attributes
    engine = connecting(attributes["url"], "-c default_transaction_read_only=off", poolclass=NullPool)
    if attributes.get("replica"):
        event.listen(engine, "before_cursor_execute", without_data, retval=True)
    with engine.begin() as connection:
        # Two programs that start at once must not both migrate.
        connection.exec_driver_sql("SELECT pg_advisory_xact_lock(hashtext('viis migrations'))")
        context.configure(connection=connection, target_metadata=Table.metadata, compare_type=True)
        context.run_migrations()
