"""Institutions (izglītības iestādes): a number for ever, and what it stood for in each period."""

from datetime import date

from sqlalchemy import CheckConstraint, Computed, ForeignKey, Index
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.model.table import CURRENT, Key, Recorded, Table, Valid


class Institution(Table):
    """An education institution (izglītības iestāde) by its registration number `TT KK PP SSSS`.

    Only the whole number is unique; the municipality is never derived from its first digits.
    """

    __tablename__ = "institution"
    __table_args__ = (CheckConstraint("registration_number ~ '^[0-9]{10}$'", name="registration_number"),)

    registration_number: Mapped[str] = mapped_column(primary_key=True)


class InstitutionProfile(Table):
    """What an institution was called and was in one period (iestādes dati): old documents keep the name of their time.

    It is open from `opened_on` to `closed_on`, as was said for this period; the period may go on after that day, and says it is closed.
    """

    __tablename__ = "institution_profile"
    __table_args__ = (
        ExcludeConstraint(
            ("institution", "="),
            ("valid", "&&"),
            name="ex_institution_profile_one_at_a_time",
            using="gist",
            where=CURRENT,
        ),
        Index("ix_institution_profile_institution", "institution"),
        Index("ix_institution_profile_municipality", "municipality", "institution", postgresql_where=CURRENT),
        Index(
            "ix_institution_profile_name",
            "name_key",
            postgresql_using="gin",
            postgresql_ops={"name_key": "gin_trgm_ops"},
        ),
    )

    id: Mapped[Key]
    institution: Mapped[str] = mapped_column(ForeignKey("institution.registration_number"))
    name: Mapped[str]
    name_key: Mapped[str] = mapped_column(Computed("latvian_fold(name)", persisted=True))
    type_code: Mapped[str]
    kind_code: Mapped[str | None]
    subordination_code: Mapped[str | None]
    legal_status_code: Mapped[str | None]
    municipality: Mapped[str | None] = mapped_column(ForeignKey("municipality.code"))
    address: Mapped[str | None]
    postcode: Mapped[str | None]
    opened_on: Mapped[date | None]
    closed_on: Mapped[date | None]
    valid: Mapped[Valid]
    recorded: Mapped[Recorded]


class InstitutionSuccession(Table):
    """Which institution continues another (reorganizācija): by merger or by division, from a day on."""

    __tablename__ = "institution_succession"
    __table_args__ = (
        CheckConstraint("kind IN ('merger', 'division')", name="kind"),
        Index("uq_institution_succession_current", "predecessor", "successor", unique=True, postgresql_where=CURRENT),
        Index("ix_institution_succession_predecessor", "predecessor"),
        Index("ix_institution_succession_successor", "successor"),
    )

    id: Mapped[Key]
    predecessor: Mapped[str] = mapped_column(ForeignKey("institution.registration_number"))
    successor: Mapped[str] = mapped_column(ForeignKey("institution.registration_number"))
    kind: Mapped[str]
    since: Mapped[date]
    recorded: Mapped[Recorded]
