"""the register."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


# Order of the Latvian alphabet without ICU: long vowels and y beside their short ones, softened letters after their base.
SORT_KEY = """
CREATE FUNCTION latvian_sort_key(value text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT RETURN
    replace(replace(replace(replace(replace(replace(replace(replace(
        translate(lower(value), 'āēīōūy', 'aeioui'),
        'č', 'c~'), 'ģ', 'g~'), 'ķ', 'k~'), 'ļ', 'l~'), 'ņ', 'n~'), 'ŗ', 'r~'), 'š', 's~'), 'ž', 'z~')
    || ' ' || value
"""
# For searching by a part of a name: neither case nor diacritics count.
FOLD = """
CREATE FUNCTION latvian_fold(value text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT RETURN
    translate(lower(value), 'āčēģīķļņōŗšūž', 'acegiklnorsuz')
"""


def upgrade() -> None:
    op.execute("CREATE EXTENSION IF NOT EXISTS btree_gist")
    op.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    op.execute(SORT_KEY)
    op.execute(FOLD)
    op.create_table(
        "access_grant",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("client", sa.Text(), nullable=False),
        sa.Column("operation", sa.Text(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("scope_values", postgresql.ARRAY(sa.TEXT()), server_default="{}", nullable=False),
        sa.Column("rights", postgresql.ARRAY(sa.TEXT()), server_default="{}", nullable=False),
        sa.Column("fields", postgresql.ARRAY(sa.TEXT()), nullable=True),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("legal_basis", sa.Text(), nullable=False),
        sa.Column("valid", postgresql.DATERANGE(), nullable=False),
        sa.CheckConstraint("scope IN ('everything', 'municipalities', 'institutions', 'persons', 'own')", name="ck_access_grant_scope"),
        sa.PrimaryKeyConstraint("id", name="pk_access_grant"),
    )
    op.create_index("ix_access_grant_client", "access_grant", ["client"], unique=False)
    op.create_table(
        "code_list",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("title_lv", sa.Text(), nullable=False),
        sa.Column("title_en", sa.Text(), nullable=False),
        sa.Column("valid", postgresql.DATERANGE(), nullable=False),
        sa.PrimaryKeyConstraint("name", "version", name="pk_code_list"),
    )
    op.create_table(
        "disclosure",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("disclosed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("client", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=True),
        sa.Column("on_behalf_of", sa.Text(), nullable=True),
        sa.Column("issue", sa.Text(), nullable=True),
        sa.Column("operation", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("legal_basis", sa.Text(), nullable=False),
        sa.Column("data_as_of", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("persons", postgresql.ARRAY(sa.BigInteger()), nullable=False),
        sa.Column("row_hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_disclosure"),
    )
    op.create_index("ix_disclosure_message_id", "disclosure", ["message_id"], unique=False)
    op.create_index(
        "ix_disclosure_persons", "disclosure", ["persons"], unique=False, postgresql_using="gin", postgresql_with={"fastupdate": True}
    )
    op.create_table(
        "import_run",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("born_from", sa.Date(), nullable=False),
        sa.Column("born_to", sa.Date(), nullable=False),
        sa.Column("state", sa.Text(), server_default="running", nullable=False),
        sa.Column("cursor", sa.Text(), nullable=True),
        sa.Column("pages", sa.Integer(), server_default="0", nullable=False),
        sa.Column("received", sa.Integer(), server_default="0", nullable=False),
        sa.Column("created", sa.Integer(), server_default="0", nullable=False),
        sa.Column("changed", sa.Integer(), server_default="0", nullable=False),
        sa.Column("unchanged", sa.Integer(), server_default="0", nullable=False),
        sa.Column("refused", sa.Integer(), server_default="0", nullable=False),
        sa.Column("warned", sa.Integer(), server_default="0", nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state IN ('running', 'complete')", name="ck_import_run_state"),
        sa.PrimaryKeyConstraint("id", name="pk_import_run"),
    )
    op.create_index(
        "uq_import_run_unfinished",
        "import_run",
        ["source", "born_from", "born_to"],
        unique=True,
        postgresql_where=sa.text("state = 'running'"),
    )
    op.create_table(
        "institution",
        sa.Column("registration_number", sa.Text(), nullable=False),
        sa.Column("opened_on", sa.Date(), nullable=True),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.CheckConstraint("registration_number ~ '^[0-9]{10}$'", name="ck_institution_registration_number"),
        sa.PrimaryKeyConstraint("registration_number", name="pk_institution"),
    )
    op.create_table(
        "municipality",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name_lv", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("iso_code", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("valid", postgresql.DATERANGE(), nullable=False),
        sa.CheckConstraint("code ~ '^[0-9]{7}$'", name="ck_municipality_code"),
        sa.PrimaryKeyConstraint("code", name="pk_municipality"),
    )
    op.create_table(
        "person",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_person"),
    )
    op.create_table(
        "code_value",
        sa.Column("list", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name_lv", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=True),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("valid", postgresql.DATERANGE(), nullable=False),
        sa.Column("attributes", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.ForeignKeyConstraint(["list", "version"], ["code_list.name", "code_list.version"], name="fk_code_value_list_version"),
        sa.PrimaryKeyConstraint("list", "version", "position", name="pk_code_value"),
    )
    op.create_table(
        "guardianship",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("child_id", sa.BigInteger(), nullable=False),
        sa.Column("guardian_id", sa.BigInteger(), nullable=True),
        sa.Column("care_institution", sa.Text(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("valid", postgresql.DATERANGE(), nullable=False),
        sa.Column("recorded", postgresql.TSTZRANGE(), server_default=sa.text("tstzrange(now(), NULL)"), nullable=False),
        sa.CheckConstraint("(kind = 'care_institution') = (guardian_id IS NULL)", name="ck_guardianship_guardian"),
        sa.CheckConstraint("kind IN ('parent', 'guardian', 'care_institution')", name="ck_guardianship_kind"),
        sa.ForeignKeyConstraint(["child_id"], ["person.id"], name="fk_guardianship_child_id"),
        sa.ForeignKeyConstraint(["guardian_id"], ["person.id"], name="fk_guardianship_guardian_id"),
        sa.PrimaryKeyConstraint("id", name="pk_guardianship"),
    )
    op.create_index("ix_guardianship_child_id", "guardianship", ["child_id"], unique=False)
    op.create_index("ix_guardianship_guardian_id", "guardianship", ["guardian_id"], unique=False)
    op.create_table(
        "identity",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("scheme", sa.Text(), nullable=False),
        sa.Column("issuer", sa.Text(), server_default="", nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("current", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("(scheme = 'personal_code') = (issuer = '')", name="ck_identity_issuer"),
        sa.CheckConstraint("scheme <> 'personal_code' OR value ~ '^[0-9]{11}$'", name="ck_identity_personal_code"),
        sa.CheckConstraint("scheme IN ('personal_code', 'institution')", name="ck_identity_scheme"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_identity_person_id"),
        sa.PrimaryKeyConstraint("id", name="pk_identity"),
    )
    op.create_index("ix_identity_person_id", "identity", ["person_id"], unique=False)
    op.create_index(
        "uq_identity_current_code", "identity", ["person_id"], unique=True, postgresql_where=sa.text("current AND scheme = 'personal_code'")
    )
    op.create_index("uq_identity_value", "identity", ["value", "scheme", "issuer"], unique=True)
    op.create_table(
        "import_refusal",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("run_id", sa.BigInteger(), nullable=False),
        sa.Column("page", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("record", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("refused_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["import_run.id"], name="fk_import_refusal_run_id"),
        sa.PrimaryKeyConstraint("id", name="pk_import_refusal"),
    )
    op.create_index("ix_import_refusal_run_id", "import_refusal", ["run_id"], unique=False)
    op.create_table(
        "institution_profile",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("institution", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_key", sa.Text(), sa.Computed("latvian_fold(name)", persisted=True), nullable=False),
        sa.Column("type_code", sa.Text(), nullable=False),
        sa.Column("kind_code", sa.Text(), nullable=True),
        sa.Column("subordination_code", sa.Text(), nullable=True),
        sa.Column("legal_status_code", sa.Text(), nullable=True),
        sa.Column("municipality", sa.Text(), nullable=True),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("postcode", sa.Text(), nullable=True),
        sa.Column("valid", postgresql.DATERANGE(), nullable=False),
        sa.Column("recorded", postgresql.TSTZRANGE(), server_default=sa.text("tstzrange(now(), NULL)"), nullable=False),
        postgresql.ExcludeConstraint(
            (sa.column("institution"), "="),
            (sa.column("valid"), "&&"),
            where=sa.text("upper_inf(recorded)"),
            using="gist",
            name="ex_institution_profile_one_at_a_time",
        ),
        sa.ForeignKeyConstraint(["institution"], ["institution.registration_number"], name="fk_institution_profile_institution"),
        sa.ForeignKeyConstraint(["municipality"], ["municipality.code"], name="fk_institution_profile_municipality"),
        sa.PrimaryKeyConstraint("id", name="pk_institution_profile"),
    )
    op.create_index(
        "ix_institution_profile_institution",
        "institution_profile",
        ["institution"],
        unique=False,
        postgresql_where=sa.text("upper_inf(recorded)"),
    )
    op.create_index(
        "ix_institution_profile_municipality",
        "institution_profile",
        ["municipality", "institution"],
        unique=False,
        postgresql_where=sa.text("upper_inf(recorded)"),
    )
    op.create_index(
        "ix_institution_profile_name",
        "institution_profile",
        ["name_key"],
        unique=False,
        postgresql_using="gin",
        postgresql_ops={"name_key": "gin_trgm_ops"},
    )
    op.create_table(
        "institution_succession",
        sa.Column("predecessor", sa.Text(), nullable=False),
        sa.Column("successor", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.CheckConstraint("kind IN ('merger', 'division')", name="ck_institution_succession_kind"),
        sa.ForeignKeyConstraint(["predecessor"], ["institution.registration_number"], name="fk_institution_succession_predecessor"),
        sa.ForeignKeyConstraint(["successor"], ["institution.registration_number"], name="fk_institution_succession_successor"),
        sa.PrimaryKeyConstraint("predecessor", "successor", name="pk_institution_succession"),
    )
    op.create_index("ix_institution_succession_successor", "institution_succession", ["successor"], unique=False)
    op.create_table(
        "municipality_succession",
        sa.Column("predecessor", sa.Text(), nullable=False),
        sa.Column("successor", sa.Text(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["predecessor"], ["municipality.code"], name="fk_municipality_succession_predecessor"),
        sa.ForeignKeyConstraint(["successor"], ["municipality.code"], name="fk_municipality_succession_successor"),
        sa.PrimaryKeyConstraint("predecessor", "successor", name="pk_municipality_succession"),
    )
    op.create_table(
        "person_profile",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("given_name", sa.Text(), nullable=False),
        sa.Column("surname", sa.Text(), nullable=False),
        sa.Column("sort_key", sa.Text(), sa.Computed("latvian_sort_key(surname || ' ' || given_name)", persisted=True), nullable=False),
        sa.Column("born_on", sa.Date(), nullable=True),
        sa.Column("died_on", sa.Date(), nullable=True),
        sa.Column("status", sa.Text(), server_default="resident", nullable=False),
        sa.Column("restricted", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("recorded", postgresql.TSTZRANGE(), server_default=sa.text("tstzrange(now(), NULL)"), nullable=False),
        sa.CheckConstraint("status IN ('resident', 'emigrated', 'deceased')", name="ck_person_profile_status"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_person_profile_person_id"),
        sa.PrimaryKeyConstraint("id", name="pk_person_profile"),
    )
    op.create_index("ix_person_profile_person_id", "person_profile", ["person_id"], unique=False)
    op.create_index(
        "uq_person_profile_current", "person_profile", ["person_id"], unique=True, postgresql_where=sa.text("upper_inf(recorded)")
    )
    op.create_table(
        "programme",
        sa.Column("institution", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("lki_level", sa.Text(), nullable=True),
        sa.Column("valid", postgresql.DATERANGE(), nullable=False),
        sa.Column("recorded", postgresql.TSTZRANGE(), server_default=sa.text("tstzrange(now(), NULL)"), nullable=False),
        sa.CheckConstraint("code ~ '^[0-9]{2}[0-9VTP][0-9]{5}$'", name="ck_programme_code"),
        sa.ForeignKeyConstraint(["institution"], ["institution.registration_number"], name="fk_programme_institution"),
        sa.PrimaryKeyConstraint("institution", "code", name="pk_programme"),
    )
    op.create_table(
        "residence",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("municipality", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("valid", postgresql.DATERANGE(), nullable=False),
        sa.Column("recorded", postgresql.TSTZRANGE(), server_default=sa.text("tstzrange(now(), NULL)"), nullable=False),
        sa.CheckConstraint("kind IN ('declared', 'registered', 'stated')", name="ck_residence_kind"),
        sa.ForeignKeyConstraint(["municipality"], ["municipality.code"], name="fk_residence_municipality"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_residence_person_id"),
        sa.PrimaryKeyConstraint("id", name="pk_residence"),
    )
    op.create_index(
        "uq_residence_one_declared",
        "residence",
        ["person_id"],
        unique=True,
        postgresql_where=sa.text("upper_inf(recorded) AND upper_inf(valid) AND kind = 'declared'"),
    )
    op.create_index(
        "ix_residence_municipality", "residence", ["municipality"], unique=False, postgresql_where=sa.text("upper_inf(recorded)")
    )
    op.create_index("ix_residence_person_id", "residence", ["person_id"], unique=False)
    op.create_table(
        "territory",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("municipality", sa.Text(), nullable=False),
        sa.Column("valid", postgresql.DATERANGE(), nullable=False),
        sa.ForeignKeyConstraint(["municipality"], ["municipality.code"], name="fk_territory_municipality"),
        sa.PrimaryKeyConstraint("name", "municipality", name="pk_territory"),
    )
    op.create_table(
        "affiliation",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("identity_id", sa.BigInteger(), nullable=False),
        sa.Column("institution", sa.Text(), nullable=False),
        sa.Column("programme", sa.Text(), nullable=False),
        sa.Column("main", sa.Boolean(), nullable=False),
        sa.Column("class_level", sa.Text(), nullable=True),
        sa.Column("class_group", sa.Text(), nullable=True),
        sa.Column("study_form", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("start_order", sa.Text(), nullable=True),
        sa.Column("end_order", sa.Text(), nullable=True),
        sa.Column("end_reason", sa.Text(), nullable=True),
        sa.Column("sender", sa.Text(), nullable=False),
        sa.Column("sender_key", sa.Text(), nullable=False),
        sa.Column("valid", postgresql.DATERANGE(), nullable=False),
        sa.Column("recorded", postgresql.TSTZRANGE(), server_default=sa.text("tstzrange(now(), NULL)"), nullable=False),
        postgresql.ExcludeConstraint(
            (sa.column("identity_id"), "="),
            (sa.column("valid"), "&&"),
            where=sa.text("upper_inf(recorded) AND main AND status <> 'DUB'"),
            using="gist",
            name="ex_affiliation_one_main_at_a_time",
        ),
        sa.CheckConstraint("status IN ('AKT', 'APT', 'IZB', 'ABS', 'DUB')", name="ck_affiliation_status"),
        sa.ForeignKeyConstraint(["identity_id"], ["identity.id"], name="fk_affiliation_identity_id"),
        sa.ForeignKeyConstraint(
            ["institution", "programme"], ["programme.institution", "programme.code"], name="fk_affiliation_institution_programme"
        ),
        sa.ForeignKeyConstraint(["institution"], ["institution.registration_number"], name="fk_affiliation_institution"),
        sa.PrimaryKeyConstraint("id", name="pk_affiliation"),
    )
    op.create_index("ix_affiliation_identity_id", "affiliation", ["identity_id"], unique=False)
    op.create_index(
        "ix_affiliation_institution_until",
        "affiliation",
        ["institution", sa.literal_column("coalesce(upper(valid), 'infinity'::date)")],
        unique=False,
    )
    op.create_index(
        "uq_affiliation_sender_key", "affiliation", ["sender", "sender_key"], unique=True, postgresql_where=sa.text("upper_inf(recorded)")
    )
    op.create_table(
        "identity_move",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("identity_id", sa.BigInteger(), nullable=False),
        sa.Column("from_person_id", sa.BigInteger(), nullable=False),
        sa.Column("to_person_id", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("moved_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["from_person_id"], ["person.id"], name="fk_identity_move_from_person_id"),
        sa.ForeignKeyConstraint(["identity_id"], ["identity.id"], name="fk_identity_move_identity_id"),
        sa.ForeignKeyConstraint(["to_person_id"], ["person.id"], name="fk_identity_move_to_person_id"),
        sa.PrimaryKeyConstraint("id", name="pk_identity_move"),
    )
    op.create_index("ix_identity_move_identity_id", "identity_move", ["identity_id"], unique=False)
    op.create_table(
        "teaching_post",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("identity_id", sa.BigInteger(), nullable=False),
        sa.Column("institution", sa.Text(), nullable=False),
        sa.Column("post", sa.Text(), nullable=False),
        sa.Column("load", sa.Numeric(precision=4, scale=3), nullable=False),
        sa.Column("sender", sa.Text(), nullable=False),
        sa.Column("sender_key", sa.Text(), nullable=False),
        sa.Column("valid", postgresql.DATERANGE(), nullable=False),
        sa.Column("recorded", postgresql.TSTZRANGE(), server_default=sa.text("tstzrange(now(), NULL)"), nullable=False),
        sa.CheckConstraint("load > 0 AND load <= 2", name="ck_teaching_post_load"),
        sa.ForeignKeyConstraint(["identity_id"], ["identity.id"], name="fk_teaching_post_identity_id"),
        sa.ForeignKeyConstraint(["institution"], ["institution.registration_number"], name="fk_teaching_post_institution"),
        sa.PrimaryKeyConstraint("id", name="pk_teaching_post"),
    )
    op.create_index("ix_teaching_post_identity_id", "teaching_post", ["identity_id"], unique=False)
    op.create_index("ix_teaching_post_institution", "teaching_post", ["institution"], unique=False)
    op.create_index(
        "uq_teaching_post_sender_key",
        "teaching_post",
        ["sender", "sender_key"],
        unique=True,
        postgresql_where=sa.text("upper_inf(recorded)"),
    )


def downgrade() -> None:
    op.drop_table("teaching_post")
    op.drop_table("identity_move")
    op.drop_table("affiliation")
    op.drop_table("territory")
    op.drop_table("residence")
    op.drop_table("programme")
    op.drop_table("person_profile")
    op.drop_table("municipality_succession")
    op.drop_table("institution_succession")
    op.drop_table("institution_profile")
    op.drop_table("import_refusal")
    op.drop_table("identity")
    op.drop_table("guardianship")
    op.drop_table("code_value")
    op.drop_table("person")
    op.drop_table("municipality")
    op.drop_table("institution")
    op.drop_table("import_run")
    op.drop_table("disclosure")
    op.drop_table("code_list")
    op.drop_table("access_grant")
    op.execute("DROP FUNCTION latvian_sort_key(text)")
    op.execute("DROP FUNCTION latvian_fold(text)")
