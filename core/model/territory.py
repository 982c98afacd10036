"""Municipalities (pašvaldības) and the territories they were made of, with validity in time."""

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from core.model.table import Table, Valid


class Municipality(Table):
    """A municipality (pašvaldība) by its ATVK code; 42 since Varakļāni merged into Madona on 01.07.2025."""

    __tablename__ = "municipality"
    __table_args__ = (CheckConstraint("code ~ '^[0-9]{7}$'", name="code"),)

    code: Mapped[str] = mapped_column(primary_key=True)
    name_lv: Mapped[str]
    name_en: Mapped[str]
    iso_code: Mapped[str]
    kind: Mapped[str]
    valid: Mapped[Valid]


class MunicipalitySuccession(Table):
    """Which municipality took over another (pašvaldību apvienošana), from a day on."""

    __tablename__ = "municipality_succession"

    predecessor: Mapped[str] = mapped_column(ForeignKey("municipality.code"), primary_key=True)
    successor: Mapped[str] = mapped_column(ForeignKey("municipality.code"), primary_key=True)
    since: Mapped[date]


class Territory(Table):
    """A territory of 2009-2021 (bijusī pašvaldība) and the municipality it became part of."""

    __tablename__ = "territory"

    name: Mapped[str] = mapped_column(primary_key=True)
    municipality: Mapped[str] = mapped_column(ForeignKey("municipality.code"), primary_key=True)
    valid: Mapped[Valid]
