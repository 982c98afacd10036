"""disclosures are sealed in a chain, written by a role that can do nothing else."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None
order = "additive"

# Called again whenever the program starts: a register that was restored on another server has no such role there. Which row it is, and of
# which transaction, the database says itself.
JOURNAL_ROLE = """
CREATE FUNCTION ensure_journal_role() RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'viis_journal') THEN
        BEGIN
            CREATE ROLE viis_journal NOLOGIN;
        EXCEPTION WHEN duplicate_object OR unique_violation THEN
            NULL; -- another database of this server was quicker
        END;
    END IF;
    IF NOT has_column_privilege('viis_journal', 'disclosure', 'row_hash', 'INSERT') THEN
        GRANT INSERT (disclosed_at, message_id, client, user_id, on_behalf_of, issue, operation, purpose, legal_basis, data_as_of,
            outcome, persons, hidden_until, row_hash) ON disclosure TO viis_journal;
    END IF;
    IF NOT has_schema_privilege('viis_journal', 'public', 'USAGE') THEN
        GRANT USAGE ON SCHEMA public TO viis_journal;
    END IF;
    IF NOT pg_has_role(current_user, 'viis_journal', 'SET') THEN
        EXECUTE format('GRANT viis_journal TO %I', current_user);
    END IF;
    RETURN true;
EXCEPTION WHEN insufficient_privilege THEN
    RETURN false;
END $$"""
# What was told is never told otherwise. Only what a signed checkpoint stands for may go.
KEPT = """
CREATE FUNCTION keep_disclosures() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND TG_TABLE_NAME = 'disclosure' THEN
        IF EXISTS (SELECT FROM disclosure_seal s WHERE s.disclosure_id = OLD.id
                AND s.place <= (SELECT max(c.place) FROM disclosure_checkpoint c)) THEN
            RETURN OLD;
        END IF;
    ELSIF TG_OP = 'DELETE' AND TG_TABLE_NAME = 'disclosure_seal' THEN
        IF OLD.place <= (SELECT max(c.place) FROM disclosure_checkpoint c) THEN
            RETURN OLD;
        END IF;
    END IF;
    RAISE EXCEPTION '% is never changed: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'insufficient_privilege';
END $$"""
KEPT_TABLES = ("disclosure", "disclosure_seal", "disclosure_checkpoint")


def upgrade() -> None:
    op.add_column("access_grant", sa.Column("hidden_days", sa.Integer(), nullable=True))
    op.add_column("disclosure", sa.Column("hidden_until", sa.DateTime(timezone=True), nullable=True))
    # Rows from before are older than everything.
    op.add_column("disclosure", sa.Column("xid", sa.BigInteger(), server_default=sa.text("0"), nullable=False))
    op.alter_column("disclosure", "xid", server_default=sa.text("(pg_current_xact_id()::text)::bigint"))
    op.create_index("ix_disclosure_xid", "disclosure", ["xid"], unique=False)
    op.create_index("ix_disclosure_replica", "disclosure", ["message_id"], unique=False, postgresql_where=sa.text("operation = 'replica'"))
    op.create_table(
        "disclosure_seal",
        sa.Column("place", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("disclosure_id", sa.BigInteger(), nullable=False),
        sa.Column("row_hash", sa.LargeBinary(), nullable=False),
        sa.Column("chain_hash", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("place", name="pk_disclosure_seal"),
    )
    op.create_index("uq_disclosure_seal_disclosure_id", "disclosure_seal", ["disclosure_id"], unique=True)
    op.create_table(
        "disclosure_chain",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("place", sa.BigInteger(), nullable=False),
        sa.Column("chain_hash", sa.LargeBinary(), nullable=False),
        sa.Column("snapshot", sa.Text(), nullable=True),
        sa.CheckConstraint("id = 1", name="ck_disclosure_chain_one"),
        sa.PrimaryKeyConstraint("id", name="pk_disclosure_chain"),
    )
    op.execute("INSERT INTO disclosure_chain (id, place, chain_hash) VALUES (1, 0, decode(repeat('00', 32), 'hex'))")
    op.create_table(
        "disclosure_checkpoint",
        sa.Column("place", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("chain_hash", sa.LargeBinary(), nullable=False),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column("before", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("signed_by", sa.Text(), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("place", name="pk_disclosure_checkpoint"),
    )
    op.execute(KEPT)
    for table in KEPT_TABLES:
        op.execute(f"CREATE TRIGGER kept BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION keep_disclosures()")
        op.execute(f"CREATE TRIGGER kept_whole BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION keep_disclosures()")
    op.execute(JOURNAL_ROLE)
    op.execute("DO $$ BEGIN PERFORM ensure_journal_role(); END $$")


def downgrade() -> None:
    op.execute("""DO $$ BEGIN
        IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'viis_journal') THEN REVOKE ALL ON disclosure FROM viis_journal; END IF; END $$""")
    op.execute("DROP FUNCTION ensure_journal_role()")
    for table in KEPT_TABLES:
        op.execute(f"DROP TRIGGER kept ON {table}")
        op.execute(f"DROP TRIGGER kept_whole ON {table}")
    op.execute("DROP FUNCTION keep_disclosures()")
    op.drop_table("disclosure_checkpoint")
    op.drop_table("disclosure_chain")
    op.drop_table("disclosure_seal")
    op.drop_index("ix_disclosure_replica", table_name="disclosure")
    op.drop_index("ix_disclosure_xid", table_name="disclosure")
    op.drop_column("disclosure", "xid")
    op.drop_column("disclosure", "hidden_until")
    op.drop_column("access_grant", "hidden_days")
