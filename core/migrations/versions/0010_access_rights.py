"""access rights: two users for each change, what was granted at any instant, a written list of fields for each grant."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None
order = "additive"

# What counts: confirmed, with its list written; from its confirmation to the confirmation of its end.
GRANTED = """
CREATE VIEW access_granted AS
SELECT g.id, g.client, g.operation, g.scope, g.scope_values, g.rights, g.allowed, g.purpose, g.legal_basis, g.valid,
    tstzrange(c.decided_at, CASE WHEN r.id IS NOT NULL THEN greatest(r.decided_at, c.decided_at) END) AS recorded
FROM access_grant g
JOIN access_change c ON c.grant_id = g.id AND c.kind = 'grant' AND c.outcome = 'confirmed'
LEFT JOIN access_change r ON r.grant_id = g.id AND r.kind = 'revoke' AND r.outcome = 'confirmed'
WHERE g.allowed IS NOT NULL"""
# Nothing is changed away: a grant gets its list once, a change its outcome once.
KEPT = """
CREATE FUNCTION access_grant_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.allowed IS NULL AND (to_jsonb(NEW) - 'allowed') = (to_jsonb(OLD) - 'allowed') THEN RETURN NEW; END IF;
    RAISE EXCEPTION 'grants are neither changed nor deleted; propose their end and another grant';
END $$;
CREATE FUNCTION access_change_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.outcome IS NULL
        AND (to_jsonb(NEW) - '{outcome,decided_at,decided_by,decided_login,decided_reason}'::text[])
            = (to_jsonb(OLD) - '{outcome,decided_at,decided_by,decided_login,decided_reason}'::text[])
    THEN RETURN NEW; END IF;
    RAISE EXCEPTION 'changes of rights are neither changed nor deleted; propose another change';
END $$;
CREATE TRIGGER kept BEFORE UPDATE OR DELETE ON access_grant FOR EACH ROW EXECUTE FUNCTION access_grant_kept();
CREATE TRIGGER kept BEFORE UPDATE OR DELETE ON access_change FOR EACH ROW EXECUTE FUNCTION access_change_kept();
CREATE TRIGGER kept_whole BEFORE TRUNCATE ON access_grant FOR EACH STATEMENT EXECUTE FUNCTION access_grant_kept();
CREATE TRIGGER kept_whole BEFORE TRUNCATE ON access_change FOR EACH STATEMENT EXECUTE FUNCTION access_change_kept();"""
# Grants of before were loaded by whoever could; they count since ever, and each may be ended by two users.
BEFORE = """
INSERT INTO access_change (grant_id, kind, reason, proposed_at, proposed_by, proposed_login, outcome, decided_at, decided_by, decided_login)
SELECT id, 'grant', 'in force before changes needed two users', '2000-01-01 00:00+00', 'viis access-load', '', 'confirmed',
    '2000-01-01 00:00+00', 'migration 0010', '' FROM access_grant ORDER BY id"""


def upgrade() -> None:
    op.add_column("access_grant", sa.Column("allowed", postgresql.ARRAY(sa.Text()), nullable=True))
    # To see results before their publication is a right of its own now; who had it with `ministry` keeps it.
    op.execute(
        "UPDATE access_grant SET rights = rights || '{embargo}' WHERE 'ministry' = ANY(rights) AND operation LIKE 'examinations.%'"
        " AND NOT 'embargo' = ANY(rights)"
    )
    op.create_table(
        "access_change",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("grant_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("proposed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("proposed_by", sa.Text(), nullable=False),
        sa.Column("proposed_login", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("decided_login", sa.Text(), nullable=True),
        sa.Column("decided_reason", sa.Text(), nullable=True),
        sa.CheckConstraint("kind IN ('grant', 'revoke')", name="ck_access_change_kind"),
        sa.CheckConstraint("outcome IN ('confirmed', 'rejected')", name="ck_access_change_outcome"),
        sa.CheckConstraint("num_nonnulls(outcome, decided_at, decided_by, decided_login) IN (0, 4)", name="ck_access_change_decided"),
        sa.CheckConstraint(
            "outcome IS DISTINCT FROM 'confirmed' OR lower(decided_by) <> lower(proposed_by)", name="ck_access_change_two_users"
        ),
        sa.ForeignKeyConstraint(["grant_id"], ["access_grant.id"], name="fk_access_change_grant_id"),
        sa.PrimaryKeyConstraint("id", name="pk_access_change"),
    )
    op.create_index("ix_access_change_open", "access_change", ["id"], unique=False, postgresql_where=sa.text("outcome IS NULL"))
    op.create_index(
        "uq_access_change",
        "access_change",
        ["grant_id", "kind"],
        unique=True,
        postgresql_where=sa.text("outcome IS DISTINCT FROM 'rejected'"),
    )
    op.execute(BEFORE)
    op.execute(GRANTED)
    op.execute(KEPT)


def downgrade() -> None:
    for table in ("access_grant", "access_change"):
        op.execute(f"DROP TRIGGER kept ON {table}")
        op.execute(f"DROP TRIGGER kept_whole ON {table}")
    op.execute("DROP FUNCTION access_grant_kept")
    op.execute("DROP FUNCTION access_change_kept")
    # A version of before takes every row for granted: only what is in force may stay.
    op.execute("DROP VIEW access_granted")
    op.execute(
        "DELETE FROM access_change c WHERE c.outcome IS DISTINCT FROM 'confirmed' OR c.kind = 'revoke' OR EXISTS ("
        "SELECT FROM access_change r WHERE r.grant_id = c.grant_id AND r.kind = 'revoke' AND r.outcome = 'confirmed')"
    )
    op.execute("CREATE TEMPORARY TABLE kept_grant ON COMMIT DROP AS SELECT grant_id AS id FROM access_change")
    op.drop_index("uq_access_change", table_name="access_change", postgresql_where=sa.text("outcome IS DISTINCT FROM 'rejected'"))
    op.drop_index("ix_access_change_open", table_name="access_change", postgresql_where=sa.text("outcome IS NULL"))
    op.drop_table("access_change")
    op.execute("DELETE FROM access_grant WHERE id NOT IN (SELECT id FROM kept_grant)")
    op.execute("DROP TABLE kept_grant")
    op.execute("UPDATE access_grant SET rights = array_remove(rights, 'embargo') WHERE 'embargo' = ANY(rights)")
    op.drop_column("access_grant", "allowed")
