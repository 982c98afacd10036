"""Disclosures (datu izsniegšanas žurnāls)."""

from datetime import datetime

from sqlalchemy import BigInteger, DateTime, Index, LargeBinary
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from core.model.table import Instant, Key, Table


class DisclosureRow(Table):
    """One answer about people (izsniegtie dati): who was told, on what basis, about whom; never what was told."""

    __tablename__ = "disclosure"
    __table_args__ = (
        # fastupdate keeps the insert of a thousand ids off the index tree until vacuum or the pending list's limit
        Index("ix_disclosure_persons", "persons", postgresql_using="gin", postgresql_with={"fastupdate": True}),
        Index("ix_disclosure_message_id", "message_id"),
    )

    id: Mapped[Key]
    disclosed_at: Mapped[Instant]
    message_id: Mapped[str]
    client: Mapped[str]
    user_id: Mapped[str | None]
    on_behalf_of: Mapped[str | None]
    issue: Mapped[str | None]
    operation: Mapped[str]
    purpose: Mapped[str]
    legal_basis: Mapped[str]
    data_as_of: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    outcome: Mapped[str]
    persons: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))
    row_hash: Mapped[bytes] = mapped_column(LargeBinary)
