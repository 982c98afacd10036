"""Education documents (izglītības dokumenti)."""

from datetime import date
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from core.model.table import CURRENT, WITHDRAWN, Key, Recorded, Table, entry_id


class EducationDocument(Table):
    """A document on education (izglītības dokuments) as its issuer told it: type, series, number, day, status, marks.

    An old number always resolves: an annulled or lost document stays, with its status, and a duplicate names what it replaces. `marks` are
    triples of subject, scale and value.
    """

    __tablename__ = "education_document"
    __table_args__ = (
        CheckConstraint("status IN ('valid', 'annulled', 'lost', 'duplicated', 'extracted')", name="status"),
        Index("ix_education_document_identity_id", "identity_id"),
        Index("ix_education_document_number", "number", "series"),
        Index("ix_education_document_withdrawn", "sender", "sender_key", "id", postgresql_where=WITHDRAWN),
        Index("uq_education_document_entry_id", "entry_id", unique=True, postgresql_where=CURRENT),
        Index("uq_education_document_sender_key", "sender", "sender_key", unique=True, postgresql_where=CURRENT),
    )

    id: Mapped[Key]
    entry_id: Mapped[int] = entry_id("education_document")
    identity_id: Mapped[int] = mapped_column(ForeignKey("identity.id"))
    institution: Mapped[str] = mapped_column(ForeignKey("institution.registration_number"))
    document_type: Mapped[str]
    series: Mapped[str | None]
    number: Mapped[str]
    issued_on: Mapped[date]
    status: Mapped[str]
    programme: Mapped[str | None]
    marks: Mapped[list[Any] | None] = mapped_column(JSONB)
    replaces_series: Mapped[str | None]
    replaces_number: Mapped[str | None]
    sender: Mapped[str]
    sender_key: Mapped[str]
    author: Mapped[str | None]
    # The client that withdrew the entry: of the version that was its last one.
    withdrawn_by: Mapped[str | None]
    recorded: Mapped[Recorded]
