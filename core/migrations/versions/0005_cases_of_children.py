"""cases of non-studying children and changes of the population register."""

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
    op.create_index("ix_person_change_codes", "person_change", ["codes"], unique=False, postgresql_using="gin")
    op.create_index(
        "ix_person_change_open", "person_change", ["position"], unique=False, postgresql_where=sa.text("state IN ('pending', 'failed')")
    )
    op.create_table(
        "reconciliation",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("run_id", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("last_position", sa.BigInteger(), nullable=True),
        sa.Column("list_as_of", sa.Date(), nullable=True),
        sa.Column("found_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_reconciliation"),
    )
    op.create_index("ix_reconciliation_run_id", "reconciliation", ["run_id"], unique=False)
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
        "case_deadline",
        sa.Column("municipality", sa.Text(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.CheckConstraint("days > 0", name="ck_case_deadline_days"),
        sa.ForeignKeyConstraint(["municipality"], ["municipality.code"], name="fk_case_deadline_municipality"),
        sa.PrimaryKeyConstraint("municipality", "step", name="pk_case_deadline"),
    )
    op.create_table(
        "absence_report",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("identity_id", sa.BigInteger(), nullable=False),
        sa.Column("institution", sa.Text(), nullable=False),
        sa.Column("municipality", sa.Text(), nullable=True),
        sa.Column("absent_from", sa.Date(), nullable=False),
        sa.Column("absent_to", sa.Date(), nullable=False),
        sa.Column("lessons", sa.Integer(), nullable=True),
        sa.Column("days", sa.Integer(), nullable=True),
        sa.Column("known_reason", sa.Text(), nullable=True),
        sa.Column("measures", sa.Text(), nullable=True),
        sa.Column("client", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=True),
        sa.Column("reported_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["identity_id"], ["identity.id"], name="fk_absence_report_identity_id"),
        sa.ForeignKeyConstraint(["institution"], ["institution.registration_number"], name="fk_absence_report_institution"),
        sa.ForeignKeyConstraint(["municipality"], ["municipality.code"], name="fk_absence_report_municipality"),
        sa.PrimaryKeyConstraint("id", name="pk_absence_report"),
    )
    op.create_index("ix_absence_report_identity_id", "absence_report", ["identity_id"], unique=False)
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
        sa.Column("offered_to", sa.Text(), nullable=True),
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
        sa.Column("escalated_on", sa.Date(), nullable=True),
        sa.Column("escalation", sa.Text(), nullable=True),
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
        sa.ForeignKeyConstraint(["offered_to"], ["municipality.code"], name="fk_case_version_offered_to"),
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
    op.create_index(
        "ix_case_version_offered_to",
        "case_version",
        ["offered_to", "case_id"],
        unique=False,
        postgresql_where=sa.text("upper_inf(recorded) AND offered_to IS NOT NULL"),
    )
    op.create_index("uq_case_version_current", "case_version", ["case_id"], unique=True, postgresql_where=sa.text("upper_inf(recorded)"))
    op.create_table(
        "hand_over",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("from_municipality", sa.Text(), nullable=False),
        sa.Column("to_municipality", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("offered_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("offered_by", sa.Text(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_by", sa.Text(), nullable=True),
        sa.Column("answer_reason", sa.Text(), nullable=True),
        sa.CheckConstraint("outcome IN ('accepted', 'returned', 'fallback')", name="ck_hand_over_outcome"),
        sa.ForeignKeyConstraint(["case_id"], ["child_case.id"], name="fk_hand_over_case_id"),
        sa.ForeignKeyConstraint(["from_municipality"], ["municipality.code"], name="fk_hand_over_from_municipality"),
        sa.ForeignKeyConstraint(["to_municipality"], ["municipality.code"], name="fk_hand_over_to_municipality"),
        sa.PrimaryKeyConstraint("id", name="pk_hand_over"),
    )
    op.create_index("ix_hand_over_case_id", "hand_over", ["case_id"], unique=False)
    op.create_index("uq_hand_over_open", "hand_over", ["case_id"], unique=True, postgresql_where=sa.text("outcome IS NULL"))


def downgrade() -> None:
    op.drop_index("uq_hand_over_open", table_name="hand_over", postgresql_where=sa.text("outcome IS NULL"))
    op.drop_index("ix_hand_over_case_id", table_name="hand_over")
    op.drop_table("hand_over")
    op.drop_index("uq_case_version_current", table_name="case_version", postgresql_where=sa.text("upper_inf(recorded)"))
    op.drop_index(
        "ix_case_version_offered_to", table_name="case_version", postgresql_where=sa.text("upper_inf(recorded) AND offered_to IS NOT NULL")
    )
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
    op.drop_index("ix_absence_report_identity_id", table_name="absence_report")
    op.drop_table("absence_report")
    op.drop_table("case_deadline")
    op.drop_index("uq_refresh_run_quarter", table_name="refresh_run", postgresql_where=sa.text("quarter_on IS NOT NULL"))
    op.drop_table("refresh_run")
    op.drop_index("ix_reconciliation_run_id", table_name="reconciliation")
    op.drop_table("reconciliation")
    op.drop_index("ix_person_change_open", table_name="person_change", postgresql_where=sa.text("state IN ('pending', 'failed')"))
    op.drop_index("ix_person_change_codes", table_name="person_change", postgresql_using="gin")
    op.drop_table("person_change")
    op.drop_table("change_source")
