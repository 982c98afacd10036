"""examinations, achievements, messages to admission systems."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None
order = "additive"


def upgrade() -> None:
    op.execute("CREATE SEQUENCE exam_candidate_entry")
    op.execute("CREATE SEQUENCE exam_result_entry")
    op.create_table(
        "examination",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("school_year", sa.Text(), nullable=False),
        sa.Column("session", sa.Text(), nullable=False),
        sa.Column("held_on", sa.Date(), nullable=True),
        sa.Column("publish_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sender", sa.Text(), nullable=False),
        sa.CheckConstraint("school_year ~ '^[0-9]{4}/[0-9]{2}$'", name="ck_examination_school_year"),
        sa.CheckConstraint("session IN ('main', 'additional')", name="ck_examination_session"),
        sa.PrimaryKeyConstraint("id", name="pk_examination"),
    )
    op.create_index(
        "ix_examination_publish_at", "examination", ["publish_at"], unique=False, postgresql_where=sa.text("published_at IS NULL")
    )
    op.create_index("uq_examination_code", "examination", ["code"], unique=True)
    op.create_table(
        "applicant",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("client", sa.Text(), nullable=False),
        sa.Column("campaign", sa.Text(), nullable=False),
        sa.Column("identity_id", sa.BigInteger(), nullable=False),
        sa.Column("registered_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["identity_id"], ["identity.id"], name="fk_applicant_identity_id"),
        sa.PrimaryKeyConstraint("id", name="pk_applicant"),
    )
    op.create_index(
        "ix_applicant_identity_id", "applicant", ["identity_id"], unique=False, postgresql_where=sa.text("withdrawn_at IS NULL")
    )
    op.create_index(
        "uq_applicant", "applicant", ["client", "campaign", "identity_id"], unique=True, postgresql_where=sa.text("withdrawn_at IS NULL")
    )
    op.create_table(
        "exam_candidate",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("entry_id", sa.BigInteger(), server_default=sa.text("nextval('exam_candidate_entry')"), nullable=False),
        sa.Column("examination_id", sa.BigInteger(), nullable=False),
        sa.Column("identity_id", sa.BigInteger(), nullable=True),
        sa.Column("institution", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("match", sa.Text(), nullable=False),
        sa.Column("named_scheme", sa.Text(), nullable=False),
        sa.Column("named_issuer", sa.Text(), nullable=False),
        sa.Column("named_value", sa.Text(), nullable=False),
        sa.Column("given_name", sa.Text(), nullable=False),
        sa.Column("surname", sa.Text(), nullable=False),
        sa.Column("birth_date", sa.Date(), nullable=True),
        sa.Column("sender", sa.Text(), nullable=False),
        sa.Column("sender_key", sa.Text(), nullable=False),
        sa.Column("recorded", postgresql.TSTZRANGE(), server_default=sa.text("tstzrange(now(), NULL)"), nullable=False),
        sa.CheckConstraint("(match = 'matched') = (identity_id IS NOT NULL)", name="ck_exam_candidate_identity"),
        sa.CheckConstraint("match IN ('matched', 'unknown', 'differs')", name="ck_exam_candidate_match"),
        sa.CheckConstraint("state IN ('registered', 'withdrawn')", name="ck_exam_candidate_state"),
        sa.ForeignKeyConstraint(["examination_id"], ["examination.id"], name="fk_exam_candidate_examination_id"),
        sa.ForeignKeyConstraint(["identity_id"], ["identity.id"], name="fk_exam_candidate_identity_id"),
        sa.ForeignKeyConstraint(["institution"], ["institution.registration_number"], name="fk_exam_candidate_institution"),
        sa.PrimaryKeyConstraint("id", name="pk_exam_candidate"),
    )
    op.create_index(
        "ix_exam_candidate_examination_id",
        "exam_candidate",
        ["examination_id", "institution"],
        unique=False,
        postgresql_where=sa.text("upper_inf(recorded)"),
    )
    op.create_index("ix_exam_candidate_identity_id", "exam_candidate", ["identity_id"], unique=False)
    op.create_index(
        "ix_exam_candidate_unmatched",
        "exam_candidate",
        ["examination_id", "id"],
        unique=False,
        postgresql_where=sa.text("upper_inf(recorded) AND match <> 'matched'"),
    )
    op.create_index(
        "uq_exam_candidate_entry_id", "exam_candidate", ["entry_id"], unique=True, postgresql_where=sa.text("upper_inf(recorded)")
    )
    op.create_index(
        "uq_exam_candidate_sender_key",
        "exam_candidate",
        ["sender", "sender_key"],
        unique=True,
        postgresql_where=sa.text("upper_inf(recorded)"),
    )
    op.create_table(
        "exam_result",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("entry_id", sa.BigInteger(), server_default=sa.text("nextval('exam_result_entry')"), nullable=False),
        sa.Column("identity_id", sa.BigInteger(), nullable=False),
        sa.Column("candidate_entry", sa.BigInteger(), nullable=True),
        sa.Column("recorded", postgresql.TSTZRANGE(), server_default=sa.text("tstzrange(now(), NULL)"), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("scale", sa.Text(), nullable=True),
        sa.Column("value", sa.Text(), nullable=True),
        sa.Column("cefr", sa.Text(), nullable=True),
        sa.Column("parts", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("certificate", sa.Text(), nullable=True),
        sa.Column("threshold", sa.Integer(), nullable=True),
        sa.Column("passed", sa.Boolean(), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("sender", sa.Text(), nullable=False),
        sa.Column("sender_key", sa.Text(), nullable=False),
        sa.Column("examination_id", sa.BigInteger(), nullable=False),
        sa.Column("institution", sa.Text(), nullable=False),
        sa.CheckConstraint("(outcome = 'result') = (value IS NOT NULL)", name="ck_exam_result_value"),
        sa.CheckConstraint(
            "outcome IN ('result', 'absent', 'partlyAbsent', 'underQuery', 'exempt', 'annulled')", name="ck_exam_result_outcome"
        ),
        sa.CheckConstraint("reason IN ('appeal', 'technical', 'annulled', 'query')", name="ck_exam_result_reason"),
        sa.ForeignKeyConstraint(["examination_id"], ["examination.id"], name="fk_exam_result_examination_id"),
        sa.ForeignKeyConstraint(["identity_id"], ["identity.id"], name="fk_exam_result_identity_id"),
        sa.ForeignKeyConstraint(["institution"], ["institution.registration_number"], name="fk_exam_result_institution"),
        sa.PrimaryKeyConstraint("id", name="pk_exam_result"),
    )
    op.create_index(
        "ix_exam_result_examination_id",
        "exam_result",
        ["examination_id", "institution"],
        unique=False,
        postgresql_where=sa.text("upper_inf(recorded)"),
    )
    op.create_index("ix_exam_result_identity_id", "exam_result", ["identity_id"], unique=False)
    op.create_index(
        "ix_exam_result_candidate_entry", "exam_result", ["candidate_entry"], unique=False, postgresql_where=sa.text("upper_inf(recorded)")
    )
    op.create_index("uq_exam_result_entry_id", "exam_result", ["entry_id"], unique=True, postgresql_where=sa.text("upper_inf(recorded)"))
    op.create_index(
        "uq_exam_result_sender_key", "exam_result", ["sender", "sender_key"], unique=True, postgresql_where=sa.text("upper_inf(recorded)")
    )
    op.create_table(
        "held_result",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("entry_id", sa.BigInteger(), server_default=sa.text("nextval('exam_result_entry')"), nullable=False),
        sa.Column("identity_id", sa.BigInteger(), nullable=True),
        sa.Column("candidate_entry", sa.BigInteger(), nullable=True),
        sa.Column("match", sa.Text(), nullable=False),
        sa.Column("named_scheme", sa.Text(), nullable=False),
        sa.Column("named_issuer", sa.Text(), nullable=False),
        sa.Column("named_value", sa.Text(), nullable=False),
        sa.Column("given_name", sa.Text(), nullable=False),
        sa.Column("surname", sa.Text(), nullable=False),
        sa.Column("birth_date", sa.Date(), nullable=True),
        sa.Column("recorded", postgresql.TSTZRANGE(), server_default=sa.text("tstzrange(now(), NULL)"), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("scale", sa.Text(), nullable=True),
        sa.Column("value", sa.Text(), nullable=True),
        sa.Column("cefr", sa.Text(), nullable=True),
        sa.Column("parts", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("certificate", sa.Text(), nullable=True),
        sa.Column("threshold", sa.Integer(), nullable=True),
        sa.Column("passed", sa.Boolean(), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("sender", sa.Text(), nullable=False),
        sa.Column("sender_key", sa.Text(), nullable=False),
        sa.Column("examination_id", sa.BigInteger(), nullable=False),
        sa.Column("institution", sa.Text(), nullable=False),
        sa.CheckConstraint("(match = 'matched') = (identity_id IS NOT NULL)", name="ck_held_result_identity"),
        sa.CheckConstraint("(outcome = 'result') = (value IS NOT NULL)", name="ck_held_result_value"),
        sa.CheckConstraint("match IN ('matched', 'unknown', 'differs')", name="ck_held_result_match"),
        sa.CheckConstraint(
            "outcome IN ('result', 'absent', 'partlyAbsent', 'underQuery', 'exempt', 'annulled')", name="ck_held_result_outcome"
        ),
        sa.ForeignKeyConstraint(["examination_id"], ["examination.id"], name="fk_held_result_examination_id"),
        sa.ForeignKeyConstraint(["identity_id"], ["identity.id"], name="fk_held_result_identity_id"),
        sa.ForeignKeyConstraint(["institution"], ["institution.registration_number"], name="fk_held_result_institution"),
        sa.PrimaryKeyConstraint("id", name="pk_held_result"),
    )
    op.create_index(
        "ix_held_result_examination_id",
        "held_result",
        ["examination_id", "id"],
        unique=False,
        postgresql_where=sa.text("upper_inf(recorded)"),
    )
    op.create_index("ix_held_result_identity_id", "held_result", ["identity_id"], unique=False)
    op.create_index(
        "ix_held_result_candidate_entry", "held_result", ["candidate_entry"], unique=False, postgresql_where=sa.text("upper_inf(recorded)")
    )
    op.create_index(
        "ix_held_result_unmatched",
        "held_result",
        ["id"],
        unique=False,
        postgresql_where=sa.text("upper_inf(recorded) AND match <> 'matched'"),
    )
    op.create_index("uq_held_result_entry_id", "held_result", ["entry_id"], unique=True, postgresql_where=sa.text("upper_inf(recorded)"))
    op.create_index(
        "uq_held_result_sender_key", "held_result", ["sender", "sender_key"], unique=True, postgresql_where=sa.text("upper_inf(recorded)")
    )
    op.create_table(
        "recall",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("entity", sa.Text(), nullable=False),
        sa.Column("entry_id", sa.BigInteger(), nullable=False),
        sa.Column("identity_id", sa.BigInteger(), nullable=False),
        sa.Column("old_version", sa.BigInteger(), nullable=False),
        sa.Column("new_version", sa.BigInteger(), nullable=True),
        sa.Column("old_since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("corrected_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("entity IN ('examResult', 'educationDocument')", name="ck_recall_entity"),
        sa.ForeignKeyConstraint(["identity_id"], ["identity.id"], name="fk_recall_identity_id"),
        sa.PrimaryKeyConstraint("id", name="pk_recall"),
    )
    op.create_index("ix_recall_corrected_at", "recall", ["corrected_at"], unique=False)
    op.create_table(
        "outbox_message",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("message_id", sa.Text(), server_default=sa.text("gen_random_uuid()::text"), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("client", sa.Text(), nullable=False),
        sa.Column("campaign", sa.Text(), nullable=True),
        sa.Column("person_id", sa.BigInteger(), nullable=True),
        sa.Column("recall_id", sa.BigInteger(), nullable=True),
        sa.Column("content", postgresql.JSON(astext_type=sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("state", sa.Text(), server_default="waiting", nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failure", sa.Text(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("receipt", postgresql.JSON(astext_type=sa.Text()), nullable=True),
        sa.CheckConstraint("(state = 'done') = (receipt IS NOT NULL)", name="ck_outbox_message_receipt"),
        sa.CheckConstraint("kind IN ('personAchievements', 'correction', 'completeness')", name="ck_outbox_message_kind"),
        sa.CheckConstraint("state IN ('waiting', 'done', 'dead', 'dropped')", name="ck_outbox_message_state"),
        sa.ForeignKeyConstraint(["recall_id"], ["recall.id"], name="fk_outbox_message_recall_id"),
        sa.PrimaryKeyConstraint("id", name="pk_outbox_message"),
    )
    op.create_index("ix_outbox_message_dead", "outbox_message", ["id"], unique=False, postgresql_where=sa.text("state = 'dead'"))
    op.create_index(
        "ix_outbox_message_due", "outbox_message", ["due_at", "id"], unique=False, postgresql_where=sa.text("state = 'waiting'")
    )
    op.create_index(
        "ix_outbox_message_person_id",
        "outbox_message",
        ["client", "person_id", "id"],
        unique=False,
        postgresql_where=sa.text("state IN ('waiting', 'dead')"),
    )
    op.create_index("ix_outbox_message_told", "outbox_message", ["person_id", "created_at"], unique=False)
    op.create_index("uq_outbox_message_message_id", "outbox_message", ["message_id"], unique=True)
    op.create_table(
        "recall_recipient",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("recall_id", sa.BigInteger(), nullable=False),
        sa.Column("client", sa.Text(), nullable=False),
        sa.Column("via", sa.Text(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.CheckConstraint("outcome IN ('accepted', 'rejected')", name="ck_recall_recipient_outcome"),
        sa.CheckConstraint("via IN ('message', 'feed')", name="ck_recall_recipient_via"),
        sa.ForeignKeyConstraint(["recall_id"], ["recall.id"], name="fk_recall_recipient_recall_id"),
        sa.PrimaryKeyConstraint("id", name="pk_recall_recipient"),
    )
    op.create_index(
        "ix_recall_recipient_open",
        "recall_recipient",
        ["client", "id"],
        unique=False,
        postgresql_where=sa.text("outcome IS DISTINCT FROM 'accepted'"),
    )
    op.create_index("uq_recall_recipient", "recall_recipient", ["recall_id", "client"], unique=True)
    op.create_index("uq_recall_recipient_message_id", "recall_recipient", ["message_id"], unique=True)
    op.add_column("education_document", sa.Column("marks", postgresql.JSONB(astext_type=sa.Text()), nullable=True))
    op.add_column("education_document", sa.Column("replaces_series", sa.Text(), nullable=True))
    op.add_column("education_document", sa.Column("replaces_number", sa.Text(), nullable=True))
    # Documents of before are told to those who follow achievements, as new ones are.
    op.execute(
        "INSERT INTO change (audience, institution, entity, entry_id, version, person_id, kind, holders, foremost, held_before)"
        " SELECT 'achievement', d.institution, 'educationDocument', d.entry_id, d.id, i.person_id, 'upsert', '{}', false, false"
        " FROM education_document d JOIN identity i ON i.id = d.identity_id WHERE upper_inf(d.recorded) ORDER BY d.entry_id"
    )


def downgrade() -> None:
    op.drop_column("education_document", "replaces_number")
    op.drop_column("education_document", "replaces_series")
    op.drop_column("education_document", "marks")
    op.drop_index("uq_recall_recipient_message_id", table_name="recall_recipient")
    op.drop_index("uq_recall_recipient", table_name="recall_recipient")
    op.drop_index(
        "ix_recall_recipient_open", table_name="recall_recipient", postgresql_where=sa.text("outcome IS DISTINCT FROM 'accepted'")
    )
    op.drop_table("recall_recipient")
    op.drop_index("uq_outbox_message_message_id", table_name="outbox_message")
    op.drop_index("ix_outbox_message_told", table_name="outbox_message")
    op.drop_index("ix_outbox_message_person_id", table_name="outbox_message", postgresql_where=sa.text("state IN ('waiting', 'dead')"))
    op.drop_index("ix_outbox_message_due", table_name="outbox_message", postgresql_where=sa.text("state = 'waiting'"))
    op.drop_index("ix_outbox_message_dead", table_name="outbox_message", postgresql_where=sa.text("state = 'dead'"))
    op.drop_table("outbox_message")
    op.drop_index("ix_recall_corrected_at", table_name="recall")
    op.drop_table("recall")
    op.drop_index("uq_held_result_sender_key", table_name="held_result", postgresql_where=sa.text("upper_inf(recorded)"))
    op.drop_index("uq_held_result_entry_id", table_name="held_result", postgresql_where=sa.text("upper_inf(recorded)"))
    op.drop_index(
        "ix_held_result_unmatched", table_name="held_result", postgresql_where=sa.text("upper_inf(recorded) AND match <> 'matched'")
    )
    op.drop_index("ix_held_result_candidate_entry", table_name="held_result", postgresql_where=sa.text("upper_inf(recorded)"))
    op.drop_index("ix_held_result_identity_id", table_name="held_result")
    op.drop_index("ix_held_result_examination_id", table_name="held_result", postgresql_where=sa.text("upper_inf(recorded)"))
    op.drop_table("held_result")
    op.drop_index("uq_exam_result_sender_key", table_name="exam_result", postgresql_where=sa.text("upper_inf(recorded)"))
    op.drop_index("uq_exam_result_entry_id", table_name="exam_result", postgresql_where=sa.text("upper_inf(recorded)"))
    op.drop_index("ix_exam_result_candidate_entry", table_name="exam_result", postgresql_where=sa.text("upper_inf(recorded)"))
    op.drop_index("ix_exam_result_identity_id", table_name="exam_result")
    op.drop_index("ix_exam_result_examination_id", table_name="exam_result", postgresql_where=sa.text("upper_inf(recorded)"))
    op.drop_table("exam_result")
    op.drop_index("uq_exam_candidate_sender_key", table_name="exam_candidate", postgresql_where=sa.text("upper_inf(recorded)"))
    op.drop_index("uq_exam_candidate_entry_id", table_name="exam_candidate", postgresql_where=sa.text("upper_inf(recorded)"))
    op.drop_index(
        "ix_exam_candidate_unmatched", table_name="exam_candidate", postgresql_where=sa.text("upper_inf(recorded) AND match <> 'matched'")
    )
    op.drop_index("ix_exam_candidate_identity_id", table_name="exam_candidate")
    op.drop_index("ix_exam_candidate_examination_id", table_name="exam_candidate", postgresql_where=sa.text("upper_inf(recorded)"))
    op.drop_table("exam_candidate")
    op.drop_index("uq_applicant", table_name="applicant", postgresql_where=sa.text("withdrawn_at IS NULL"))
    op.drop_index("ix_applicant_identity_id", table_name="applicant", postgresql_where=sa.text("withdrawn_at IS NULL"))
    op.drop_table("applicant")
    op.drop_index("uq_examination_code", table_name="examination")
    op.drop_index("ix_examination_publish_at", table_name="examination", postgresql_where=sa.text("published_at IS NULL"))
    op.drop_table("examination")
    op.execute("DROP SEQUENCE exam_result_entry")
    op.execute("DROP SEQUENCE exam_candidate_entry")
