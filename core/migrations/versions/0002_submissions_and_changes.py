"""submissions, documents, the change feed and what replication needs."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None
order = "rebuilt"

# Who held an identity before, and whether it was the code of the day: kept by the database, so that no writer can forget it.
IDENTITY_PAST = """
CREATE FUNCTION keep_identity_past() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    since timestamptz := coalesce((SELECT max(upper(recorded)) FROM identity_past WHERE identity_id = OLD.id), OLD.created_at);
BEGIN
    IF since < now() THEN
        INSERT INTO identity_past (identity_id, person_id, current, recorded)
        VALUES (OLD.id, OLD.person_id, OLD.current, tstzrange(since, now()));
    END IF;
    RETURN NULL;
END $$
"""
IDENTITY_TRIGGER = """
CREATE TRIGGER keep_past AFTER UPDATE OF person_id, current ON identity FOR EACH ROW
WHEN ((OLD.person_id, OLD.current) IS DISTINCT FROM (NEW.person_id, NEW.current)) EXECUTE FUNCTION keep_identity_past()
"""
# The instant at which a read is true. On a replica it is the applied heartbeat: there the function is another one.
DATA_INSTANT = "CREATE FUNCTION data_instant() RETURNS timestamptz LANGUAGE sql STABLE RETURN now()"
# The first eight bytes of SHA-256 over entity, number and values with U+001F between them, absent ones empty: a signed number.
ENTRY_HASH = """
CREATE FUNCTION entry_hash(entity text, entry_id bigint, content text[]) RETURNS bigint LANGUAGE sql STABLE PARALLEL SAFE RETURN
    ('x' || encode(substr(sha256(convert_to(
        entity || chr(31) || entry_id || chr(31) || array_to_string(content, chr(31), ''), 'UTF8')), 1, 8), 'hex'))::bit(64)::bigint
