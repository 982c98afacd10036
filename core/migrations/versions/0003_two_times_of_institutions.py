"""recorded time for everything that is said of institutions and their programmes."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None
order = "rebuilt"

CURRENT = sa.text("upper_inf(recorded)")


def upgrade() -> None:
    _days_go_into_profiles()
    _successions_are_recorded()
    _programmes_get_profiles()
    op.create_index("ix_identity_past_until", "identity_past", [sa.literal_column("upper(recorded)")])


def _days_go_into_profiles() -> None:
    """What was one day for all times becomes what each version says."""
    op.add_column("institution_profile", sa.Column("opened_on", sa.Date(), nullable=True))
    op.add_column("institution_profile", sa.Column("closed_on", sa.Date(), nullable=True))
    op.execute(
        "UPDATE institution_profile p SET opened_on = n.opened_on, closed_on = n.closed_on FROM institution n "
        "WHERE n.registration_number = p.institution AND (n.opened_on IS NOT NULL OR n.closed_on IS NOT NULL)"
    )
    op.drop_column("institution", "opened_on")
    op.drop_column("institution", "closed_on")
    # Questions about what was known look at versions that are not current, too.
    op.drop_index("ix_institution_profile_institution", table_name="institution_profile")
    op.create_index("ix_institution_profile_institution", "institution_profile", ["institution"])


def _successions_are_recorded() -> None:
    """When those that are there were recorded is not known: they stay known for every instant, as they were shown so far."""
    op.add_column("institution_succession", sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False))
    op.add_column(
        "institution_succession",
        sa.Column("recorded", postgresql.TSTZRANGE(), server_default=sa.text("tstzrange(NULL, NULL)"), nullable=False),
    )
    op.alter_column("institution_succession", "recorded", server_default=sa.text("tstzrange(now(), NULL)"))
    op.drop_constraint("pk_institution_succession", "institution_succession")
    op.create_primary_key("pk_institution_succession", "institution_succession", ["id"])
    op.create_index(
        "uq_institution_succession_current", "institution_succession", ["predecessor", "successor"], unique=True, postgresql_where=CURRENT
    )
    op.create_index("ix_institution_succession_predecessor", "institution_succession", ["predecessor"])


def _programmes_get_profiles() -> None:
    """`programme` stays what affiliations refer to; what it was called, and when it was offered, gets versions."""
    op.execute("CREATE SEQUENCE programme_entry")
    op.create_table(
        "programme_profile",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("entry_id", sa.BigInteger(), server_default=sa.text("nextval('programme_entry')"), nullable=False),
        sa.Column("institution", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("lki_level", sa.Text(), nullable=True),
        sa.Column("valid", postgresql.DATERANGE(), nullable=False),
        sa.Column("recorded", postgresql.TSTZRANGE(), server_default=sa.text("tstzrange(now(), NULL)"), nullable=False),
        postgresql.ExcludeConstraint(
            (sa.column("institution"), "="),
            (sa.column("code"), "="),
            (sa.column("valid"), "&&"),
            where=CURRENT,
            using="gist",
            name="ex_programme_profile_one_at_a_time",
        ),
        sa.ForeignKeyConstraint(
            ["institution", "code"], ["programme.institution", "programme.code"], name="fk_programme_profile_institution_code"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_programme_profile"),
    )
    op.create_index("ix_programme_profile_institution_code", "programme_profile", ["institution", "code"])
    op.create_index("uq_programme_profile_entry_id", "programme_profile", ["entry_id"], unique=True, postgresql_where=CURRENT)
    op.execute(
        "INSERT INTO programme_profile (institution, code, name, lki_level, valid, recorded) "
        "SELECT institution, code, name, lki_level, valid, recorded FROM programme ORDER BY institution, code"
    )
    for column in ("name", "lki_level", "valid", "recorded"):
        op.drop_column("programme", column)


def downgrade() -> None:
    op.drop_index("ix_identity_past_until", table_name="identity_past")
    _programmes_without_profiles()
    _successions_without_times()
    _days_of_the_institution()


def _programmes_without_profiles() -> None:
    op.add_column("programme", sa.Column("name", sa.Text(), nullable=True))
    op.add_column("programme", sa.Column("lki_level", sa.Text(), nullable=True))
    op.add_column("programme", sa.Column("valid", postgresql.DATERANGE(), nullable=True))
    op.add_column(
        "programme",
        sa.Column("recorded", postgresql.TSTZRANGE(), server_default=sa.text("tstzrange(now(), NULL)"), nullable=False),
    )
    op.execute(
        "UPDATE programme p SET (name, lki_level, valid, recorded) = (SELECT f.name, f.lki_level, f.valid, f.recorded "
        "FROM programme_profile f WHERE (f.institution, f.code) = (p.institution, p.code) "
        "ORDER BY upper_inf(f.recorded) DESC, f.valid DESC, f.id DESC LIMIT 1) "
        "WHERE EXISTS (SELECT FROM programme_profile f WHERE (f.institution, f.code) = (p.institution, p.code))"
    )
    op.execute("UPDATE programme SET name = code, valid = '(,)' WHERE name IS NULL")
    op.alter_column("programme", "name", nullable=False)
    op.alter_column("programme", "valid", nullable=False)
    op.drop_table("programme_profile")
    op.execute("DROP SEQUENCE programme_entry")


def _successions_without_times() -> None:
    op.execute("DELETE FROM institution_succession WHERE NOT upper_inf(recorded)")
    op.drop_index("ix_institution_succession_predecessor", table_name="institution_succession")
    op.drop_index("uq_institution_succession_current", table_name="institution_succession")
    op.drop_constraint("pk_institution_succession", "institution_succession")
    op.create_primary_key("pk_institution_succession", "institution_succession", ["predecessor", "successor"])
    op.drop_column("institution_succession", "recorded")
    op.drop_column("institution_succession", "id")


def _days_of_the_institution() -> None:
    op.drop_index("ix_institution_profile_institution", table_name="institution_profile")
    op.create_index("ix_institution_profile_institution", "institution_profile", ["institution"], postgresql_where=CURRENT)
    op.add_column("institution", sa.Column("opened_on", sa.Date(), nullable=True))
    op.add_column("institution", sa.Column("closed_on", sa.Date(), nullable=True))
    op.execute(
        "UPDATE institution n SET (opened_on, closed_on) = (SELECT p.opened_on, p.closed_on FROM institution_profile p "
        "WHERE p.institution = n.registration_number AND upper_inf(p.recorded) ORDER BY p.valid DESC LIMIT 1)"
    )
    op.drop_column("institution_profile", "closed_on")
    op.drop_column("institution_profile", "opened_on")
