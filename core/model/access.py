"""Grants (piekļuves tiesības)."""

from sqlalchemy import CheckConstraint
from sqlalchemy.dialects.postgresql import ARRAY, TEXT
from sqlalchemy.orm import Mapped, mapped_column

from core.model.table import Key, Table, Valid


class AccessGrant(Table):
    """What one client may do (piekļuves tiesības): an operation, whose data, which extra rights and fields, why, how long."""

    __tablename__ = "access_grant"
    __table_args__ = (CheckConstraint("scope IN ('everything', 'municipalities', 'institutions', 'persons', 'own')", name="scope"),)

    id: Mapped[Key]
    client: Mapped[str] = mapped_column(index=True)
    operation: Mapped[str]
    scope: Mapped[str]
    scope_values: Mapped[list[str]] = mapped_column(ARRAY(TEXT), server_default="{}")
    rights: Mapped[list[str]] = mapped_column(ARRAY(TEXT), server_default="{}")
    fields: Mapped[list[str] | None] = mapped_column(ARRAY(TEXT))
    purpose: Mapped[str]
    legal_basis: Mapped[str]
    valid: Mapped[Valid]
