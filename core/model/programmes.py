"""Programmes (izglītības programmas) that institutions offer, and what each was in every period."""

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.model.table import CURRENT, Key, Recorded, Table, Valid, entry_id


class Programme(Table):
    """An education programme (izglītības programma) of one institution, by its eight-character code: what affiliations refer to.

    Digits 1-2 kind, 3-5 direction, 6 special kind, 7 language, 8 form (Latvian classification of education).
    """

    __tablename__ = "programme"
    __table_args__ = (CheckConstraint("code ~ '^[0-9]{2}[0-9VTP][0-9]{5}$'", name="code"),)

    institution: Mapped[str] = mapped_column(ForeignKey("institution.registration_number"), primary_key=True)
    code: Mapped[str] = mapped_column(primary_key=True)


class ProgrammeProfile(Table):
    """What a programme was called and which level it led to (programmas dati), for a period in which the institution offered it."""

    __tablename__ = "programme_profile"
    __table_args__ = (
        ForeignKeyConstraint(["institution", "code"], ["programme.institution", "programme.code"]),
        ExcludeConstraint(
            ("institution", "="),
            ("code", "="),
            ("valid", "&&"),
            name="ex_programme_profile_one_at_a_time",
            using="gist",
            where=CURRENT,
        ),
        Index("ix_programme_profile_institution_code", "institution", "code"),
        Index("uq_programme_profile_entry_id", "entry_id", unique=True, postgresql_where=CURRENT),
    )

    id: Mapped[Key]
    entry_id: Mapped[int] = entry_id("programme")
    institution: Mapped[str]
    code: Mapped[str]
    name: Mapped[str]
    lki_level: Mapped[str | None]
    valid: Mapped[Valid]
    recorded: Mapped[Recorded]
