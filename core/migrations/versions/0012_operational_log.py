"""the operational log."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None
order = "additive"


def upgrade() -> None:
    op.create_table(
        "service_call",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("service", sa.Text(), nullable=False),
        sa.Column("operation", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("client", sa.Text(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("duration_us", sa.Integer(), nullable=False),
        sa.Column("request_bytes", sa.Integer(), nullable=False),
        sa.Column("answer_bytes", sa.Integer(), nullable=False),
        sa.Column("persons", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=True),
        sa.CheckConstraint("channel IN ('soap', 'message', 'rest')", name="ck_service_call_channel"),
        sa.CheckConstraint("outcome IN ('answered', 'refused', 'failed')", name="ck_service_call_outcome"),
        sa.PrimaryKeyConstraint("id", name="pk_service_call"),
    )
    op.create_index(
        "ix_service_call_started_at",
        "service_call",
        ["started_at"],
        unique=False,
        postgresql_using="brin",
        postgresql_with={"pages_per_range": 32, "autosummarize": True},
    )
    op.create_table(
        "call_writer",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_call_writer"),
    )
    op.create_table(
        "call_hour",
        sa.Column("hour", sa.DateTime(timezone=True), nullable=False),
        sa.Column("writer", sa.Uuid(), nullable=False),
        sa.Column("written", sa.BigInteger(), nullable=False),
        sa.Column("lost", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("hour", "writer", name="pk_call_hour"),
    )


def downgrade() -> None:
    op.drop_table("call_hour")
    op.drop_table("call_writer")
    op.drop_index("ix_service_call_started_at", table_name="service_call", postgresql_using="brin")
    op.drop_table("service_call")