"""

# Rows of `change` live for a moment; what is left of them must go as fast as they come.
PENDING_IS_SHORT = """
ALTER TABLE change SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000, autovacuum_vacuum_cost_delay = 0)
"""


def upgrade() -> None:
    for table in ("affiliation", "teaching_post", "education_document"):
        op.execute(f"CREATE SEQUENCE {table}_entry")
    op.create_table(
        "change",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("xid", sa.BigInteger(), server_default=sa.text("(pg_current_xact_id()::text)::bigint"), nullable=False),
        sa.Column("audience", sa.Text(), nullable=False),
        sa.Column("institution", sa.Text(), nullable=True),
        sa.Column("entity", sa.Text(), nullable=False),
        sa.Column("entry_id", sa.BigInteger(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=True),
        sa.Column("person_id", sa.BigInteger(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("holders", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("foremost", sa.Boolean(), nullable=False),
        sa.Column("held_before", sa.Boolean(), nullable=False),
        sa.Column("hash", sa.BigInteger(), nullable=True),
        sa.Column("full_hash", sa.BigInteger(), nullable=True),
        sa.Column("before_hash", sa.BigInteger(), nullable=True),
        sa.Column("before_full_hash", sa.BigInteger(), nullable=True),
        sa.Column("content", postgresql.ARRAY(sa.Text()), nullable=True),
        sa.Column("health", postgresql.ARRAY(sa.Text()), nullable=True),
        sa.CheckConstraint("kind IN ('upsert', 'remove', 'lostAccess', 'keyChange', 'merge', 'separate')", name="ck_change_kind"),
        sa.PrimaryKeyConstraint("id", name="pk_change"),
    )
    op.create_table(
        "checkpoint",
        sa.Column("audience", sa.Text(), nullable=False),
        sa.Column("entity", sa.Text(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.Numeric(precision=40, scale=0), nullable=False),
        sa.Column("full_hash", sa.Numeric(precision=40, scale=0), nullable=False),
        sa.PrimaryKeyConstraint("audience", "entity", name="pk_checkpoint"),
    )
    op.create_table(
        "feed_event",
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("audience", sa.Text(), nullable=False),
        sa.Column("institution", sa.Text(), nullable=True),
        sa.Column("entity", sa.Text(), nullable=False),
        sa.Column("entry_id", sa.BigInteger(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=True),
        sa.Column("person_id", sa.BigInteger(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("holders", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("foremost", sa.Boolean(), nullable=False),
        sa.Column("held_before", sa.Boolean(), nullable=False),
        sa.Column("hash", sa.BigInteger(), nullable=True),
        sa.Column("full_hash", sa.BigInteger(), nullable=True),
        sa.Column("before_hash", sa.BigInteger(), nullable=True),
        sa.Column("before_full_hash", sa.BigInteger(), nullable=True),
        sa.Column("content", postgresql.ARRAY(sa.Text()), nullable=True),
        sa.Column("health", postgresql.ARRAY(sa.Text()), nullable=True),
        sa.CheckConstraint("kind IN ('upsert', 'remove', 'lostAccess', 'keyChange', 'merge', 'separate')", name="ck_feed_event_kind"),
        sa.PrimaryKeyConstraint("position", name="pk_feed_event"),
    )
    op.create_index("ix_feed_event_audience", "feed_event", ["audience", "position"], unique=False)
    op.create_index(
        "ix_feed_event_institution", "feed_event", ["institution", "position"], unique=False, postgresql_where=sa.text("foremost")
    )
    op.create_table(
        "feed_state",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("head", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("floor", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("generation", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("swept_on", sa.Date(), nullable=True),
        sa.Column("complete", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.CheckConstraint("id = 1", name="ck_feed_state_one"),
        sa.PrimaryKeyConstraint("id", name="pk_feed_state"),
    )
    op.create_table(
        "heartbeat",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("id = 1", name="ck_heartbeat_one"),
        sa.PrimaryKeyConstraint("id", name="pk_heartbeat"),
    )
    op.create_table(
        "holding",
        sa.Column("entry_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("entity", sa.Text(), nullable=False),
        sa.Column("municipality", sa.Text(), nullable=False),
        sa.Column("institution", sa.Text(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=True),
        sa.Column("hash", sa.BigInteger(), nullable=False),
        sa.Column("full_hash", sa.BigInteger(), nullable=False),
        sa.Column("content", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("health", postgresql.ARRAY(sa.Text()), nullable=True),
        sa.PrimaryKeyConstraint("entry_id", "entity", "municipality", name="pk_holding"),
    )
    op.create_table(
        "municipal_feed",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("municipality", sa.Text(), nullable=False),
        sa.Column("health", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("legal_basis", sa.Text(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("name", name="pk_municipal_feed"),
    )
    op.create_table(
        "submission",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("client", sa.Text(), nullable=False),
        sa.Column("operation", sa.Text(), nullable=False),
        sa.Column("batch_key", sa.Text(), nullable=False),
        sa.Column("body_hash", sa.LargeBinary(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=True),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("received", sa.Integer(), server_default="0", nullable=False),
        sa.Column("accepted", sa.Integer(), server_default="0", nullable=False),
        sa.Column("unchanged", sa.Integer(), server_default="0", nullable=False),
        sa.Column("rejected", sa.Integer(), server_default="0", nullable=False),
        sa.Column("answer", postgresql.JSON(astext_type=sa.Text()), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_submission"),
    )
    op.create_index("ix_submission_client_received_at", "submission", ["client", "received_at", "id"], unique=False)
    op.create_index("uq_submission_batch_key", "submission", ["client", "batch_key"], unique=True)
    op.create_table(
        "submission_refusal",
        sa.Column("submission_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("sender_key", sa.Text(), nullable=True),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("item", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(["submission_id"], ["submission.id"], name="fk_submission_refusal_submission_id"),
        sa.PrimaryKeyConstraint("submission_id", "position", name="pk_submission_refusal"),
    )
    op.create_table(
        "education_document",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("entry_id", sa.BigInteger(), server_default=sa.text("nextval('education_document_entry')"), nullable=False),
        sa.Column("identity_id", sa.BigInteger(), nullable=False),
        sa.Column("institution", sa.Text(), nullable=False),
        sa.Column("document_type", sa.Text(), nullable=False),
        sa.Column("series", sa.Text(), nullable=True),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("programme", sa.Text(), nullable=True),
        sa.Column("sender", sa.Text(), nullable=False),
        sa.Column("sender_key", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=True),
        sa.Column("withdrawn_by", sa.Text(), nullable=True),
        sa.Column("recorded", postgresql.TSTZRANGE(), server_default=sa.text("tstzrange(now(), NULL)"), nullable=False),
        sa.CheckConstraint("status IN ('valid', 'annulled', 'lost', 'duplicated', 'extracted')", name="ck_education_document_status"),
        sa.ForeignKeyConstraint(["identity_id"], ["identity.id"], name="fk_education_document_identity_id"),
        sa.ForeignKeyConstraint(["institution"], ["institution.registration_number"], name="fk_education_document_institution"),
        sa.PrimaryKeyConstraint("id", name="pk_education_document"),
    )
    op.create_index("ix_education_document_identity_id", "education_document", ["identity_id"], unique=False)
    op.create_index("ix_education_document_number", "education_document", ["number", "series"], unique=False)
    op.create_index(
        "ix_education_document_withdrawn",
        "education_document",
        ["sender", "sender_key", "id"],
        unique=False,
        postgresql_where=sa.text("withdrawn_by IS NOT NULL"),
    )
    op.create_index(
        "uq_education_document_entry_id", "education_document", ["entry_id"], unique=True, postgresql_where=sa.text("upper_inf(recorded)")
    )
    op.create_index(
        "uq_education_document_sender_key",
        "education_document",
        ["sender", "sender_key"],
        unique=True,
        postgresql_where=sa.text("upper_inf(recorded)"),
    )
    op.create_table(
        "identity_past",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("identity_id", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("current", sa.Boolean(), nullable=False),
        sa.Column("recorded", postgresql.TSTZRANGE(), server_default=sa.text("tstzrange(now(), NULL)"), nullable=False),
        sa.ForeignKeyConstraint(["identity_id"], ["identity.id"], name="fk_identity_past_identity_id"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_identity_past_person_id"),
        sa.PrimaryKeyConstraint("id", name="pk_identity_past"),
    )
    op.create_index("ix_identity_past_identity_id", "identity_past", ["identity_id"], unique=False)
    op.create_index("ix_identity_past_person_id", "identity_past", ["person_id"], unique=False)
    _number_entries("affiliation")
    op.add_column("affiliation", sa.Column("author", sa.Text(), nullable=True))
    op.create_index("uq_affiliation_entry_id", "affiliation", ["entry_id"], unique=True, postgresql_where=sa.text("upper_inf(recorded)"))
    _number_entries("teaching_post")
    op.add_column("teaching_post", sa.Column("author", sa.Text(), nullable=True))
    op.add_column("teaching_post", sa.Column("withdrawn_by", sa.Text(), nullable=True))
    op.create_index(
        "ix_teaching_post_withdrawn",
        "teaching_post",
        ["sender", "sender_key", "id"],
        unique=False,
        postgresql_where=sa.text("withdrawn_by IS NOT NULL"),
    )
    op.create_index(
        "uq_teaching_post_entry_id", "teaching_post", ["entry_id"], unique=True, postgresql_where=sa.text("upper_inf(recorded)")
    )
    op.create_index(
        "ix_person_profile_restricted", "person_profile", ["person_id"], postgresql_where=sa.text("restricted AND upper_inf(recorded)")
    )
    for statement in (PENDING_IS_SHORT, IDENTITY_PAST, IDENTITY_TRIGGER, DATA_INSTANT, ENTRY_HASH):
        op.execute(statement)
    op.execute("INSERT INTO feed_state (id) VALUES (1)")
    op.execute("INSERT INTO heartbeat (id, at) VALUES (1, now())")


def downgrade() -> None:
    op.execute("DROP TRIGGER keep_past ON identity")
    op.execute("DROP FUNCTION keep_identity_past(), data_instant(), entry_hash(text, bigint, text[])")
    op.drop_index("ix_person_profile_restricted", table_name="person_profile")
    op.drop_index("uq_teaching_post_entry_id", table_name="teaching_post", postgresql_where=sa.text("upper_inf(recorded)"))
    op.drop_index("ix_teaching_post_withdrawn", table_name="teaching_post", postgresql_where=sa.text("withdrawn_by IS NOT NULL"))
    op.drop_column("teaching_post", "withdrawn_by")
    op.drop_column("teaching_post", "author")
    op.drop_column("teaching_post", "entry_id")
    op.drop_index("uq_affiliation_entry_id", table_name="affiliation", postgresql_where=sa.text("upper_inf(recorded)"))
    op.drop_column("affiliation", "author")
    op.drop_column("affiliation", "entry_id")
    op.drop_table("identity_past")
    op.drop_table("education_document")
    op.drop_table("submission_refusal")
    op.drop_table("submission")
    op.drop_table("municipal_feed")
    op.drop_table("holding")
    op.drop_table("heartbeat")
    op.drop_table("feed_state")
    op.drop_table("feed_event")
    op.drop_table("checkpoint")
    op.drop_table("change")
    for table in ("affiliation", "teaching_post", "education_document"):
        op.execute(f"DROP SEQUENCE {table}_entry")


def _number_entries(table: str) -> None:
    """Versions of a row that was sent under one key become one entry, numbered by the first of them."""
    op.add_column(table, sa.Column("entry_id", sa.BigInteger(), nullable=True))
    op.execute(
        f"UPDATE {table} t SET entry_id = e.first FROM (SELECT sender, sender_key, min(id) AS first FROM {table} GROUP BY 1, 2) e "
        "WHERE (e.sender, e.sender_key) = (t.sender, t.sender_key)"
    )
    op.execute(f"SELECT setval('{table}_entry', coalesce(max(entry_id), 0) + 1, false) FROM {table}")
    op.alter_column(table, "entry_id", nullable=False, server_default=sa.text(f"nextval('{table}_entry')"))
