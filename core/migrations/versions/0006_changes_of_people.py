"""changes of the population register, and where the list contradicts them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None
order = "additive"


def upgrade() -> None:
    op.create_table(
        "change_source",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("cursor", sa.Text(), nullable=True),
        sa.Column("read_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_change_source"),
    )
    op.create_table(
        "person_change",
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("occurred_on", sa.Text(), nullable=True),
        sa.Column("not_before", sa.Date(), nullable=False),
        sa.Column("codes", postgresql.ARRAY(sa.TEXT()), nullable=False),
        sa.Column("record", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("repaired", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("state", sa.Text(), server_default="pending", nullable=False),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state IN ('pending', 'applied', 'failed', 'superseded')", name="ck_person_change_state"),
        sa.PrimaryKeyConstraint("position", name="pk_person_change"),
    )
    op.create_index(
        "ix_person_change_open", "person_change", ["position"], unique=False, postgresql_where=sa.text("state IN ('pending', 'failed')")
    )
    op.create_table(
        "last_change",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("code", name="pk_last_change"),
    )
    op.create_table(
        "list_page",
        sa.Column("run_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("page", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("as_of", sa.DateTime(timezone=True), nullable=False),
        sa.Column("people", postgresql.ARRAY(sa.BigInteger()), nullable=False),
        sa.PrimaryKeyConstraint("run_id", "page", name="pk_list_page"),
    )
    op.create_table(
        "reconciliation",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("run_id", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("last_position", sa.BigInteger(), nullable=True),
        sa.Column("list_as_of", sa.Date(), nullable=True),
        sa.Column("taken", sa.Text(), nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("taken IN ('list', 'change')", name="ck_reconciliation_taken"),
        sa.PrimaryKeyConstraint("id", name="pk_reconciliation"),
    )
    op.create_index("uq_reconciliation_field", "reconciliation", ["run_id", "person_id", "field"], unique=True)


def downgrade() -> None:
    op.drop_index("uq_reconciliation_field", table_name="reconciliation")
    op.drop_table("reconciliation")
    op.drop_table("list_page")
    op.drop_table("last_change")
    op.drop_index("ix_person_change_open", table_name="person_change", postgresql_where=sa.text("state IN ('pending', 'failed')"))
    op.drop_table("person_change")
    op.drop_table("change_source")
