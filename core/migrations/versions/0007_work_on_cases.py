"""statuses, hand-overs, deadlines and escalation of cases, reports of absence."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None
order = "additive"


def upgrade() -> None:
    op.create_table(
        "case_deadline",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("municipality", sa.Text(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("recorded", postgresql.TSTZRANGE(), server_default=sa.text("tstzrange(now(), NULL)"), nullable=False),
        sa.CheckConstraint("days > 0", name="ck_case_deadline_days"),
        sa.ForeignKeyConstraint(["municipality"], ["municipality.code"], name="fk_case_deadline_municipality"),
        sa.PrimaryKeyConstraint("id", name="pk_case_deadline"),
    )
    op.create_index(
        "uq_case_deadline", "case_deadline", ["municipality", "step"], unique=True, postgresql_where=sa.text("upper_inf(recorded)")
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
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("client", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=True),
        sa.Column("reported_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("(lessons IS NULL) <> (days IS NULL)", name="ck_absence_report_lessons"),
        sa.ForeignKeyConstraint(["identity_id"], ["identity.id"], name="fk_absence_report_identity_id"),
        sa.ForeignKeyConstraint(["institution"], ["institution.registration_number"], name="fk_absence_report_institution"),
        sa.ForeignKeyConstraint(["municipality"], ["municipality.code"], name="fk_absence_report_municipality"),
        sa.PrimaryKeyConstraint("id", name="pk_absence_report"),
    )
    op.create_index("ix_absence_report_identity_id", "absence_report", ["identity_id"], unique=False)
    op.create_index("ix_absence_report_municipality", "absence_report", ["municipality", "id"], unique=False)
    op.add_column("case_version", sa.Column("status_class", sa.Text(), nullable=True))
    op.add_column("case_version", sa.Column("offered_to", sa.Text(), nullable=True))
    op.add_column("case_version", sa.Column("offered_on", sa.Date(), nullable=True))
    op.add_column("case_version", sa.Column("answer_by", sa.Date(), nullable=True))
    op.add_column("case_version", sa.Column("settled_residence", sa.BigInteger(), nullable=True))
    op.add_column("case_version", sa.Column("escalated_on", sa.Date(), nullable=True))
    op.add_column("case_version", sa.Column("escalation", sa.Text(), nullable=True))
    op.create_index(
        "ix_case_version_offered_to",
        "case_version",
        ["offered_to", "case_id"],
        unique=False,
        postgresql_where=sa.text("offered_to IS NOT NULL"),
    )
    op.create_foreign_key("fk_case_version_settled_residence", "case_version", "residence", ["settled_residence"], ["id"])
    op.create_foreign_key("fk_case_version_offered_to", "case_version", "municipality", ["offered_to"], ["code"])
    op.create_check_constraint("ck_case_version_status_class", "case_version", "status_class IN ('open', 'justified', 'closed')")
    op.create_check_constraint("ck_case_version_status", "case_version", "(status IS NULL) = (status_class IS NULL)")
    op.create_check_constraint(
        "ck_case_version_offered_to", "case_version", "(offered_to IS NULL) = (answer_by IS NULL) AND offered_to <> municipality"
    )
    op.create_check_constraint("ck_case_version_escalation", "case_version", "(escalation IS NULL) = (escalated_on IS NULL)")
    op.drop_index("ix_case_version_municipality", table_name="case_version")
    op.create_index("ix_case_version_municipality", "case_version", ["municipality", "case_id"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_case_version_municipality", table_name="case_version")
    op.create_index(
        "ix_case_version_municipality",
        "case_version",
        ["municipality", "case_id"],
        unique=False,
        postgresql_where=sa.text("upper_inf(recorded) AND state = 'active'"),
    )
    op.drop_constraint("ck_case_version_escalation", "case_version", type_="check")
    op.drop_constraint("ck_case_version_offered_to", "case_version", type_="check")
    op.drop_constraint("ck_case_version_status", "case_version", type_="check")
    op.drop_constraint("ck_case_version_status_class", "case_version", type_="check")
    op.drop_constraint("fk_case_version_offered_to", "case_version", type_="foreignkey")
    op.drop_constraint("fk_case_version_settled_residence", "case_version", type_="foreignkey")
    op.drop_index("ix_case_version_offered_to", table_name="case_version", postgresql_where=sa.text("offered_to IS NOT NULL"))
    op.drop_column("case_version", "escalation")
    op.drop_column("case_version", "escalated_on")
    op.drop_column("case_version", "settled_residence")
    op.drop_column("case_version", "answer_by")
    op.drop_column("case_version", "offered_on")
    op.drop_column("case_version", "offered_to")
    op.drop_column("case_version", "status_class")
    op.drop_index("ix_absence_report_municipality", table_name="absence_report")
    op.drop_index("ix_absence_report_identity_id", table_name="absence_report")
    op.drop_table("absence_report")
    op.drop_index("uq_case_deadline", table_name="case_deadline", postgresql_where=sa.text("upper_inf(recorded)"))
    op.drop_table("case_deadline")
