"""licences and accreditations: proceedings, decisions, the public register."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None
order = "additive"


def upgrade() -> None:
    op.create_table(
        "recognition",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("institution", sa.Text(), nullable=False),
        sa.Column("programme", sa.Text(), nullable=True),
        sa.CheckConstraint("(programme IS NOT NULL) = (kind IN ('licence', 'programme'))", name="ck_recognition_programme"),
        sa.CheckConstraint("kind IN ('licence', 'programme', 'institution', 'examination_centre')", name="ck_recognition_kind"),
        sa.ForeignKeyConstraint(["institution"], ["institution.registration_number"], name="fk_recognition_institution"),
        sa.PrimaryKeyConstraint("id", name="pk_recognition"),
    )
    op.create_index("uq_recognition", "recognition", ["institution", "programme", "kind"], unique=True, postgresql_nulls_not_distinct=True)
    op.create_table(
        "proceeding",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("application_kind", sa.Text(), nullable=False),
        sa.Column("recognition_id", sa.BigInteger(), nullable=False),
        sa.Column("law", sa.Text(), nullable=False),
        sa.Column("applied_on", sa.Date(), nullable=False),
        sa.Column("client", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["recognition_id"], ["recognition.id"], name="fk_proceeding_recognition_id"),
        sa.PrimaryKeyConstraint("id", name="pk_proceeding"),
    )
    op.create_index("ix_proceeding_recognition_id", "proceeding", ["recognition_id"], unique=False)
    op.create_table(
        "awaited",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("proceeding_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("question", sa.Text(), nullable=True),
        sa.Column("asked_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("received_on", sa.Date(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.CheckConstraint("(code IS NOT NULL) = (kind = 'item')", name="ck_awaited_code"),
        sa.CheckConstraint("kind IN ('item', 'information', 'visit', 'report', 'comments')", name="ck_awaited_kind"),
        sa.ForeignKeyConstraint(["proceeding_id"], ["proceeding.id"], name="fk_awaited_proceeding_id"),
        sa.PrimaryKeyConstraint("id", name="pk_awaited"),
    )
    op.create_index("ix_awaited_proceeding_id", "awaited", ["proceeding_id"], unique=False)
    op.create_index("uq_awaited_item", "awaited", ["proceeding_id", "code"], unique=True, postgresql_where=sa.text("kind = 'item'"))
    op.create_table(
        "decision",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("recognition_id", sa.BigInteger(), nullable=False),
        sa.Column("proceeding_id", sa.BigInteger(), nullable=True),
        sa.Column("authority", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("decided_on", sa.Date(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("start_by", sa.Date(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("supersedes", sa.BigInteger(), nullable=True),
        sa.Column("proposed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("proposed_client", sa.Text(), nullable=False),
        sa.Column("proposed_user", sa.Text(), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("confirmed_client", sa.Text(), nullable=True),
        sa.Column("confirmed_user", sa.Text(), nullable=True),
        sa.Column("rejected_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "confirmed_at IS NULL OR num_nulls(confirmed_client, confirmed_user) = 0 "
            "AND (authority = 'law' OR (proposed_client, proposed_user) <> (confirmed_client, confirmed_user))",
            name="ck_decision_two_officers",
        ),
        sa.CheckConstraint("outcome IN ('grant', 'refuse', 'extend', 'annul', 'lapse')", name="ck_decision_outcome"),
        sa.CheckConstraint("num_nonnulls(confirmed_at, rejected_at) < 2", name="ck_decision_confirmed_or_rejected"),
        sa.CheckConstraint("published_at IS NULL OR confirmed_at IS NOT NULL", name="ck_decision_published"),
        sa.CheckConstraint("valid_to >= valid_from", name="ck_decision_valid_to"),
        sa.ForeignKeyConstraint(["proceeding_id"], ["proceeding.id"], name="fk_decision_proceeding_id"),
        sa.ForeignKeyConstraint(["recognition_id"], ["recognition.id"], name="fk_decision_recognition_id"),
        sa.ForeignKeyConstraint(["supersedes"], ["decision.id"], name="fk_decision_supersedes"),
        sa.PrimaryKeyConstraint("id", name="pk_decision"),
    )
    op.create_index("ix_decision_proceeding_id", "decision", ["proceeding_id"], unique=False)
    op.create_index("ix_decision_recognition_id", "decision", ["recognition_id"], unique=False)
    op.create_index("uq_decision_number", "decision", ["authority", "number"], unique=True, postgresql_where=sa.text("rejected_at IS NULL"))
    op.create_table(
        "expert",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("proceeding_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("head", sa.Boolean(), nullable=False),
        sa.Column("declared_on", sa.Date(), nullable=False),
        sa.Column("recorded", postgresql.TSTZRANGE(), server_default=sa.text("tstzrange(now(), NULL)"), nullable=False),
        sa.ForeignKeyConstraint(["proceeding_id"], ["proceeding.id"], name="fk_expert_proceeding_id"),
        sa.PrimaryKeyConstraint("id", name="pk_expert"),
    )
    op.create_index("ix_expert_proceeding_id", "expert", ["proceeding_id"], unique=False)
    op.create_table(
        "proceeding_event",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("proceeding_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("on_day", sa.Date(), nullable=False),
        sa.Column("client", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["proceeding_id"], ["proceeding.id"], name="fk_proceeding_event_proceeding_id"),
        sa.PrimaryKeyConstraint("id", name="pk_proceeding_event"),
    )
    op.create_index("ix_proceeding_event_proceeding_id", "proceeding_event", ["proceeding_id"], unique=False)
    op.create_table(
        "appeal",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("decision_id", sa.BigInteger(), nullable=False),
        sa.Column("lodged_on", sa.Date(), nullable=False),
        sa.Column("lodged_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("decided_on", sa.Date(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("client", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("outcome_reason", sa.Text(), nullable=True),
        sa.Column("outcome_client", sa.Text(), nullable=True),
        sa.Column("outcome_user", sa.Text(), nullable=True),
        sa.CheckConstraint("outcome IN ('upheld', 'revoked')", name="ck_appeal_outcome"),
        sa.CheckConstraint("(outcome IS NULL) = (decided_on IS NULL)", name="ck_appeal_decided_on"),
        sa.ForeignKeyConstraint(["decision_id"], ["decision.id"], name="fk_appeal_decision_id"),
        sa.PrimaryKeyConstraint("id", name="pk_appeal"),
    )
    op.create_index("ix_appeal_decision_id", "appeal", ["decision_id"], unique=False)
    op.create_index("uq_appeal_open", "appeal", ["decision_id"], unique=True, postgresql_where=sa.text("outcome IS NULL"))
    op.create_table(
        "decision_flag",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("decision_id", sa.BigInteger(), nullable=False),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("confirmed_client", sa.Text(), nullable=True),
        sa.Column("confirmed_user", sa.Text(), nullable=True),
        sa.CheckConstraint("severity IN ('low', 'high')", name="ck_decision_flag_severity"),
        sa.ForeignKeyConstraint(["decision_id"], ["decision.id"], name="fk_decision_flag_decision_id"),
        sa.PrimaryKeyConstraint("id", name="pk_decision_flag"),
    )
    op.create_index("uq_decision_flag", "decision_flag", ["decision_id", "rule"], unique=True)
    op.create_table(
        "proceeding_version",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("proceeding_id", sa.BigInteger(), nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("must_act", sa.Text(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=True),
        sa.Column("programme_name", sa.Text(), nullable=True),
        sa.Column("remark", sa.Text(), nullable=True),
        sa.Column("submitted_on", sa.Date(), nullable=True),
        sa.Column("decision_id", sa.BigInteger(), nullable=True),
        sa.Column("recorded", postgresql.TSTZRANGE(), server_default=sa.text("tstzrange(now(), NULL)"), nullable=False),
        sa.CheckConstraint(
            "must_act IN ('applicant', 'authority', 'experts', 'checker', 'ministry', 'nobody')", name="ck_proceeding_version_must_act"
        ),
        sa.CheckConstraint("stage = 'draft' OR submitted_on IS NOT NULL", name="ck_proceeding_version_submitted_on"),
        sa.CheckConstraint(
            "stage IN ('draft', 'submitted', 'returned', 'accepted', 'experts_appointed', 'visited', 'report_drafted', 'commented', "
            "'published', 'decided')",
            name="ck_proceeding_version_stage",
        ),
        sa.ForeignKeyConstraint(["decision_id"], ["decision.id"], name="fk_proceeding_version_decision_id"),
        sa.ForeignKeyConstraint(["proceeding_id"], ["proceeding.id"], name="fk_proceeding_version_proceeding_id"),
        sa.PrimaryKeyConstraint("id", name="pk_proceeding_version"),
    )
    op.create_index("ix_proceeding_version_proceeding_id", "proceeding_version", ["proceeding_id"], unique=False)
    op.create_index(
        "uq_proceeding_version_current",
        "proceeding_version",
        ["proceeding_id"],
        unique=True,
        postgresql_where=sa.text("upper_inf(recorded)"),
    )
    op.create_table(
        "recognition_period",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("recognition_id", sa.BigInteger(), nullable=False),
        sa.Column("decision_id", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("start_by", sa.Date(), nullable=True),
        sa.Column("started", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("valid", postgresql.DATERANGE(), nullable=False),
        sa.Column("recorded", postgresql.TSTZRANGE(), server_default=sa.text("tstzrange(now(), NULL)"), nullable=False),
        postgresql.ExcludeConstraint(
            (sa.column("recognition_id"), "="),
            (sa.column("valid"), "&&"),
            where=sa.text("upper_inf(recorded)"),
            using="gist",
            name="ex_recognition_period_one_at_a_time",
        ),
        sa.ForeignKeyConstraint(["decision_id"], ["decision.id"], name="fk_recognition_period_decision_id"),
        sa.ForeignKeyConstraint(["recognition_id"], ["recognition.id"], name="fk_recognition_period_recognition_id"),
        sa.PrimaryKeyConstraint("id", name="pk_recognition_period"),
    )
    op.create_index("ix_recognition_period_recognition_id", "recognition_period", ["recognition_id"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_recognition_period_recognition_id", table_name="recognition_period")
    op.drop_table("recognition_period")
    op.drop_index("uq_proceeding_version_current", table_name="proceeding_version", postgresql_where=sa.text("upper_inf(recorded)"))
    op.drop_index("ix_proceeding_version_proceeding_id", table_name="proceeding_version")
    op.drop_table("proceeding_version")
    op.drop_index("uq_decision_flag", table_name="decision_flag")
    op.drop_table("decision_flag")
    op.drop_index("uq_appeal_open", table_name="appeal", postgresql_where=sa.text("outcome IS NULL"))
    op.drop_index("ix_appeal_decision_id", table_name="appeal")
    op.drop_table("appeal")
    op.drop_index("ix_proceeding_event_proceeding_id", table_name="proceeding_event")
    op.drop_table("proceeding_event")
    op.drop_index("ix_expert_proceeding_id", table_name="expert")
    op.drop_table("expert")
    op.drop_index("uq_decision_number", table_name="decision", postgresql_where=sa.text("rejected_at IS NULL"))
    op.drop_index("ix_decision_recognition_id", table_name="decision")
    op.drop_index("ix_decision_proceeding_id", table_name="decision")
    op.drop_table("decision")
    op.drop_index("uq_awaited_item", table_name="awaited", postgresql_where=sa.text("kind = 'item'"))
    op.drop_index("ix_awaited_proceeding_id", table_name="awaited")
    op.drop_table("awaited")
    op.drop_index("ix_proceeding_recognition_id", table_name="proceeding")
    op.drop_table("proceeding")
    op.drop_index("uq_recognition", table_name="recognition", postgresql_nulls_not_distinct=True)
    op.drop_table("recognition")
