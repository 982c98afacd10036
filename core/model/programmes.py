"""Programmes (izglītības programmas) that institutions offer."""

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from core.model.table import Recorded, Table, Valid


class Programme(Table):
    """An education programme (izglītības programma) of one institution, by its eight-character code.

    Digits 1-2 kind, 3-5 direction, 6 special kind, 7 language, 8 form (Latvian classification of education).
    """

    __tablename__ = "programme"
    __table_args__ = (CheckConstraint("code ~ '^[0-9]{2}[0-9VTP][0-9]{5}$'", name="code"),)

    institution: Mapped[str] = mapped_column(ForeignKey("institution.registration_number"), primary_key=True)
    code: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    lki_level: Mapped[str | None]
    valid: Mapped[Valid]
    recorded: Mapped[Recorded]
