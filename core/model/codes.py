"""Code lists (klasifikatori) with versions."""

from typing import Any

from sqlalchemy import ForeignKeyConstraint, Integer, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from core.model.table import Table, Valid


class CodeList(Table):
    """One version of a code list (klasifikatora versija), valid for a period."""

    __tablename__ = "code_list"

    name: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[str] = mapped_column(primary_key=True)
    title_lv: Mapped[str]
    title_en: Mapped[str]
    valid: Mapped[Valid]


class CodeValue(Table):
    """A value of a code list (klasifikatora vērtība) with its names, its source and its own validity."""

    __tablename__ = "code_value"
    __table_args__ = (ForeignKeyConstraint(["list", "version"], ["code_list.name", "code_list.version"]),)

    list: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[str] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    code: Mapped[str]
    name_lv: Mapped[str]
    name_en: Mapped[str | None]
    source: Mapped[str | None]
    valid: Mapped[Valid]
    attributes: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))
