"""People (personas): who they are, by which codes, where they live, who answers for them."""

from datetime import date, datetime

from sqlalchemy import BigInteger, CheckConstraint, Computed, DateTime, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from core.model.table import CURRENT, Instant, Key, Recorded, Table, Valid

SORT_KEY = "latvian_sort_key(surname || ' ' || given_name)"


class Person(Table):
    """A person (persona): nothing but what groups identities, so that merging and separating rewrite nothing."""

    __tablename__ = "person"

    id: Mapped[Key]
    created_at: Mapped[Instant]


class Identity(Table):
    """What a sender named a person by (identitāte): a personal code, or an identifier that an institution assigned.

    Every code ever held stays unique for ever and finds the person; `current` marks the code that is used today.
    """

    __tablename__ = "identity"
    __table_args__ = (
        CheckConstraint("scheme IN ('personal_code', 'institution')", name="scheme"),
        CheckConstraint("(scheme = 'personal_code') = (issuer = '')", name="issuer"),
        CheckConstraint("scheme <> 'personal_code' OR value ~ '^[0-9]{11}$'", name="personal_code"),
        Index("uq_identity_value", "value", "scheme", "issuer", unique=True),
        Index("ix_identity_person_id", "person_id"),
        Index(
            "uq_identity_current_code",
            "person_id",
            unique=True,
            postgresql_where=text("current AND scheme = 'personal_code'"),
        ),
    )

    id: Mapped[Key]
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    scheme: Mapped[str]
    issuer: Mapped[str] = mapped_column(server_default="")
    value: Mapped[str]
    current: Mapped[bool] = mapped_column(server_default=text("true"))
    created_at: Mapped[Instant]


class IdentityMove(Table):
    """An identity that went from one person to another (identitātes pārcelšana): a merge, a separation, a swap of codes.

    What a merge moved, and what went back because of it, names the merge. `was_current` says whether it was the code of the day of the
    person that it left; `client` and `user_id` who decided, unless it was the population register.
    """

    __tablename__ = "identity_move"

    id: Mapped[Key]
    identity_id: Mapped[int] = mapped_column(ForeignKey("identity.id"), index=True)
    from_person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    to_person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    merge_id: Mapped[int | None] = mapped_column(ForeignKey("person_merge.id"))
    was_current: Mapped[bool] = mapped_column(server_default=text("false"))
    reason: Mapped[str]
    client: Mapped[str | None]
    user_id: Mapped[str | None]
    moved_at: Mapped[Instant]


class PersonMerge(Table):
    """Two records of one human being that became one person (personu apvienošana), until it is undone."""

    __tablename__ = "person_merge"

    id: Mapped[Key]
    kept_person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    merged_person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    merged_at: Mapped[Instant]
    undone_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class CarriedRow(Table):
    """A row about a person that a merge closed (pārņemts ieraksts), and the row that says it of the one who stays.

    `entity` is the table: person_profile, residence or guardianship. Nothing is given when the one who stays has its own; one row may be
    given in parts, for the days on which there was nothing. So a separation finds what to close, and what to say again.
    """

    __tablename__ = "carried_row"
    __table_args__ = (
        CheckConstraint("entity IN ('person_profile', 'residence', 'guardianship')", name="entity"),
        Index("ix_carried_row_merge_id", "merge_id"),
        Index("ix_carried_row_taken_id", "taken_id", "entity"),
        Index("ix_carried_row_given_id", "given_id", "entity"),
    )

    id: Mapped[Key]
    merge_id: Mapped[int] = mapped_column(ForeignKey("person_merge.id"))
    entity: Mapped[str]
    taken_id: Mapped[int] = mapped_column(BigInteger)
    given_id: Mapped[int | None] = mapped_column(BigInteger)


class IdentityPast(Table):
    """Whose an identity was before (identitātes vēsture), and whether it was the code of the day; a trigger of `identity` keeps it."""

    __tablename__ = "identity_past"
    __table_args__ = (
        Index("ix_identity_past_identity_id", "identity_id"),
        Index("ix_identity_past_person_id", "person_id"),
        Index("ix_identity_past_until", text("upper(recorded)")),
    )

    id: Mapped[Key]
    identity_id: Mapped[int] = mapped_column(ForeignKey("identity.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    current: Mapped[bool]
    recorded: Mapped[Recorded]


class PersonProfile(Table):
    """What is known of a person (personas dati): names, birth, status in the population register, restriction."""

    __tablename__ = "person_profile"
    __table_args__ = (
        CheckConstraint("status IN ('resident', 'emigrated', 'deceased')", name="status"),
        Index("uq_person_profile_current", "person_id", unique=True, postgresql_where=CURRENT),
        Index("ix_person_profile_person_id", "person_id"),
        # They are few; a page of the change feed asks who they are.
        Index("ix_person_profile_restricted", "person_id", postgresql_where=text("restricted AND upper_inf(recorded)")),
    )

    id: Mapped[Key]
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    given_name: Mapped[str]
    surname: Mapped[str]
    sort_key: Mapped[str] = mapped_column(Computed(SORT_KEY, persisted=True))
    born_on: Mapped[date | None]
    died_on: Mapped[date | None]
    status: Mapped[str] = mapped_column(server_default="resident")
    restricted: Mapped[bool] = mapped_column(server_default=text("false"))
    source: Mapped[str]
    recorded: Mapped[Recorded]


class Residence(Table):
    """Where a person lives (dzīvesvieta): declared, registered or stated, each with a period."""

    __tablename__ = "residence"
    __table_args__ = (
        CheckConstraint("kind IN ('declared', 'registered', 'stated')", name="kind"),
        # A list brings 280 000 of them: that one residence at a time goes on is kept by a tree, not by an exclusion constraint.
        Index(
            "uq_residence_one_declared",
            "person_id",
            unique=True,
            postgresql_where=text("upper_inf(recorded) AND upper_inf(valid) AND kind = 'declared'"),
        ),
        Index("ix_residence_person_id", "person_id"),
        Index("ix_residence_municipality", "municipality", postgresql_where=CURRENT),
    )

    id: Mapped[Key]
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    kind: Mapped[str]
    municipality: Mapped[str] = mapped_column(ForeignKey("municipality.code"))
    address: Mapped[str | None]
    valid: Mapped[Valid]
    recorded: Mapped[Recorded]


class Guardianship(Table):
    """Who answers for a child (aizgādība, aizbildnība): a parent, a guardian or a care institution, for a period."""

    __tablename__ = "guardianship"
    __table_args__ = (
        CheckConstraint("kind IN ('parent', 'guardian', 'care_institution')", name="kind"),
        CheckConstraint("(kind = 'care_institution') = (guardian_id IS NULL)", name="guardian"),
        Index("ix_guardianship_child_id", "child_id"),
        Index("ix_guardianship_guardian_id", "guardian_id"),
    )

    id: Mapped[Key]
    child_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    guardian_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    care_institution: Mapped[str | None]
    kind: Mapped[str]
    valid: Mapped[Valid]
    recorded: Mapped[Recorded]
