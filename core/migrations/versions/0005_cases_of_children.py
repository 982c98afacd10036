"""cases of non-studying children, exemptions, runs of the refresh."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None
order = "additive"


def upgrade() -> None:
    op.create_table(
        "refresh_run",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("on_day", sa.Date(), nullable=False),
        sa.Column("quarter_on", sa.Date(), nullable=True),
        sa.Column("ran_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("counts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_refresh_run"),
    )
    op.create_index(
        "uq_refresh_run_quarter", "refresh_run", ["quarter_on"], unique=True, postgresql_where=sa.text("quarter_on IS NOT NULL")
    )
    op.create_table(
        "child_case",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("identity_id", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["identity_id"], ["identity.id"], name="fk_child_case_identity_id"),
        sa.PrimaryKeyConstraint("id", name="pk_child_case"),
    )
    op.create_index("ix_child_case_identity_id", "child_case", ["identity_id"], unique=False)
    op.create_table(
        "exemption",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("identity_id", sa.BigInteger(), nullable=False),
        sa.Column("ground", sa.Text(), nullable=False),
        sa.Column("decision_number", sa.Text(), nullable=False),
        sa.Column("decided_on", sa.Date(), nullable=False),
        sa.Column("decided_by", sa.Text(), nullable=False),
        sa.Column("municipality", sa.Text(), nullable=True),
        sa.Column("sender", sa.Text(), nullable=False),
        sa.Column("sender_key", sa.Text(), nullable=False),
        sa.Column("valid", postgresql.DATERANGE(), nullable=False),
        sa.Column("recorded", postgresql.TSTZRANGE(), server_default=sa.text("tstzrange(now(), NULL)"), nullable=False),
        sa.ForeignKeyConstraint(["identity_id"], ["identity.id"], name="fk_exemption_identity_id"),
        sa.ForeignKeyConstraint(["municipality"], ["municipality.code"], name="fk_exemption_municipality"),
        sa.PrimaryKeyConstraint("id", name="pk_exemption"),
    )
    op.create_index("ix_exemption_identity_id", "exemption", ["identity_id"], unique=False, postgresql_where=sa.text("upper_inf(recorded)"))
    op.create_index(
        "uq_exemption_sender_key", "exemption", ["sender", "sender_key"], unique=True, postgresql_where=sa.text("upper_inf(recorded)")
    )
    op.create_table(
        "case_event",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("municipality", sa.Text(), nullable=True),
        sa.Column("client", sa.Text(), nullable=True),
        sa.Column("user_id", sa.Text(), nullable=True),
        sa.Column("value", sa.Text(), nullable=True),
        sa.Column("on_day", sa.Date(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["child_case.id"], name="fk_case_event_case_id"),
        sa.PrimaryKeyConstraint("id", name="pk_case_event"),
    )
    op.create_index("ix_case_event_case_id", "case_event", ["case_id"], unique=False)
    op.create_table(
        "case_version",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("municipality", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("opened_on", sa.Date(), nullable=False),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column("closing", sa.Text(), nullable=True),
        sa.Column("merged_into", sa.BigInteger(), nullable=True),
        sa.Column("status", sa.Text(), nullable=True),
        sa.Column("status_since", sa.Date(), nullable=True),
        sa.Column("status_confirmed_on", sa.Date(), nullable=True),
        sa.Column("status_expires_on", sa.Date(), nullable=True),
        sa.Column("status_evidence", sa.Text(), nullable=True),
        sa.Column("recorded", postgresql.TSTZRANGE(), server_default=sa.text("tstzrange(now(), NULL)"), nullable=False),
        sa.CheckConstraint("(state = 'closed') = (closing IS NOT NULL)", name="ck_case_version_closing"),
        sa.CheckConstraint(
            "reason IN ('never_enrolled', 'left_unknown', 'transfer_unconfirmed', 'non_qualifying_only', 'suspended_too_long')",
            name="ck_case_version_reason",
        ),
        sa.CheckConstraint("state IN ('active', 'closed')", name="ck_case_version_state"),
        sa.ForeignKeyConstraint(["case_id"], ["child_case.id"], name="fk_case_version_case_id"),
        sa.ForeignKeyConstraint(["merged_into"], ["child_case.id"], name="fk_case_version_merged_into"),
        sa.ForeignKeyConstraint(["municipality"], ["municipality.code"], name="fk_case_version_municipality"),
        sa.PrimaryKeyConstraint("id", name="pk_case_version"),
    )
    op.create_index("ix_case_version_case_id", "case_version", ["case_id"], unique=False)
    op.create_index(
        "ix_case_version_municipality",
        "case_version",
        ["municipality", "case_id"],
        unique=False,
        postgresql_where=sa.text("upper_inf(recorded) AND state = 'active'"),
    )
    op.create_index("uq_case_version_current", "case_version", ["case_id"], unique=True, postgresql_where=sa.text("upper_inf(recorded)"))


def downgrade() -> None:
    op.drop_index("uq_case_version_current", table_name="case_version", postgresql_where=sa.text("upper_inf(recorded)"))
    op.drop_index(
        "ix_case_version_municipality", table_name="case_version", postgresql_where=sa.text("upper_inf(recorded) AND state = 'active'")
    )
    op.drop_index("ix_case_version_case_id", table_name="case_version")
    op.drop_table("case_version")
    op.drop_index("ix_case_event_case_id", table_name="case_event")
    op.drop_table("case_event")
    op.drop_index("uq_exemption_sender_key", table_name="exemption", postgresql_where=sa.text("upper_inf(recorded)"))
    op.drop_index("ix_exemption_identity_id", table_name="exemption", postgresql_where=sa.text("upper_inf(recorded)"))
    op.drop_table("exemption")
    op.drop_index("ix_child_case_identity_id", table_name="child_case")
    op.drop_table("child_case")
    op.drop_index("uq_refresh_run_quarter", table_name="refresh_run", postgresql_where=sa.text("quarter_on IS NOT NULL"))
    op.drop_table("refresh_run")
