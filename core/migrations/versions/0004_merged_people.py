"""what a merge of two people took over, so that it can be undone, and who decided it."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "person_merge",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("kept_person_id", sa.BigInteger(), nullable=False),
        sa.Column("merged_person_id", sa.BigInteger(), nullable=False),
        sa.Column("merged_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["kept_person_id"], ["person.id"], name="fk_person_merge_kept_person_id"),
        sa.ForeignKeyConstraint(["merged_person_id"], ["person.id"], name="fk_person_merge_merged_person_id"),
        sa.PrimaryKeyConstraint("id", name="pk_person_merge"),
    )
    op.create_table(
        "carried_row",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("merge_id", sa.BigInteger(), nullable=False),
        sa.Column("entity", sa.Text(), nullable=False),
        sa.Column("taken_id", sa.BigInteger(), nullable=False),
        sa.Column("given_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("entity IN ('person_profile', 'residence', 'guardianship')", name="ck_carried_row_entity"),
        sa.ForeignKeyConstraint(["merge_id"], ["person_merge.id"], name="fk_carried_row_merge_id"),
        sa.PrimaryKeyConstraint("id", name="pk_carried_row"),
    )
    op.create_index("ix_carried_row_merge_id", "carried_row", ["merge_id"], unique=False)
    op.create_index("ix_carried_row_taken_id", "carried_row", ["taken_id", "entity"], unique=False)
    op.create_index("ix_carried_row_given_id", "carried_row", ["given_id", "entity"], unique=False)
    op.add_column("identity_move", sa.Column("merge_id", sa.BigInteger(), nullable=True))
    op.add_column("identity_move", sa.Column("was_current", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    op.add_column("identity_move", sa.Column("client", sa.Text(), nullable=True))
    op.add_column("identity_move", sa.Column("user_id", sa.Text(), nullable=True))
    op.create_foreign_key("fk_identity_move_merge_id", "identity_move", "person_merge", ["merge_id"], ["id"])
    _record_merges_so_far()


def _record_merges_so_far() -> None:
    """What the children's list has merged becomes a merge, so that it can be undone: until now it closed the profile and nothing else."""
    op.execute(
        "INSERT INTO person_merge (kept_person_id, merged_person_id, merged_at) "
        "SELECT to_person_id, from_person_id, moved_at FROM identity_move GROUP BY 1, 2, 3 ORDER BY 3, 1, 2"
    )
    op.execute(
        "UPDATE identity_move v SET merge_id = m.id FROM person_merge m "
        "WHERE (m.kept_person_id, m.merged_person_id, m.merged_at) = (v.to_person_id, v.from_person_id, v.moved_at)"
    )
    op.execute(
        "INSERT INTO carried_row (merge_id, entity, taken_id) SELECT DISTINCT ON (m.id) m.id, 'person_profile', p.id "
        "FROM person_merge m JOIN person_profile p ON p.person_id = m.merged_person_id AND NOT upper_inf(p.recorded) "
        "ORDER BY m.id, upper(p.recorded) DESC"
    )


def downgrade() -> None:
    op.drop_constraint("fk_identity_move_merge_id", "identity_move", type_="foreignkey")
    for column in ("user_id", "client", "was_current", "merge_id"):
        op.drop_column("identity_move", column)
    op.drop_table("carried_row")
    op.drop_table("person_merge")
