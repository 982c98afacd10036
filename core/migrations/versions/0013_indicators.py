"""a year's indicators of use."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None
order = "additive"

# What was published as a year's figures does not change: a correction is another revision.
FROZEN = """
CREATE FUNCTION keep_frozen_indicators() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a frozen year does not change; a correction is a revision of its own';
END $$
"""
FROZEN_TABLES = ("indicator_year", "indicator_month", "indicator_figure", "indicator_reason")
KEEP = """
CREATE TRIGGER keep_frozen BEFORE UPDATE OR DELETE ON {0} FOR EACH ROW
WHEN (OLD.revision > 0) EXECUTE FUNCTION keep_frozen_indicators()"""
WHAT = (("service", sa.Text()), ("operation", sa.Text()), ("channel", sa.Text()), ("client", sa.Text()), ("month", sa.SmallInteger()))
NUMBERS = ("calls", "answered", "refused", "failed", "duration_us", "request_bytes", "answer_bytes", "persons")


def upgrade() -> None:
    op.create_table(
        "indicator_year",
        sa.Column("year", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("revision", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("counted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("definitions", sa.Text(), nullable=False),
        sa.Column("program", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("year", "revision", name="pk_indicator_year"),
    )
    _of_a_revision(
        "indicator_month",
        [("month", sa.SmallInteger())],
        [
            *(sa.Column(name, sa.Integer(), nullable=False) for name in ("hours", "complete", "idle")),
            sa.Column("lost", sa.BigInteger(), nullable=False),
            sa.Column("gaps", postgresql.JSON(), nullable=False),
        ],
    )
    _of_a_revision(
        "indicator_figure",
        WHAT,
        [
            *(sa.Column(name, sa.BigInteger(), nullable=False) for name in NUMBERS),
            sa.Column("buckets", postgresql.ARRAY(sa.SmallInteger()), nullable=False),
            sa.Column("counts", postgresql.ARRAY(sa.BigInteger()), nullable=False),
        ],
    )
    reason = (*WHAT, ("outcome", sa.Text()), ("code", sa.Text()))
    _of_a_revision("indicator_reason", reason, [sa.Column("calls", sa.BigInteger(), nullable=False)])
    op.execute(FROZEN)
    for table in FROZEN_TABLES:
        op.execute(KEEP.format(table))


def _of_a_revision(table: str, key: Sequence[tuple[str, Any]], columns: Sequence[Any]) -> None:
    names = ["year", "revision", *(name for name, _ in key)]
    op.create_table(
        table,
        sa.Column("year", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("revision", sa.Integer(), nullable=False, autoincrement=False),
        *(sa.Column(name, kind, nullable=False, autoincrement=False) for name, kind in key),
        *columns,
        sa.ForeignKeyConstraint(
            ["year", "revision"],
            ["indicator_year.year", "indicator_year.revision"],
            name=f"fk_{table}_year_revision",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(*names, name=f"pk_{table}"),
    )


def downgrade() -> None:
    for table in reversed(FROZEN_TABLES):
        op.drop_table(table)
    op.execute("DROP FUNCTION keep_frozen_indicators()")
